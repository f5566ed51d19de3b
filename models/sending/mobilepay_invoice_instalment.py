from odoo import fields, models


class MobilepayInvoice(models.Model):
    """A request may ask for one instalment of its invoice."""

    _inherit = "mobilepay.invoice"
    _mobilepay_technical = ("early_discount", "with_earlier")

    # never NULL: the unique index below would not see it
    instalment = fields.Integer(
        required=True,
        default=0,
        readonly=True,
        copy=False,
        help="1 for the first due date of the payment terms; 0 for the whole invoice.",
    )

    with_earlier = fields.Boolean(
        "With Earlier Instalments",
        readonly=True,
        copy=False,
        help="What was overdue of earlier instalments is asked for, too.",
    )

    early_discount = fields.Boolean(
        readonly=True,
        copy=False,
        help="The amount is less the early payment discount: paid by the discount's"
        " date, it settles the invoice.",
    )

    _one_open_per_move = models.UniqueIndex(
        "(move_id, instalment) WHERE state IN"
        " ('queued', 'sending', 'unconfirmed', 'created', 'accepted')",
        "This invoice has an open MobilePay request already.",
    )

    def _get_instalment(self):
        """Return what this request asks for, as the books have it now."""
        move = self.move_id
        if self.instalment:
            return move._mobilepay_instalment(self.instalment, self.with_earlier)
        untouched = not move.currency_id.compare_amounts(
            move.amount_residual, move.amount_total
        )
        return move._mobilepay_whole(self.early_discount and untouched)

    def _is_discount_earned(self):
        """Whether this payment came in time for the early payment discount."""
        return self.early_discount and (
            self.move_id._is_eligible_for_early_payment_discount(
                self.currency_id, self.paid_on
            )
        )
