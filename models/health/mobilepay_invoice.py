from odoo import fields, models


class MobilepayInvoice(models.Model):
    """The story of a request, as its form shows it."""

    _inherit = "mobilepay.invoice"

    step_ids = fields.One2many("mobilepay.step", "request_id", readonly=True)
