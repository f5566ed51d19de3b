import logging
from contextlib import contextmanager
from datetime import timedelta

from markupsafe import Markup
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date, split_every

from .account_move import TOGETHER

_logger = logging.getLogger(__name__)


class MobilepayBooking(models.AbstractModel):
    """Books confirmed payments: posted in the MobilePay journal, reconciled.

    One payment per request, for ever: unique indexes on ``account.payment``
    stand behind it. No HTTP happens here. What no invoice waits for any more
    stays as an open credit of the customer, and a person is told.
    """

    _name = "mobilepay.booking"
    _description = "MobilePay Booking"

    @api.model
    def _book(self, requests):
        """Book what is paid and not booked of these locked requests.

        Tries all of a company at once; if that fails, one by one, so that one
        bad invoice does not stop the others. Never raises for a single request.
        """
        todo = requests.filtered(lambda r: r.state == "paid" and not r.payment_id)
        by_books = todo.grouped(lambda r: (r.connection_id, r.company_id))
        for (connection, company), paid in by_books.items():
            own = connection._in_company_language(self, company)
            own._book_company(connection, paid)

    @api.model
    def _book_left_over(self, chunk=100):
        """Try again what could not be booked, a missing account for example."""
        left = self.env["mobilepay.invoice"].search(
            [("state", "=", "paid"), ("payment_id", "=", False)], order="id"
        )
        for ids in split_every(chunk, left.ids):
            some = left.browse(ids).try_lock_for_update(allow_referencing=True)
            self._book(some)
            some.filtered("payment_id")._refresh_screens()
            self.env["mobilepay.worker"]._commit()

    def _book_company(self, connection, requests):
        try:
            method_line = connection._payment_method_line()
        except UserError as error:
            for request in requests:
                self._note_unbooked(request, error)
            return
        if not self._try_to_book(requests, method_line) and len(requests) > 1:
            for request in requests:
                self._try_to_book(request, method_line)

    def _try_to_book(self, requests, method_line):
        try:
            with self.env.cr.savepoint():
                self._book_together(requests, method_line)
        except OperationalError:
            # serialization failure, dead connection: the caller's to handle
            raise
        except Exception as error:
            # what nobody thought of wants its traceback
            _logger.warning(
                "MobilePay requests %s could not be booked: %s",
                requests.ids,
                error,
                exc_info=not isinstance(error, UserError),
            )
            if len(requests) == 1:
                self._note_unbooked(requests, error)
            return False
        with self._never_undone(requests):
            self._tell_payments(requests)
        for request in requests.filtered(self._has_unapplied_amount):
            with self._never_undone(request):
                self._report_unapplied_amount(request)
        self._wake_settlement(requests)
        return True

    def _wake_settlement(self, requests):
        """Have what waited for these payments go on: transfers and bank lines."""
        waiting = requests.transaction_ids.transfer_id.filtered(
            lambda transfer: transfer.state == "waiting"
        )
        if waiting:
            waiting.next_try_on = fields.Datetime.now()
            self.env.ref("account_mobilepay.cron_settle")._trigger()
        if "instant" in requests.issuer_id.mapped("transfer_method"):
            self.env.ref("account_mobilepay.cron_match")._trigger()

    @contextmanager
    def _never_undone(self, requests):
        """Run what tells people: that it fails must not undo what was booked."""
        try:
            with self.env.cr.savepoint():
                yield
        except OperationalError:
            raise
        except Exception:
            _logger.exception("MobilePay requests %s: nobody is told", requests.ids)

    def _book_together(self, requests, method_line):
        lines = {request: self._open_lines(request) for request in requests}
        trail, companies = self.env["mobilepay.trail"], requests.company_id
        lean = trail._context(companies)
        Payment = self.env["account.payment"].with_context(**lean, **{TOGETHER: True})
        payments = Payment.create(
            [self._payment_values(r, lines[r], method_line) for r in requests]
        )
        payments.action_post()
        pairs = []
        for request, payment in zip(requests, payments, strict=True):
            request.write({"payment_id": payment.id, "error_text": False})
            if lines[request]:
                pairs.append(lines[request] + self._credit_lines(payment))
        # one plan for all: partials are made in one go
        self.env["account.move.line"].with_context(**lean)._reconcile_plan(pairs)
        trail._write_down(companies)

    def _open_lines(self, request):
        """Return the receivable lines that still wait for this money.

        Those of the request's instalment; any of the invoice where it is settled.
        """

        def still_open(line):
            return line.parent_state == "posted" and not line.reconciled

        asked = request._get_instalment().lines.filtered(still_open)
        return asked or self._receivable_lines(request.move_id).filtered(still_open)

    def _receivable_lines(self, move):
        return move.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def _credit_lines(self, payment):
        return payment.move_id.line_ids.filtered(
            lambda line: line.account_id == payment.destination_account_id
        )

    def _payment_values(self, request, lines, method_line):
        move = request.move_id
        receivable = (lines or self._receivable_lines(move)).account_id[:1]
        values = {
            "mobilepay_invoice_id": request.id,
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": move.commercial_partner_id.id,
            "amount": request.paid_amount,
            "currency_id": request.currency_id.id,
            "company_id": move.company_id.id,
            "date": self._open_day(
                move.company_id, request.paid_on, method_line.journal_id
            ),
            "journal_id": method_line.journal_id.id,
            "payment_method_line_id": method_line.id,
            # else Odoo copies them from there, in an UPDATE for each
            "payment_method_id": method_line.payment_method_id.id,
            "outstanding_account_id": method_line.payment_account_id.id,
            "memo": request.payment_reference,
            "payment_reference": request.transaction_id,
            "invoice_ids": [Command.set(move.ids if lines else [])],
            # true only once there is an entry
            "is_matched": False,
            "is_reconciled": False,
            # looked up for each otherwise; it is MobilePay that pays
            "partner_bank_id": False,
        }
        if receivable:
            values["destination_account_id"] = receivable.id
        if lines and request._is_discount_earned():
            values["write_off_line_vals"] = self._discount_lines(request, lines)
        return values

    def _discount_lines(self, request, line):
        """Return the discount's lines as Odoo's own register wizard makes them."""
        company, left = request.company_id, line.amount_residual_currency

        def in_books(amount):
            return request.currency_id._convert(
                amount, company.currency_id, company, request.paid_on
            )

        Move = self.env["account.move"]
        counterparts = Move._get_invoice_counterpart_amls_for_early_payment_discount(
            [{"aml": line, "amount_currency": -left, "balance": in_books(-left)}],
            in_books(left - request.paid_amount),
        )
        return [values for some in counterparts.values() for values in some]

    @api.model
    def _open_day(self, company, day, journal, has_tax=False):
        """Return ``day``, or the first open one after all lock dates."""
        while locks := company._get_violated_lock_dates(day, has_tax, journal):
            day = locks[-1][0] + timedelta(days=1)
        return day

    def _tell_payments(self, requests):
        """Say on the invoices what was posted."""
        bodies = {}
        for move, paid in requests.grouped("move_id").items():
            lines = [self._payment_message(request) for request in paid]
            bodies[move.id] = Markup("<br/>").join(lines)
        requests.move_id._message_log_batch(bodies)

    def _payment_message(self, request):
        return self.env._(
            "MobilePay: paid on %(date)s, posted as %(payment)s.",
            date=format_date(self.env, request.paid_on),
            payment=request.payment_id.name,
        )

    def _get_unapplied_amount(self, request):
        credit = self._credit_lines(request.payment_id)
        return -sum(credit.mapped("amount_residual_currency"))

    def _has_unapplied_amount(self, request):
        return (
            request.currency_id.compare_amounts(self._get_unapplied_amount(request), 0)
            > 0
        )

    def _report_unapplied_amount(self, request):
        """Call a person where money is left over."""
        request._schedule_help_activity(
            self.env._(
                "%(amount)s of this MobilePay payment belong to no open invoice:"
                " the invoice was paid, credited, cancelled or reset meanwhile."
                " The amount is an open credit of the customer. Match it with"
                " another invoice, or pay it back.",
                amount=request.currency_id.format(self._get_unapplied_amount(request)),
            )
        )

    def _note_unbooked(self, request, error):
        """Keep the reason where a person finds it; the cron tries again."""
        unexpected = self.env["mobilepay.messages"]._unexpected_message()
        reason = str(error) if isinstance(error, UserError) else unexpected
        text = self.env._("Paid, but not posted yet: %s", reason)
        if request.error_text != text:
            request.error_text = text
            with self._never_undone(request):
                request._schedule_help_activity(text)
