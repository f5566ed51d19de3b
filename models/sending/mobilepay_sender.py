import logging
from collections import defaultdict
from datetime import timedelta

from psycopg2 import IntegrityError, OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import mute_logger
from odoo.tools.misc import clean_context

from ...mobilepay import errors
from ...mobilepay.types import Kind, Status
from ..request.mobilepay_invoice import UNDECIDED_STATES
from ..request.mobilepay_invoice_failed import KIND as FAILED

_logger = logging.getLogger(__name__)

# minutes until a request that nobody holds is tried again
PAUSES = (1, 2, 5, 15, 30, 60, 180)


class MobilepaySender(models.AbstractModel):
    """Sends requests: row committed, call, outcome committed. Never twice.

    Whoever wants an invoice at MobilePay comes through :meth:`_send`; the cron
    comes back for what a crash or an unreachable MobilePay left behind.
    """

    _name = "mobilepay.sender"
    _inherit = "mobilepay.worker"
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
        for move in locked:
            if move._mobilepay_open_request() and not move._mobilepay_may_send():
                continue
            try:
                requests += self._queue(connection, move, **wishes[move])
            except _NotSendable as error:
                refused[move] = str(error)
        self._commit()
        for request in requests:
            if self._joins_queue(request):
                continue
            if problem := self._send_one(request):
                refused[request.move_id] = problem
        return refused

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
        if request.state not in UNDECIDED_STATES:
            return False
        repeated = request.state != "queued"
        mine = request.tries + 1
        request.write(
            {
                "state": "unconfirmed" if repeated else "sending",
                "tries": mine,
                "next_try_on": self._next_try(request.tries),
            }
        )
        self._commit()
        # between commit and lock another worker may have taken it up
        locked = request.try_lock_for_update(allow_referencing=True)
        return bool(locked) and locked.tries == mine

    def _next_try(self, tries):
        pause = PAUSES[min(tries, len(PAUSES) - 1)]
        return fields.Datetime.now() + timedelta(minutes=pause)

    def _call(self, request):
        """Make the create call and keep its outcome; return the problem or ''."""
        try:
            with request.connection_id._service() as service:
                created = service.create(Kind(request.kind), request.payload)
        except (errors.MobilePayError, UserError) as error:
            # a UserError is our own: the secrets cannot be read, nothing was sent
            return self._note_failure(request, error)
        self._note_created(request, created)
        return ""

    # ------------------------------------------------------------ the first row

    def _queue(self, connection, move, *, kind, phone):
        """Create the requests as they will be sent, or say why they cannot be.

        One for the invoice, or one for each instalment that is due.

        :raises _NotSendable: a rule of MobilePay's, or an open request
        """
        rows = self._rows(connection, move, kind=kind, phone=phone)
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                return self._create_rows(rows)
        except IntegrityError as error:
            raise _NotSendable(self._collision_message(error)) from error

    @api.model
    def _preview(self, connection, move, wish):
        """Return what would keep ``move`` from going out, as texts; writes nothing."""
        _examined, problems = self._examine(
            connection, move, wish["kind"], wish["phone"], whole=False
        )
        return problems

    def _examine(self, connection, move, kind, phone, whole=True):
        """Return what would be sent, and what speaks against it, without any call."""
        standing = self.env["mobilepay.prefetch"]._standing(connection)
        problem = standing.problem or self._move_problem(connection, move)
        portions = [] if problem else move._mobilepay_portions(connection)
        if not problem and not portions:
            days = connection.instalment_days
            problem = self.env._("No instalment is due within %s days.", days)
        if problem:
            return [], [problem]
        today = standing.today
        examined = [
            (
                portion,
                self._wire_request(
                    connection, move, portion, kind, phone, today, whole
                ),
            )
            for portion in portions
        ]
        problems = [
            problem
            for _portion, wire_request in examined
            for problem in self._problems(connection, wire_request, whole)
        ]
        return examined, problems

    def _wire_request(self, connection, move, portion, kind, phone, today, whole):
        Payload = self.env["mobilepay.payload"]
        return Payload._build(
            move,
            portion,
            kind=kind,
            issuer=self.env["mobilepay.prefetch"]._issuer(connection, move),
            reference=Payload._reference(connection, move, portion.number),
            phone=phone,
            today=today,
            whole=whole,
        )

    def _connection_problem(self, connection):
        """Return why nothing can be sent through this connection, '' if it can."""
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
        if not connection._usable():
            return self.env._(
                "No enabled issuer. Press Refresh issuers on the MobilePay connection"
                " and choose one."
            )
        # money that could not be posted is not asked for
        return connection._booking_hindrance()

    def _move_problem(self, connection, move):
        """Return why ``move`` is none for MobilePay, '' if it is one."""
        if move.move_type == "out_refund":
            return self.env._(
                "MobilePay takes no credit notes. Match it with the invoice first, and"
                " send what is left."
            )
        if not move._mobilepay_may_send():
            if move._mobilepay_open_request():
                return self.env._("This invoice has an open MobilePay request already.")
            if move.mobilepay_invoice_ids._standing():
                return self.env._(
                    "This invoice was paid with MobilePay; its payment is not posted"
                    " yet."
                )
            return self.env._(
                "MobilePay takes posted customer invoices that are not paid."
            )
        if move.currency_id != connection.currency_id:
            return self.env._(
                "MobilePay takes %(currency)s only for this merchant.",
                currency=connection.currency_id.name,
            )
        return ""

    def _collision_message(self, error):
        """Two workers at the same moment: the unique indexes let one through."""
        if "payment_reference" in (error.diag.constraint_name or ""):
            return self.env._(
                "Another invoice has just taken the same payment reference. Send this"
                " one again."
            )
        return self.env._("This invoice has an open MobilePay request already.")

    def _rows(self, connection, move, *, kind, phone):
        """Return the values of the requests that ask for what is due of ``move``.

        :raises _NotSendable: a rule of MobilePay's, or an open request
        """
        examined, problems = self._examine(connection, move, kind, phone)
        if problems:
            raise _NotSendable("\n".join(problems))
        rows = [
            self._row(connection, move, portion, wire_request)
            for portion, wire_request in examined
        ]
        for row in rows:
            self.env["mobilepay.prefetch"]._note_queued(row)
        return rows

    def _create_rows(self, rows):
        """Create requests; what was asked for before is superseded by them."""
        asked = defaultdict(set)
        for row in rows:
            asked[row["move_id"]].add(row["instalment"])
        # the whole is asked for in place of its instalments, and they in place of it
        earlier = (
            self.env["account.move"]
            .browse(asked)
            .mobilepay_invoice_ids.filtered(
                lambda r: asked[r.move_id.id] & {r.instalment, 0} or not r.instalment
            )
        )
        if earlier:
            earlier.superseded = True
            earlier.move_id.activity_unlink([FAILED])
        # the wizard's defaults are not meant for these rows
        own = self.with_context(**clean_context(self.env.context))
        return own.env["mobilepay.invoice"].create(rows)

    def _row(self, connection, move, portion, wire_request):
        return {
            "move_id": move.id,
            "connection_id": connection.id,
            "issuer_id": self.env["mobilepay.prefetch"]._issuer(connection, move).id,
            "company_id": move.company_id.id,
            "instalment": portion.number,
            "with_earlier": portion.earlier,
            "early_discount": portion.discounted,
            "kind": wire_request.kind.value,
            "consent_wanted": self.env["mobilepay.consent"]._is_wanted(
                connection, move, wire_request.kind.value
            ),
            "payment_reference": wire_request.payment_reference,
            # else Odoo computes and writes them after the rows are made
            "bank_key": self.env["mobilepay.invoice"]._bank_key_of(
                wire_request.payment_reference
            ),
            "days_to_pay": 0,
            "invoice_number": wire_request.invoice_number,
            "amount": float(wire_request.total),
            "currency_id": move.currency_id.id,
            "due_date": wire_request.due_date,
            "phone": wire_request.phone or False,
            "link_untold": self.env.context.get("mobilepay_link_untold", False),
            "payload": connection._service().encode(wire_request),
            "next_try_on": fields.Datetime.now() + timedelta(minutes=PAUSES[0]),
        }

    # -------------------------------------------------------------------- cron

    @api.model
    def _cron_send(self):
        """Send what is queued, and find out about what was left unanswered."""
        Cron = self.env["ir.cron"]
        Request = self.env["mobilepay.invoice"]
        due = Request.search(self._due(), limit=200, order="next_try_on, id")
        Cron._commit_progress(remaining=Request.search_count(self._due()))
        for request in due:
            request._in_readers_language(self)._send_due(request._in_readers_language())
            if not Cron._commit_progress(1):
                break
        self._end_some()

    def _send_due(self, request):
        """Send one request of the queue; its trouble stays its own."""
        try:
            # meanwhile a person or another worker may have changed it
            if not request.filtered_domain(self._due()):
                return
            if request.state == "queued" and self._outdated(request):
                self._drop(request)
            else:
                self._send_one(request)
        except OperationalError:
            _logger.info("MobilePay request %s: taken by another worker", request.id)
            self.env.cr.rollback()
        except Exception:
            _logger.exception("MobilePay request %s could not be sent", request.id)
            self.env.cr.rollback()
            self._note_unexpected(request)

    def _note_unexpected(self, request):
        """Say on a request that waits what happened, and try again later."""
        if request.try_lock_for_update(allow_referencing=True).filtered_domain(
            Domain("state", "in", UNDECIDED_STATES)
        ):
            request.write(
                {
                    "error_text": self.env["mobilepay.messages"]._unexpected_message(),
                    "next_try_on": self._next_try(request.tries),
                }
            )
            self._commit()

    def _outdated(self, request):
        """Whether the invoice changed while its request waited in the queue."""
        left = request._get_instalment().amount
        return request.move_id.state != "posted" or bool(
            request.currency_id.compare_amounts(left, request.amount)
        )

    def _drop(self, request):
        """Cancel what was never sent."""
        if request.try_lock_for_update(allow_referencing=True):
            request.error_text = self.env._(
                "The invoice changed before it could be sent. Send it again."
            )
            self._note_answer(request, Status.CANCELED)
            self._commit()
            self._process_answer(request)

    def _due(self):
        return (
            Domain("state", "in", UNDECIDED_STATES)
            & Domain("next_try_on", "<=", fields.Datetime.now())
            & Domain("connection_id.state", "=", "connected")
            # what MobilePay took is decided there, what a batch has queued is its own
            & Domain("mobilepay_id", "=", False)
            & (Domain("batch_id", "=", False) | Domain("state", "!=", "queued"))
        )


class _NotSendable(Exception):
    """An invoice that cannot be sent now; the text says what to do."""
