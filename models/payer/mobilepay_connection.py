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

    # --------------------------------------------------------------- taking back

    resend_rest = fields.Boolean(
        "Send the Rest Anew",
        default=True,
        help="When an invoice is partly paid or credited in another way: cancel its"
        " request at MobilePay and send a new one for what is left.",
    )
    fallback_days = fields.Integer(
        "Link before the Due Date (Days)",
        help="A direct request that is not accepted this many days before its due"
        " date, or that was rejected or refused, is replaced by a link in an e-mail."
        " 0 switches this off.",
    )

    failures_to = fields.Selection(
        [
            ("seller", "Salesperson of the invoice"),
            ("responsible", "Responsible person of the connection"),
            ("nobody", "Nobody"),
        ],
        "Failed Requests Go to",
        required=True,
        default="seller",
        help="Who gets an activity on the invoice when its request is refused,"
        " rejected by the payer, or expired.",
    )

    # ------------------------------------------------------------------- consent

    def action_sync_consents(self):
        """Ask who is still to be asked, and read the list of granted consents."""
        self.ensure_one()
        self.check_access("write")
        # sudo: consents are written by the system; the right was checked
        Consent = self.env["mobilepay.consent"].sudo()
        Consent._ask_some()
        with self._spoken_errors():
            Consent.with_company(self.company_id)._sync(self.sudo())
        granted = Consent.search_count(
            [("connection_id", "=", self.id), ("state", "=", "granted")]
        )
        return self._notify(self.env._("%s consents are granted.", granted))

    ask_consent = fields.Boolean(
        "Ask for Consent with Links",
        help="A payer of a link is asked by MobilePay whether the next invoice may"
        " come directly into the app.",
    )
