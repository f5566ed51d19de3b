from odoo import api, fields, models
from odoo.exceptions import ValidationError

MOST = 16


class MobilepayConnection(models.Model):
    """How many questions MobilePay is asked at the same time."""

    _inherit = "mobilepay.connection"

    calls_at_once = fields.Integer(
        "Questions at Once",
        default=10,
        required=True,
        help="So many payments are confirmed at the same time when many come in."
        " Choose fewer where MobilePay answers that there were too many requests.",
    )

    @api.constrains("calls_at_once")
    def _check_calls_at_once(self):
        if any(not 1 <= connection.calls_at_once <= MOST for connection in self):
            raise ValidationError(
                self.env._("Between 1 and %s questions can be asked at once.", MOST)
            )
