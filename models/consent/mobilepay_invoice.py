from odoo import fields, models


class MobilepayInvoice(models.Model):
    """Whether the payer of a link is asked for consent to direct invoices."""

    _inherit = "mobilepay.invoice"
    _mobilepay_technical = ("consent_asked_on", "consent_wanted")

    consent_wanted = fields.Boolean(
        "Ask for Consent",
        readonly=True,
        copy=False,
        help="The payer is asked by MobilePay whether the next invoices may come"
        " directly into the app.",
    )
    consent_asked_on = fields.Datetime(readonly=True, copy=False)

    _to_ask_index = models.Index(
        "(id) WHERE consent_wanted AND consent_asked_on IS NULL"
    )
