from collections import Counter, defaultdict
from datetime import date
from itertools import chain
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain

from ...mobilepay.rules import Limits

# on the context of whoever examines many invoices
KNOWN = "mobilepay_prefetch"


class MobilepayPrefetch(models.AbstractModel):
    """What examining an invoice asks the database; of many, asked once for all.

    Alone, each answer is a query. Within the context of :meth:`_prefetch` the answers
    for a set of invoices are there already; what is not among them is asked for.
    """

    _name = "mobilepay.prefetch"
    _description = "MobilePay Look-ups"

    @api.model
    def _prefetch(self, connection, moves):
        """Return a context in which everything about ``moves`` is known.

        Of one transaction: what others commit meanwhile is left to the unique
        indexes and locks behind it, as it is with a query for each.
        """
        if not connection:
            return {}
        return {KNOWN: _Known(self.with_context(**{KNOWN: None}), connection, moves)}

    @api.model
    def _note_queued(self, request_values):
        """Have what is about to be queued known, too.

        :param request_values: of a row of ``mobilepay.invoice``
        """
        if known := self.env.context.get(KNOWN):
            known.note_queued(request_values)

    # ------------------------------------------------------------------ standing

    @api.model
    def _standing(self, connection):
        """Return the :class:`Standing` of ``connection``."""
        known = self.env.context.get(KNOWN)
        if known and known.knows(connection):
            return known.standing
        return self._standing_of(connection)

    def _standing_of(self, connection):
        return Standing(
            problem=self.env["mobilepay.sender"]._connection_problem(connection),
            today=connection._today(),
            limits=connection._limits(),
            country=connection.country_code,
        )

    @api.model
    def _limits(self, connection):
        """Return MobilePay's limits, as the connection's administrator set them."""
        known = self.env.context.get(KNOWN)
        if known and known.knows(connection):
            return known.standing.limits
        return connection._limits()

    @api.model
    def _rates(self):
        """Return where to keep what was found out about taxes."""
        known = self.env.context.get(KNOWN)
        return known.rates if known else {}

    @api.model
    def _issuer(self, connection, move):
        """Return the issuer in whose name ``move`` is sent: one for each journal."""
        known = self.env.context.get(KNOWN)
        if not known or not known.knows(connection):
            return connection._issuer_of(move)
        journal = move.journal_id
        if journal not in known.issuers:
            known.issuers[journal] = connection._issuer_of(move)
        return known.issuers[journal]

    # ---------------------------------------------------------------- references

    @api.model
    def _wanted(self, connection, move, instalment, attempt):
        """Return the references that this attempt may have, the best first."""
        known = self.env.context.get(KNOWN)
        key = (move.id, instalment, attempt)
        if known and known.knows(connection) and key in known.wanted:
            return known.wanted[key]
        Payload = self.env["mobilepay.payload"]
        return Payload._wanted(connection, move, instalment, attempt)

    @api.model
    def _taken(self, connection, move, wanted):
        """Return those of ``wanted`` that stand for something else at the merchant."""
        known = self.env.context.get(KNOWN)
        if known and known.knows(connection) and known.asked.issuperset(wanted):
            uses = {reference: known.uses[reference] for reference in wanted}
        else:
            uses = self._uses(connection, wanted)
        return {
            reference
            for reference, found in uses.items()
            if any(other != move.id or state != "invalid" for other, state in found)
        }

    def _uses(self, connection, wanted):
        """Return by reference who has it at the merchant: ``(move id, state)``."""
        # sudo: other companies may be the same merchant
        found = (
            self.env["mobilepay.invoice"]
            .sudo()
            .search_fetch(
                Domain("payment_reference", "in", wanted)
                & Domain("connection_id.merchant_id", "=", connection.merchant_id),
                ["payment_reference", "move_id", "state"],
            )
        )
        uses = defaultdict(list)
        for request in found:
            uses[request.payment_reference].append((request.move_id.id, request.state))
        return uses

    # --------------------------------------------------------------------- today

    @api.model
    def _sent_today(self, connection, phone):
        """Return how many requests of today name this number, queued ones included."""
        if not phone:
            return 0
        known = self.env.context.get(KNOWN)
        if known and known.knows(connection):
            return known.sent[phone]
        return self._counts_of_today(connection, Domain("phone", "=", phone))[phone]

    def _counts_of_today(self, connection, phones):
        groups = self.env["mobilepay.invoice"]._read_group(
            phones
            & Domain("connection_id.merchant_id", "=", connection.merchant_id)
            & Domain("create_date", ">=", connection._start_of_today())
            & Domain("state", "!=", "invalid"),
            ["phone"],
            ["__count"],
        )
        return Counter(dict(groups))

    # ------------------------------------------------------------------ consents

    @api.model
    def _consents(self, connection, payer):
        """Return what this payer and its contacts said, the latest first, as sudo.

        :param payer: a commercial partner
        """
        known = self.env.context.get(KNOWN)
        if known and known.knows(connection) and payer.id in known.payers:
            return known.consents[payer.id]
        return self._consents_of(connection, payer)

    def _consents_of(self, connection, payers):
        # sudo: who may send the invoice goes by the payer's word
        Consent = self.env["mobilepay.consent"].sudo()
        return Consent.search(
            Domain("connection_id", "=", connection.id)
            & Domain("partner_id", "child_of", payers.ids)
            & Domain("state", "!=", "pending"),
            order="write_date desc, id desc",
        )


class Standing(NamedTuple):
    """What is the same for all invoices of a connection at one moment.

    :param problem: why nothing can be sent through it, '' if something can
    :param today: the merchant's calendar day
    :param limits: MobilePay's, as the connection's administrator set them
    :param country: the merchant's, 'DK' or 'FI'
    """

    problem: str
    today: date
    limits: Limits
    country: str


class _Known:
    """The answers about some invoices of one connection."""

    def __init__(self, model, connection, moves):
        self.connection = connection
        self.standing = model._standing_of(connection)
        self.rates = {}
        self.issuers = {}
        self.sent = model._counts_of_today(connection, Domain("phone", "!=", False))
        self._learn_references(model, moves)
        self._learn_consents(model, moves)

    def knows(self, connection):
        """Whether the answers are those of this connection."""
        return connection == self.connection

    def note_queued(self, values):
        """Count a request that is about to be made."""
        self.uses[values["payment_reference"]].append((values["move_id"], "queued"))
        if values["phone"]:
            self.sent[values["phone"]] += 1

    def _learn_references(self, model, moves):
        self.wanted = {}
        # what is the same for all invoices is known already
        Payload = model.with_context(**{KNOWN: self}).env["mobilepay.payload"]
        for move in moves:
            self.wanted |= Payload._first_wanted(self.connection, move)
        self.asked = set(chain.from_iterable(self.wanted.values()))
        self.uses = model._uses(self.connection, list(self.asked))

    def _learn_consents(self, model, moves):
        payers = moves.commercial_partner_id
        self.payers = set(payers.ids)
        self.consents = defaultdict(model.env["mobilepay.consent"].sudo().browse)
        for consent in model._consents_of(self.connection, payers):
            # whoever it is a contact of, at any distance
            partner = consent.partner_id
            while partner:
                if partner.id in self.payers:
                    self.consents[partner.id] += consent
                partner = partner.parent_id
