from odoo import fields, models


class ResPartner(models.Model):
    """How a payer wishes, and may, be reached by MobilePay; per company."""

    _inherit = "res.partner"

    mobilepay_kind = fields.Selection(
        [
            ("auto", "Automatic"),
            ("direct", "Direct, in the payer's app"),
            ("link", "Payment link"),
        ],
        string="MobilePay by",
        company_dependent=True,
        groups="account.group_account_invoice,account.group_account_readonly",
        help="Automatic: directly where the payer consented or you entered the"
        " MobilePay phone, else by a link.",
    )
    mobilepay_ask_consent = fields.Selection(
        [("company", "As the company does"), ("always", "Always"), ("never", "Never")],
        string="Ask for Consent",
        company_dependent=True,
        groups="account.group_account_invoice,account.group_account_readonly",
        help="Whether this payer is asked, with a link, for consent to get the next"
        " invoices directly in the app.",
    )
