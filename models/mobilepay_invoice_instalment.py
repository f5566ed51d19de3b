from odoo import fields, models


class MobilepayInvoice(models.Model):
    """A request may ask for one instalment of its invoice."""

    _inherit = "mobilepay.invoice"

    instalment = fields.Integer(
        readonly=True,
        copy=False,
        help="1 for the first due date of the payment terms; 0 for the whole invoice.",
    )

    _one_open_per_move = models.UniqueIndex(
        "(move_id, instalment) WHERE state IN"
        " ('queued', 'sending', 'unconfirmed', 'created', 'accepted')",
        "This invoice has an open MobilePay request already.",
    )

    def _portion(self):
        """Return what this request asks for, as the books have it now."""
        return self.move_id._mobilepay_instalment(self.instalment)
