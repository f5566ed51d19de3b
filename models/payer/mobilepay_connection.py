from odoo import fields, models


class MobilepayConnection(models.Model):
    """How the company meets its payers; each of these can be switched off."""

    _inherit = "mobilepay.connection"

    show_on_pdf = fields.Boolean(
        "On the Invoice PDF",
        default=True,
        help="A block with a QR code on the printed invoice. MobilePay's own reader"
        " opens it; any other camera opens the payment page.",
    )
    show_in_email = fields.Boolean(
        "In the E-mail", default=True, help="A button Pay with MobilePay in the e-mail."
    )
    show_in_portal = fields.Boolean(
        "On the Customer Portal",
        default=True,
        help="A button Pay with MobilePay on the invoice's page. A payer can use it"
        " for any open invoice; the link is made when the button is pressed.",
    )
    show_pdf_to_mobilepay = fields.Boolean(
        "Our PDF in MobilePay",
        default=True,
        help="Gives MobilePay the address of the invoice's PDF, so that the payer"
        " sees your own document. Otherwise MobilePay draws one.",
    )
    pay_text = fields.Char(
        "Text beside the QR Code",
        translate=True,
        help="Replaces “Scan and pay with MobilePay” on the PDF.",
    )
    pay_image = fields.Image(
        "Button Image",
        max_width=600,
        max_height=200,
        help="Your MobilePay logo or button, as MobilePay's design guidelines ask."
        " Without it, a neutral text is shown.",
    )
