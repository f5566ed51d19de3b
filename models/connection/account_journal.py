from odoo import fields, models


class AccountJournal(models.Model):
    """The issuer in whose name a sales journal's invoices are sent."""

    _inherit = "account.journal"

    mobilepay_issuer_id = fields.Many2one(
        "mobilepay.issuer",
        "MobilePay Issuer",
        domain="[('company_id', 'parent_of', company_id), ('enabled', '=', True)]",
        help="Invoices of this journal are sent in this issuer's name. Empty: the"
        " default issuer of the connection.",
    )
