from odoo import fields, models


class ResPartner(models.Model):
    """What a payer has consented to."""

    _inherit = "res.partner"

    mobilepay_consent_ids = fields.One2many(
        "mobilepay.consent",
        "partner_id",
        groups="account.group_account_invoice,account.group_account_readonly",
    )
