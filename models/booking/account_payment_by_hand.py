from odoo import api, fields, models


class AccountPayment(models.Model):
    """A payment that MobilePay did not report, in its journal."""

    _inherit = "account.payment"

    mobilepay_by_hand = fields.Char(compute="_compute_mobilepay_by_hand")

    @api.depends("journal_id", "payment_type", "mobilepay_invoice_id")
    def _compute_mobilepay_by_hand(self):
        for payment in self:
            known = payment.mobilepay_invoice_id or payment.mobilepay_refund_id
            payment.mobilepay_by_hand = (
                not known
                and payment.journal_id._mobilepay_by_hand_message(payment.payment_type)
            )
