from odoo import fields, models


class AccountMove(models.Model):
    """Test invoices of a go-live check."""

    _inherit = "account.move"
    _mobilepay_technical = ("mobilepay_check_step_id",)

    mobilepay_check_step_id = fields.Many2one(
        "mobilepay.check.step",
        "Go-Live Check",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="account.group_account_manager",
        help="A test invoice: MobilePay's sandbox was asked for it, and it is cancelled"
        " when the check is over.",
    )
