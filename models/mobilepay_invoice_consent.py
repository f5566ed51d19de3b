from odoo import api, fields, models


class MobilepayInvoice(models.Model):
    """Whether the payer of a link is asked for consent to direct invoices."""

    _inherit = "mobilepay.invoice"

    consent_wanted = fields.Boolean(
        "Ask for Consent",
        compute="_compute_consent_wanted",
        store=True,
        help="The payer is asked by MobilePay whether the next invoices may come"
        " directly into the app.",
    )
    consent_asked_on = fields.Datetime(readonly=True, copy=False)

    _to_ask_index = models.Index(
        "(id) WHERE consent_wanted AND consent_asked_on IS NULL"
    )

    @api.depends("kind", "connection_id")
    def _compute_consent_wanted(self):
        """Once, when the request is made: per send, per partner, per company."""
        chosen = self.env.context.get("mobilepay_ask_consent")
        for request in self:
            if request.kind != "link":
                request.consent_wanted = False
            elif chosen is not None:
                request.consent_wanted = chosen
            else:
                request.consent_wanted = request._partner_wants_asking()

    def _partner_wants_asking(self):
        # sudo: a preference of the payer, whoever sends
        partner = self.move_id.commercial_partner_id.with_company(
            self.company_id
        ).sudo()
        rule = partner.mobilepay_ask_consent or "company"
        if rule == "company":
            return self.connection_id.ask_consent
        return rule == "always"
