from odoo import fields, models


class MobilepayConnection(models.Model):
    """Whether payers are asked for consent, and the list of those who gave it."""

    _inherit = "mobilepay.connection"

    ask_consent = fields.Boolean(
        "Ask for Consent with Links",
        help="A payer of a link is asked by MobilePay whether the next invoice may"
        " come directly into the app.",
    )

    def action_sync_consents(self):
        """Ask who is still to be asked, and read the list of granted consents."""
        self.ensure_one()
        self.check_access("write")
        # sudo: consents are written by the system; the right was checked
        Consent = self.env["mobilepay.consent"].sudo()
        Consent._ask_some()
        with self._raise_as_user_error():
            Consent.with_company(self.company_id)._sync(self.sudo())
        granted = Consent.search_count(
            [("connection_id", "=", self.id), ("state", "=", "granted")]
        )
        return self._notify(self.env._("%s consents are granted.", granted))
