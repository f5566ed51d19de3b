from odoo import api, fields, models


class AccountPaymentRegister(models.TransientModel):
    """Pay: said before a payment is entered of which MobilePay knows nothing."""

    _inherit = "account.payment.register"

    mobilepay_by_hand = fields.Char(compute="_compute_mobilepay_by_hand")

    @api.depends("journal_id", "payment_type")
    def _compute_mobilepay_by_hand(self):
        for wizard in self:
            wizard.mobilepay_by_hand = wizard.journal_id._mobilepay_by_hand_message(
                wizard.payment_type
            )
