import logging

from psycopg2 import OperationalError

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_compare

_logger = logging.getLogger(__name__)

# no chatter and no tracking on the payment: its story stands on the request
LEAN = {
    "tracking_disable": True,
    "mail_notrack": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "skip_invoice_sync": True,
}


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

        Tries all at once; if that fails, one by one, so that one bad invoice
        does not stop the others. Never raises for a single request.
        """
        todo = requests.filtered(lambda r: r.state == "paid" and not r.payment_id)
        for connection, paid in todo.grouped("connection_id").items():
            company_self = self.with_company(connection.company_id)
            if not company_self._try_to_book(paid):
                for request in paid:
                    company_self._try_to_book(request)

    @api.model
    def _book_left_over(self, limit=100):
        """Try again what could not be booked, a missing account for example."""
        left = self.env["mobilepay.invoice"].search(
            [("state", "=", "paid"), ("payment_id", "=", False)], limit=limit
        )
        self._book(left.try_lock_for_update(allow_referencing=True))

    def _try_to_book(self, requests):
        try:
            with self.env.cr.savepoint():
                self._book_together(requests)
        except OperationalError:
            # serialization failure, dead connection: Odoo's to handle
            raise
        except Exception as error:
            _logger.warning(
                "MobilePay requests %s could not be booked: %s", requests.ids, error
            )
            self.env.invalidate_all(flush=False)
            if len(requests) == 1:
                self._note_unbooked(requests, error)
            return False
        return True

    def _book_together(self, requests):
        lines = {request: self._open_lines(request) for request in requests}
        payments = (
            self.env["account.payment"]
            .with_context(**LEAN)
            .create([self._payment_values(r, lines[r]) for r in requests])
        )
        payments.action_post()
        pairs = []
        for request, payment in zip(requests, payments, strict=True):
            request.write({"payment_id": payment.id, "error_text": False})
            if lines[request]:
                pairs.append(lines[request] + self._credit_lines(payment))
        # one plan for all: partials are made in one go
        self.env["account.move.line"].with_context(**LEAN)._reconcile_plan(pairs)
        for request in requests:
            self._tell_booked(request, lines[request])

    def _open_lines(self, request):
        """Return the receivable lines of the invoice that still wait for money."""
        return request.move_id.line_ids.filtered(
            lambda line: line.parent_state == "posted"
            and line.account_type == "asset_receivable"
            and not line.reconciled
        )

    def _credit_lines(self, payment):
        return payment.move_id.line_ids.filtered(
            lambda line: line.account_id == payment.destination_account_id
        )

    def _payment_values(self, request, lines):
        method_line = request.connection_id._payment_method_line()
        move = request.move_id
        return {
            "mobilepay_invoice_id": request.id,
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": move.commercial_partner_id.id,
            "amount": request.paid_amount,
            "currency_id": request.currency_id.id,
            "company_id": move.company_id.id,
            "date": self._open_date(request, method_line.journal_id),
            "journal_id": method_line.journal_id.id,
            "payment_method_line_id": method_line.id,
            "memo": request.payment_reference,
            "payment_reference": request.transaction_id,
            "destination_account_id": (
                lines or self._receivable_lines(move)
            ).account_id[:1].id,
            "invoice_ids": [Command.set(move.ids if lines else [])],
        }

    def _receivable_lines(self, move):
        return move.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    def _open_date(self, request, journal):
        """Return MobilePay's day, or the first open one after a lock date."""
        day = request.paid_on
        if request.move_id.company_id._get_violated_lock_dates(day, False, journal):
            return journal.with_context(move_date=day).accounting_date
        return day

    def _tell_booked(self, request, lines):
        """Say on the invoice what was posted; call a person where money is left."""
        payment = request.payment_id
        request.move_id.message_post(
            body=self.env._(
                "MobilePay: paid on %(date)s, posted as %(payment)s.",
                date=request.paid_on,
                payment=payment.name,
            )
        )
        left = -sum(self._credit_lines(payment).mapped("amount_residual_currency"))
        if float_compare(left, 0, precision_rounding=request.currency_id.rounding) > 0:
            request._call_for_help(
                self.env._(
                    "%(amount)s of this MobilePay payment belong to no open invoice:"
                    " the invoice was paid, credited, cancelled or reset meanwhile."
                    " The amount is an open credit of the customer. Match it with"
                    " another invoice, or pay it back.",
                    amount=request.currency_id.format(left),
                )
            )

    def _note_unbooked(self, request, error):
        """Keep the reason where a person finds it; the cron tries again."""
        reason = str(error) if isinstance(error, UserError) else repr(error)
        text = self.env._("Paid, but not posted yet: %s", reason)
        if request.error_text != text:
            request.error_text = text
            request._call_for_help(text)
