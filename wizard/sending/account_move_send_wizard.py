from odoo import api, fields, models

from ...mobilepay import rules
from ...models.sending.account_move_send import METHOD


class AccountMoveSendWizard(models.TransientModel):
    _inherit = "account.move.send.wizard"

    mobilepay_kind = fields.Selection(
        [
            ("auto", "Automatic"),
            ("direct", "Direct, in the payer's app"),
            ("link", "Payment link"),
        ],
        string="Reach the payer",
        default="auto",
        help="Direct puts the invoice into the payer's MobilePay app and needs the"
        " phone number. A link can be opened by anybody who gets it. Automatic"
        " chooses Direct where the payer consented, or you entered the number as"
        " the MobilePay phone; else a link.",
    )
    mobilepay_phone = fields.Char(
        "Phone Number",
        compute="_compute_mobilepay_phone",
        store=True,
        readonly=False,
        help="The payer's MobilePay number. With a link it only fills in MobilePay's"
        " landing page.",
    )
    mobilepay_outcome = fields.Char(compute="_compute_mobilepay_outcome")
    mobilepay_issuer_ids = fields.Many2many(
        "mobilepay.issuer", compute="_compute_mobilepay_issuer_ids"
    )
    mobilepay_issuer_id = fields.Many2one(
        "mobilepay.issuer",
        "Issuer",
        domain="[('id', 'in', mobilepay_issuer_ids)]",
        help="In whose name the invoice is sent. Empty: as the journal or the"
        " connection says.",
    )
    mobilepay_ask_consent = fields.Selection(
        [("auto", "As usual"), ("yes", "Yes"), ("no", "No")],
        string="Ask for Consent",
        default="auto",
        help="Whether the payer of a link is asked to get the next invoices directly"
        " in the app. As usual: as the customer's or the company's settings say.",
    )

    @api.depends("move_id")
    def _compute_mobilepay_phone(self):
        for wizard in self:
            wizard.mobilepay_phone = wizard.move_id.partner_id._mobilepay_number()

    @api.depends("move_id")
    def _compute_mobilepay_issuer_ids(self):
        Connection = self.env["mobilepay.connection"]
        for wizard in self:
            connection = Connection._for_company(wizard.move_id.company_id)
            wizard.mobilepay_issuer_ids = connection.issuer_ids.filtered("enabled")

    @api.depends("mobilepay_kind", "mobilepay_phone")
    def _compute_mobilepay_outcome(self):
        """Say what Automatic does here, before it is done."""
        for wizard in self:
            move = wizard.move_id
            connection = self.env["mobilepay.connection"]._for_company(move.company_id)
            wizard.mobilepay_outcome = connection and wizard._mobilepay_outcome_message(
                self._mobilepay_wish(connection, move, wizard._mobilepay_settings())
            )

    def _mobilepay_outcome_message(self, wish):
        if wish["kind"] == "direct":
            return self.env._(
                "Goes to the MobilePay app of %s.", rules.mask_phone(wish["phone"])
            )
        return self.env._(
            "Makes a payment link: this payer has not consented to direct invoices, and"
            " no MobilePay phone was entered."
        )

    @api.depends("mobilepay_kind", "mobilepay_phone")
    def _compute_alerts(self):
        return super()._compute_alerts()

    def _get_alerts(self, moves, moves_data):
        for wizard in self:
            if wizard.move_id in moves_data:
                moves_data[wizard.move_id].update(wizard._mobilepay_settings())
        return super()._get_alerts(moves, moves_data)

    def _get_default_sending_methods(self, move):
        if self.env.context.get("mobilepay_chosen"):
            return {METHOD} | self._mobilepay_companions(move)
        return super()._get_default_sending_methods(move)

    def _get_sending_settings(self):
        return {**super()._get_sending_settings(), **self._mobilepay_settings()}

    def _mobilepay_settings(self):
        return {
            "mobilepay_kind": self.mobilepay_kind,
            "mobilepay_phone": self.mobilepay_phone or "",
        }

    def action_send_and_print(self, allow_fallback_pdf=False):
        chosen = self.with_context(**self._mobilepay_choices())
        return super(AccountMoveSendWizard, chosen).action_send_and_print(
            allow_fallback_pdf=allow_fallback_pdf
        )

    def _mobilepay_choices(self):
        """Return what was chosen for this send alone, as context."""
        choices = {}
        if self.mobilepay_issuer_id:
            choices["mobilepay_issuer_id"] = self.mobilepay_issuer_id.id
        if self.mobilepay_ask_consent in ("yes", "no"):
            choices["mobilepay_ask_consent"] = self.mobilepay_ask_consent == "yes"
        return choices

    def _update_preferred_settings(self):
        result = super()._update_preferred_settings()
        partner = self.move_id.partner_id
        connection = self.env["mobilepay.connection"]._for_company(self.company_id)
        phone = self._mobilepay_phone(self.mobilepay_phone, connection)
        # written in another way it is the same number, and nobody has confirmed it
        known = self._mobilepay_phone(partner._mobilepay_number(), connection)
        if METHOD in (self.sending_methods or ()) and phone and phone != known:
            # sudo: the partner's default, as core does for the PDF template
            partner.sudo().mobilepay_phone = self.mobilepay_phone
        return result
