import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...mobilepay import errors, rules
from ...mobilepay.types import ConsentState
from ..base.formats import as_utc
from ..base.mobilepay_worker import is_trouble

_logger = logging.getLogger(__name__)

# what only MobilePay says of a consent; a person says whose it is
READONLY_FIELDS = {
    "connection_id",
    "mobilepay_id",
    "issuer_id",
    "request_id",
    "phone",
    "state",
    "granted_on",
    "source",
}


class MobilepayConsent(models.Model):
    """A payer's consent to be invoiced directly, as MobilePay told it.

    Asked for with a link (``pending``), answered by the payer in the app
    (``granted`` or ``denied``), and gone again when MobilePay no longer lists it
    (``withdrawn``). Every change is tracked: who consented, when and how we know
    is never overwritten in silence. Only ``granted`` with a number and one
    partner lets an invoice go out directly.
    """

    _name = "mobilepay.consent"
    _description = "MobilePay Consent"
    _inherit = ["mail.thread"]
    _order = "granted_on desc, id desc"
    _rec_name = "mobilepay_id"

    connection_id = fields.Many2one(
        "mobilepay.connection", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    issuer_id = fields.Many2one("mobilepay.issuer", readonly=True)
    mobilepay_id = fields.Char("ConsentId", required=True, readonly=True)
    request_id = fields.Many2one(
        "mobilepay.invoice",
        "Asked With",
        readonly=True,
        index="btree_not_null",
        help="The request whose payer was asked.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        tracking=True,
        index=True,
        help="Who consented: this customer's next invoices go directly into the app.",
    )
    candidate_ids = fields.Many2many(
        "res.partner",
        string="Customers with This Number",
        compute="_compute_candidate_ids",
        help="More than one customer has this phone number: choose who consented.",
    )
    phone = fields.Char(readonly=True, tracking=True)
    state = fields.Selection(
        [
            ("pending", "Asked"),
            ("granted", "Granted"),
            ("denied", "Denied"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        readonly=True,
        tracking=True,
    )
    granted_on = fields.Datetime(readonly=True, tracking=True)
    source = fields.Selection(
        [("asked", "Answer to our question"), ("list", "MobilePay's list")],
        readonly=True,
        tracking=True,
        help="How we know.",
    )

    _mobilepay_id_unique = models.Constraint(
        "UNIQUE(connection_id, mobilepay_id)", "MobilePay's consent IDs are unique."
    )

    def write(self, vals):
        if READONLY_FIELDS & vals.keys() and not self.env.su:
            raise AccessError(
                self.env._(
                    "Consent is given and taken back in MobilePay's app only. Choose"
                    " the customer here; all else is read from MobilePay."
                )
            )
        return super().write(vals)

    @api.depends("phone", "partner_id")
    def _compute_candidate_ids(self):
        for consent in self:
            consent.candidate_ids = (
                False if consent.partner_id else consent._partners_with_number()
            )

    # ------------------------------------------------------------------- look-up

    @api.model
    def _number_of(self, connection, partner):
        """Return the E.164 number under which ``partner`` may be invoiced directly.

        '' without a granted consent: then a link is the polite way.
        """
        said = self.env["mobilepay.prefetch"]._consents(
            connection, partner.commercial_partner_id
        )
        if not said:
            return ""
        granted = said.filtered(lambda c: c.state == "granted" and c.phone)
        return granted.sorted("granted_on desc, id desc")[:1].phone or ""

    @api.model
    def _refused_by(self, connection, partner):
        """Whether the last that ``partner`` said about direct invoices was no."""
        said = self.env["mobilepay.prefetch"]._consents(
            connection, partner.commercial_partner_id
        )
        return said[:1].state in ("denied", "withdrawn")

    # --------------------------------------------------------------------- asking

    @api.model
    def _is_wanted(self, connection, move, kind):
        """Whether the payer of this link is to be asked: per send, payer, company."""
        if kind != "link":
            return False
        chosen = self.env.context.get("mobilepay_ask_consent")
        if chosen is not None:
            return chosen
        # sudo: a preference of the payer, whoever sends
        payer = move.commercial_partner_id.with_company(move.company_id).sudo()
        rule = payer.mobilepay_ask_consent or "company"
        return connection.ask_consent if rule == "company" else rule == "always"

    @api.model
    def _ask_some(self, limit=200):
        """Have the payers of fresh links asked; each question is put once.

        :return: how many were dealt with
        """
        waiting = self.env["mobilepay.invoice"].search(
            [
                ("consent_wanted", "=", True),
                ("consent_asked_on", "=", False),
                ("state", "=", "created"),
                ("mobilepay_id", "!=", False),
                ("connection_id.state", "=", "connected"),
            ],
            limit=limit,
        )
        for requests in waiting.grouped("connection_id").values():
            for request in requests:
                if not self._ask_once(request):
                    break
        return len(waiting)

    def _ask_once(self, request):
        """Ask if nobody else does; False when the others had better not be asked."""
        if not request.try_lock_for_update(allow_referencing=True):
            return True
        # noted first: a question too few is better than one too many
        request.consent_asked_on = fields.Datetime.now()
        self.env["mobilepay.worker"]._commit()
        trouble = is_trouble(request._in_readers_language(self)._ask(request))
        if trouble:
            # it was not put: nobody let us in
            request.consent_asked_on = False
        self.env["mobilepay.worker"]._commit()
        return not trouble

    def _ask(self, request):
        """Have the payer of a link asked for consent after paying (section 7).

        :return: the error, None where there was none
        """
        try:
            with request.connection_id._service() as service:
                told = service.ask_consent(request.mobilepay_id)
        except (errors.MobilePayError, UserError) as error:
            # the invoice is out: that the question was not put must not undo it
            _logger.info("MobilePay consent was not asked for: %s", error)
            return error
        self.env["mobilepay.worker"]._keep_outcome(
            lambda: self._take_over(
                request.connection_id, told, "asked", request.issuer_id
            )
        )
        return None

    # -------------------------------------------------------------------- syncing

    @api.model
    def _cron_sync(self):
        """Ask who is to be asked, and read MobilePay's list of granted consents."""
        Cron = self.env["ir.cron"]
        self._ask_some()
        connections = self.env["mobilepay.connection"]._connected()
        Cron._commit_progress(remaining=len(connections))
        for connection in connections:
            try:
                self.with_company(connection.company_id)._sync(connection)
            except (errors.MobilePayError, UserError) as error:
                # lasting trouble is said by the connection itself
                _logger.info("MobilePay consents were not read: %s", error)
            if not Cron._commit_progress(1):
                break

    @api.model
    def _sync(self, connection):
        """Make our consents what MobilePay lists; what is gone was withdrawn.

        :raises MobilePayError: the list could not be read; nothing is changed
        """
        listed = []
        with connection._service() as service:
            for issuer in connection._issuers().filtered("enabled"):
                for told in service.consents(issuer.mobilepay_id):
                    listed.append((issuer, told))
        own = connection._in_company_language(self) if listed else self
        for issuer, told in listed:
            own._take_over(connection, told, "list", issuer)
        own._withdraw_missing(connection, {told.id for _issuer, told in listed})

    def _withdraw_missing(self, connection, listed_ids):
        gone = self.search(
            [
                ("connection_id", "=", connection.id),
                ("state", "=", "granted"),
                ("mobilepay_id", "not in", list(listed_ids)),
                ("issuer_id.enabled", "=", True),
            ]
        )
        gone.write({"state": "withdrawn"})

    def _take_over(self, connection, told, source, issuer):
        """Keep what MobilePay told of one consent; return our record."""
        known = self.search(
            [
                ("connection_id", "=", connection.id),
                ("mobilepay_id", "=", told.id),
            ]
        )
        values = self._values(connection, told, source, issuer)
        if not known:
            known = self.create(
                {
                    "connection_id": connection.id,
                    "mobilepay_id": told.id,
                    **values,
                    "state": values.get("state", "pending"),
                }
            )
        else:
            changed = {
                name: value
                for name, value in values.items()
                if known._fields[name].convert_to_write(known[name], known) != value
            }
            known.write(changed)
        known._find_partner()
        return known

    def _values(self, connection, told, source, issuer):
        request = self.env["mobilepay.invoice"].search(
            [
                ("connection_id", "=", connection.id),
                ("mobilepay_id", "=", told.invoice_id or "-"),
            ]
        )
        values = {"issuer_id": issuer.id, "source": source}
        if request:
            values["request_id"] = request.id
        if told.state is ConsentState.GRANTED:
            values.update(
                state="granted",
                phone=self._e164(connection, told.phone),
                granted_on=told.granted_on and as_utc(told.granted_on),
            )
        elif told.state is ConsentState.DENIED:
            values["state"] = "denied"
        return values

    def _e164(self, connection, phone):
        try:
            return rules.normalise_phone(phone, connection.country_code)
        except rules.InvalidPhone:
            return False

    # ------------------------------------------------------------------ partners

    def _find_partner(self):
        """Give each consent its customer: who was asked, else the only match."""
        for consent in self.filtered(lambda c: not c.partner_id):
            asked = consent.request_id.partner_id.commercial_partner_id
            partners = asked or consent._partners_with_number()
            if len(partners) == 1:
                consent.partner_id = partners

    def _partners_with_number(self):
        """Return the customers of this company whose number is the consent's.

        Those of its branches, too: they send through the same connection.
        """
        if not self.phone:
            return self.env["res.partner"]
        # sudo: branches that whoever looks may not see
        branches = (
            self.env["res.company"]
            .sudo()
            ._search([("id", "child_of", self.company_id.ids)])
        )
        companies = [*self.company_id.parent_ids.ids, *branches]
        self.env["res.partner"].flush_model(["phone", "mobilepay_phone"])
        # people write numbers with spaces: compared by their last digits first
        self.env.cr.execute(
            r"""
            SELECT id FROM res_partner
             WHERE active AND (company_id IS NULL OR company_id = ANY(%s))
               AND (regexp_replace(phone, '\D', '', 'g') LIKE %s
                OR regexp_replace(mobilepay_phone, '\D', '', 'g') LIKE %s)
            """,
            [companies, *["%" + self.phone[-6:]] * 2],
        )
        # sudo: numbers of all the company's customers, whoever looks
        likely = (
            self.env["res.partner"]
            .sudo()
            .browse(row[0] for row in self.env.cr.fetchall())
        )
        same = likely.filtered(
            lambda p: (
                self._e164(self.connection_id, p._mobilepay_number()) == self.phone
            )
        )
        return same.commercial_partner_id.sudo(False)
