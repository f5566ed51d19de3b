from datetime import timedelta
from urllib.parse import quote, urlencode

from odoo import api, fields, models
from odoo.tools import format_amount
from odoo.tools.image import image_data_uri
from odoo.tools.urls import urljoin

from ...mobilepay import environments
from ...tools.qr import qr_data_uri

SAMPLE_AMOUNT = 995.0
# as MobilePay's documentation of the Invoice API names it
SUPPORT = "developer@mobilepay.dk"
SUBJECT = "MobilePay Invoice: OpenID client and redirect URI"
SAMPLE_DAYS = 14


class MobilepayConnection(models.Model):
    """What the set-up gives to copy and to look at: the letter, and the preview."""

    _inherit = "mobilepay.connection"

    onboarding_letter = fields.Text(
        "E-mail to MobilePay", compute="_compute_onboarding_letter"
    )
    onboarding_portal_url = fields.Char(
        "MobilePay's Portal", compute="_compute_onboarding_letter"
    )
    onboarding_preview = fields.Html(
        compute="_compute_onboarding_preview", sanitize=False
    )

    @api.depends("environment", "merchant_vat", "base_url", "company_id")
    def _compute_onboarding_letter(self):
        for connection in self:
            known = environments.ENVIRONMENTS.get(connection.environment)
            connection.onboarding_portal_url = known.portal_url if known else False
            connection.onboarding_letter = "\n".join(
                (f"To: {SUPPORT}", f"Subject: {SUBJECT}", "", connection._letter())
            )

    def action_onboarding_write(self):
        """Open the e-mail to MobilePay in the person's own e-mail program."""
        self.ensure_one()
        letter = {"subject": SUBJECT, "body": self._letter()}
        return {
            "type": "ir.actions.act_url",
            # quote: e-mail programs show a plus as a plus
            "url": f"mailto:{SUPPORT}?{urlencode(letter, quote_via=quote)}",
            "target": "self",
        }

    def _letter(self):
        """Return the e-mail with which MobilePay registers this Odoo.

        In English, which MobilePay's developer support reads, whoever sends it.
        """
        stages = dict(self._fields["environment"].selection)
        lines = (
            "Hello,",
            "",
            "we send our invoices with MobilePay Invoice from our own Odoo. Please"
            " register our redirect URI, exactly as it stands here, and send us the"
            " zip file with the OpenID client ID and client secret.",
            "",
            f"Company: {self.company_id.name or ''}",
            f"VAT number: {self.merchant_vat or ''}",
            f"Environment: {stages.get(self.environment, '')}",
            f"Redirect URI: {self.redirect_uri}",
            "Scopes: openid offline_access invoice transactionreporting",
            "Flow: authorization code with PKCE, response type code id_token,"
            " response mode form_post",
            f"Callbacks: to {(self.base_url or '').rstrip('/')}, registered through"
            " the Invoice API when we connect",
            "",
            "Kind regards",
            self.env.user.name,
        )
        return "\n".join(lines)

    # ------------------------------------------------------------------- preview

    @api.depends(
        "show_on_pdf",
        "show_in_email",
        "show_in_portal",
        "pay_text",
        "pay_image",
        "base_url",
        "currency_id",
    )
    def _compute_onboarding_preview(self):
        for connection in self:
            connection.onboarding_preview = connection._preview_for_payers()

    def _preview_for_payers(self):
        """Return how an invoice's payer meets MobilePay, as HTML, with a sample."""
        url = urljoin(self.base_url or "http://localhost", "/my/invoices/1")
        amount = ""
        if self.currency_id:
            amount = format_amount(self.env, SAMPLE_AMOUNT, self.currency_id)
        return self.env["ir.qweb"]._render(
            "account_mobilepay.onboarding_preview",
            {
                "connection": self,
                "image": self._preview_image(),
                "url": url,
                "qr": qr_data_uri(url),
                "amount": amount,
                "asked": amount and self._sample_message(amount),
            },
        )

    def _sample_message(self, amount):
        day = fields.Date.context_today(self) + timedelta(days=SAMPLE_DAYS)
        return self.env["account.move"]._mobilepay_message(amount, day)

    def _preview_image(self):
        """Return the button image as a data URI, '' without one.

        A form has the size of an image that was not touched in place of the image.
        """
        image, known = self.pay_image, self._origin
        if image == known.pay_image:
            image = known.with_context(bin_size=False).pay_image
        if not image:
            return ""
        return image_data_uri(image.encode() if isinstance(image, str) else image)
