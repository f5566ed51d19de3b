from odoo import fields, models


class MobilepayConnection(models.Model):
    """What follows a request that was taken back."""

    _inherit = "mobilepay.connection"

    resend_rest = fields.Boolean(
        "Send the Rest Anew",
        default=True,
        help="When an invoice is partly paid or credited in another way: cancel its"
        " request at MobilePay and send a new one for what is left.",
    )
