from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    mobilepay_invoice_id = fields.Many2one(
        "mobilepay.invoice",
        "MobilePay Request",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    mobilepay_refund_id = fields.Many2one(
        "mobilepay.transaction",
        "MobilePay Refund",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    # "every posting happens once": these three, not a look-up
    _mobilepay_invoice_unique = models.UniqueIndex(
        "(mobilepay_invoice_id) WHERE mobilepay_invoice_id IS NOT NULL",
        "This MobilePay request is booked already.",
    )
    _mobilepay_transaction_unique = models.UniqueIndex(
        "(company_id, payment_reference) WHERE mobilepay_invoice_id IS NOT NULL",
        "This MobilePay transaction is booked already.",
    )
    _mobilepay_refund_unique = models.UniqueIndex(
        "(mobilepay_refund_id) WHERE mobilepay_refund_id IS NOT NULL",
        "This MobilePay refund is booked already.",
    )

    def _mobilepay_clearing_lines(self):
        """Return the journal items on the clearing account, one of each payment."""
        lines = self.env["account.move.line"]
        for payment in self:
            lines += payment.move_id.line_ids.filtered(
                lambda line, payment=payment: (
                    line.account_id == payment.outstanding_account_id
                )
            )
        return lines
