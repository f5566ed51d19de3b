from odoo import fields, models


class MobilepayConnection(models.Model):
    """When a direct request is replaced by a link."""

    _inherit = "mobilepay.connection"

    fallback_days = fields.Integer(
        "Link before the Due Date (Days)",
        help="A direct request that is not accepted this many days before its due"
        " date, or that was rejected or refused, is replaced by a link in an e-mail."
        " 0 switches this off.",
    )
