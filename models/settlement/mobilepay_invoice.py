from odoo import api, fields, models


class MobilepayInvoice(models.Model):
    """With which transfer MobilePay has paid a request out."""

    _inherit = "mobilepay.invoice"
    _mobilepay_technical = ("transaction_ids",)

    transaction_ids = fields.One2many(
        "mobilepay.transaction", "request_id", readonly=True
    )
    transfer_id = fields.Many2one("mobilepay.transfer", compute="_compute_transfer_id")

    @api.depends("transaction_ids")
    def _compute_transfer_id(self):
        for request in self:
            paid = request.transaction_ids.filtered(lambda row: row.type == "Payment")
            request.transfer_id = paid.transfer_id[:1]
