from odoo import models

from ..request.mobilepay_invoice import OPEN_STATES


class AccountMove(models.Model):
    """What happens to an invoice that takes its request at MobilePay back."""

    _inherit = "account.move"

    def button_draft(self):
        result = super().button_draft()
        self._mobilepay_take_back("draft")
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._mobilepay_take_back("cancel")
        return result

    def write(self, vals):
        result = super().write(vals)
        if "invoice_date_due" in vals:
            self._mobilepay_check_dates()
        return result

    def _mobilepay_take_back(self, reason):
        """Note that the open requests of these invoices are to be taken back."""
        if not self:
            return
        # sudo: who may change the invoice changes its request
        requests = self.sudo().mobilepay_invoice_ids
        requests.filtered(lambda r: r.state in OPEN_STATES)._want_cancel(reason)

    def _mobilepay_check_amounts(self):
        """Take back requests that ask for more than is still due.

        Wholly settled: always. In part: where the company wants it; the rest is
        then sent anew once MobilePay has confirmed.
        """
        for request in self.sudo().mobilepay_invoice_ids:
            if request.state not in OPEN_STATES:
                continue
            left = request._get_instalment().amount
            if request.currency_id.is_zero(left):
                request._want_cancel("settled")
            elif (
                request.connection_id.resend_rest
                and request.currency_id.compare_amounts(left, request.amount) < 0
            ):
                request._want_cancel("changed")

    def _mobilepay_check_dates(self):
        """Take back requests whose due date was moved; they are asked for anew.

        Not what the payer accepted: the day is chosen. Nor where the date does not
        matter any more: MobilePay is given today for a day that is past.
        """
        # sudo: who may change the invoice changes its request
        posted = self.sudo().filtered(lambda move: move.state == "posted")
        if not posted:
            return
        for request in self.env["mobilepay.invoice"].sudo()._open_of(posted):
            today = request.connection_id._today()
            due_date = request._get_instalment().due_date or today
            if request.state != "accepted" and (
                max(due_date, today) != max(request.due_date, today)
            ):
                request._want_cancel("moved")
