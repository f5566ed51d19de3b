import logging
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.tools import mute_logger
from odoo.tools.misc import clean_context

from ..mobilepay import errors, references, rules
from ..mobilepay.payload import encode
from ..mobilepay.types import Kind, Status
from .mobilepay_invoice import OPEN_STATES

_logger = logging.getLogger(__name__)

# "already exists" (contract, section 4): the bytes were sent and taken before
EXISTS_CODES = {"10104", "10301"}
# how long after a try a request that nobody holds is tried again
PAUSES = (1, 2, 5, 15, 30, 60, 180)


class MobilepaySender(models.AbstractModel):
    """Sends requests: row committed, call, outcome committed. Never twice.

    Whoever wants an invoice at MobilePay comes through :meth:`_send`; the cron
    comes back for what a crash or an unreachable MobilePay left behind.
    """

    _name = "mobilepay.sender"
    _description = "MobilePay Sender"

    # -------------------------------------------------------------- the way out

    @api.model
    def _send(self, connection, wishes):
        """Send invoices of one connection; return what could not be sent.

        Commits before and after each call. An invoice that has an open request
        is left as it is: it was sent.

        :param wishes: ``{move: {"kind": "direct"|"link", "phone": E.164 or ""}}``
        :return: ``{move: text}`` for the invoices that did not go out
        """
        # sudo: who may send an invoice makes its request; nobody writes one by hand
        self = self.sudo()
        moves = self.env["account.move"].union(*(move.sudo() for move in wishes))
        locked = moves.try_lock_for_update(allow_referencing=True)
        refused = {
            move: self.env._("Somebody else is sending this invoice right now.")
            for move in moves - locked
        }
        requests = self.env["mobilepay.invoice"]
        for move in locked - self._already_open(locked):
            try:
                requests += self._queue(connection, move, **wishes[move])
            except _NotSendable as error:
                refused[move] = str(error)
        self.env["mobilepay.invoice"]._commit()
        for request in requests:
            if problem := self._send_one(request):
                refused[request.move_id] = problem
        return refused

    @api.model
    def _already_open(self, moves):
        return (
            self.env["mobilepay.invoice"]
            .search([("move_id", "in", moves.ids), ("state", "in", OPEN_STATES)])
            .move_id
        )

    def _send_one(self, request):
        """Claim one queued or unanswered request and send it.

        :return: '' when it went out (or someone else has it), else the problem
        """
        if not self._claim(request):
            return ""
        return self._call(request)

    def _claim(self, request):
        """Mark as ``sending`` and commit; then hold the row while the call runs.

        A row in ``sending`` that nobody holds belongs to a process that died.
        """
        if not request.try_lock_for_update(allow_referencing=True):
            return False
        if request.state not in ("queued", "sending", "unconfirmed"):
            return False
        repeated = request.state != "queued"
        request.write(
            {
                "state": "unconfirmed" if repeated else "sending",
                "tries": request.tries + 1,
                "next_try_on": self._next_try(request.tries),
            }
        )
        request._commit()
        return bool(request.try_lock_for_update(allow_referencing=True))

    def _next_try(self, tries):
        pause = PAUSES[min(tries, len(PAUSES) - 1)]
        return fields.Datetime.now() + timedelta(minutes=pause)

    def _call(self, request):
        """Make the create call and keep its outcome; return the problem or ''."""
        try:
            with request.connection_id._invoice_api() as invoice_api:
                created = invoice_api.create(Kind(request.kind), request.payload)
        except errors.MobilePayError as error:
            return self._note_failure(request, error)
        self._note_created(request, created)
        return ""

    # ------------------------------------------------------------ the first row

    def _queue(self, connection, move, *, kind, phone):
        """Create the request as it will be sent, or say why it cannot be.

        :raises _NotSendable: a rule of MobilePay's, or an open request
        """
        issuer = connection.issuer_id
        if not connection._usable() or not issuer:
            raise _NotSendable(self._connection_problem(connection))
        wire_request = self._wire_request(connection, move, kind, phone, issuer)
        problems = self._problems(connection, wire_request)
        if problems:
            raise _NotSendable("\n".join(problems))
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                return self._create_row(connection, move, issuer, wire_request)
        except IntegrityError as error:
            raise _NotSendable(
                self.env._("This invoice has an open MobilePay request already.")
            ) from error

    @api.model
    def _preview(self, connection, move, wish):
        """Return what would keep ``move`` from going out, as texts; writes nothing."""
        if not connection._usable():
            return [self._connection_problem(connection)]
        wire_request = self._wire_request(
            connection, move, wish["kind"], wish["phone"], connection.issuer_id, False
        )
        return self._problems(connection, wire_request)

    def _wire_request(self, connection, move, kind, phone, issuer, urls=True):
        Payload = self.env["mobilepay.payload"]
        earlier = move.mobilepay_invoice_ids.filtered(lambda r: r.state != "invalid")
        taken = self._taken_references(connection, move)
        reference = references.with_attempt(
            Payload._base_reference(move, taken), len(earlier) + 1
        )
        return Payload._build(
            move,
            kind=kind,
            issuer=issuer,
            reference=reference,
            phone=phone,
            today=connection._today(),
            urls=urls,
        )

    def _taken_references(self, connection, move):
        """Return references of other invoices at this merchant that ours may hit."""
        found = self.env["mobilepay.invoice"].search(
            [
                ("connection_id", "=", connection.id),
                ("move_id", "!=", move.id),
                ("payment_reference", "in", [move.payment_reference, move.name]),
            ]
        )
        return set(found.mapped("payment_reference"))

    def _problems(self, connection, wire_request):
        found = rules.check(
            wire_request,
            today=connection._today(),
            limits=connection._limits(),
            country=connection.country_code,
        )
        return [self.env["mobilepay.words"]._problem_words(one) for one in found]

    def _connection_problem(self, connection):
        if connection.state == "consent_lost":
            return self.env._(
                "MobilePay no longer accepts this company's connection. An accounting"
                " administrator must connect again (Accounting → Configuration →"
                " MobilePay)."
            )
        if connection.state != "connected":
            return self.env._(
                "This company is not connected to MobilePay. An accounting"
                " administrator connects it under Accounting → Configuration →"
                " MobilePay."
            )
        return self.env._(
            "No enabled issuer. Press Refresh issuers on the MobilePay connection."
        )

    def _create_row(self, connection, move, issuer, wire_request):
        move.mobilepay_invoice_ids.superseded = True
        return self.env["mobilepay.invoice"].with_context(
            clean_context(self.env.context)
        ).create(
            {
                "move_id": move.id,
                "connection_id": connection.id,
                "issuer_id": issuer.id,
                "company_id": move.company_id.id,
                "kind": wire_request.kind.value,
                "payment_reference": wire_request.payment_reference,
                "invoice_number": wire_request.invoice_number,
                "amount": float(wire_request.total),
                "currency_id": move.currency_id.id,
                "due_date": wire_request.due_date,
                "phone": wire_request.phone,
                "payload": encode(wire_request),
                "next_try_on": fields.Datetime.now() + timedelta(minutes=PAUSES[0]),
            }
        )

    # ---------------------------------------------------------------- outcomes

    def _note_created(self, request, created):
        """Keep what MobilePay answered and commit it."""
        request.write(
            {
                "mobilepay_id": created.invoice_id.lower(),
                "link_url": created.link_url or request.link_url,
                "correlation_id": created.correlation_id,
                "sent_on": fields.Datetime.now(),
                "error_code": False,
                "error_text": False,
            }
        )
        self._tell(request, Status.CREATED)
        request._commit()

    def _note_failure(self, request, error):
        """Keep why it failed, decide what becomes of the request, and commit.

        :return: the problem, for the person who pressed the button
        """
        words = self.env["mobilepay.words"]._explain(error)
        request.write(
            {
                "correlation_id": error.correlation_id or request.correlation_id,
                "error_code": error.code,
                "error_text": words,
            }
        )
        refused = isinstance(error, (errors.Rejected, errors.NotFound))
        if isinstance(error, errors.OutcomeUnknown):
            request.state = "unconfirmed"
        elif refused and request.state == "sending":
            self._tell(request, Status.INVALID)
        elif request.state == "sending":
            # nothing reached MobilePay: it goes out by itself when it can
            request.state = "queued"
        elif refused and error.code in EXISTS_CODES:
            words = self._note_exists(request)
        request._commit()
        return words

    def _note_exists(self, request):
        """MobilePay has it: its id comes with the next callback or settlement."""
        request.error_text = self.env._(
            "MobilePay has this request; its answer was lost on the way. The next"
            " news of it will complete it here."
        )
        return request.error_text

    def _tell(self, request, status):
        """Let the answer to our own call enter as news, and be processed at once."""
        self.env["mobilepay.event"]._note_told(request, status, "answer")
        self.env["mobilepay.processor"]._apply(request)

    # -------------------------------------------------------------------- cron

    @api.model
    def _cron_send(self):
        """Send what is queued, and find out about what was left unanswered."""
        Cron = self.env["ir.cron"]
        due = self.env["mobilepay.invoice"].search(self._due_domain(), limit=200)
        Cron._commit_progress(remaining=len(due))
        for request in due:
            if request.connection_id.state == "connected":
                self.with_company(request.company_id)._send_one(
                    request.with_company(request.company_id)
                )
            if not Cron._commit_progress(1):
                break

    def _due_domain(self):
        return [
            ("state", "in", ("queued", "sending", "unconfirmed")),
            ("next_try_on", "<=", fields.Datetime.now()),
            ("connection_id.state", "=", "connected"),
        ]


class _NotSendable(Exception):
    """An invoice that cannot be sent now; the text says what to do."""
