from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MobilepayConnection(models.Model):
    """How long personal data of requests are kept."""

    _inherit = "mobilepay.connection"

    keep_days = fields.Integer(
        "Keep Phone Numbers (Days)",
        help="So many days after a request was paid, or its due date where it was not,"
        " its phone number and what was sent are removed. Amounts, references and"
        " statuses stay. 0 keeps everything.",
    )

    @api.constrains("keep_days")
    def _check_keep_days(self):
        if any(connection.keep_days < 0 for connection in self):
            raise ValidationError(self.env._("Days are counted from 0 upwards."))
