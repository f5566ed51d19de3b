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

    # "every posting happens once": these two, not a look-up
    _mobilepay_invoice_unique = models.UniqueIndex(
        "(mobilepay_invoice_id) WHERE mobilepay_invoice_id IS NOT NULL",
        "This MobilePay request is booked already.",
    )
    _mobilepay_transaction_unique = models.UniqueIndex(
        "(company_id, payment_reference) WHERE mobilepay_invoice_id IS NOT NULL",
        "This MobilePay transaction is booked already.",
    )
