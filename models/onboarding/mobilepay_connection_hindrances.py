from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mobilepay import environments, errors
from ..base.formats import as_list


class MobilepayConnection(models.Model):
    """What keeps each step of the set-up from being finished, and what to do then.

    Each returns texts for people, none where nothing is in the way.
    """

    _inherit = "mobilepay.connection"

    onboarding_address_problem = fields.Html(
        compute="_compute_onboarding_address_problem", compute_sudo=True, sanitize=False
    )
    onboarding_address_warning = fields.Html(
        compute="_compute_onboarding_address_problem", compute_sudo=True, sanitize=False
    )
    onboarding_credentials_problem = fields.Html(
        compute="_compute_onboarding_credentials_problem",
        compute_sudo=True,
        sanitize=False,
    )
    onboarding_connect_problem = fields.Html(
        compute="_compute_onboarding_problems", compute_sudo=True, sanitize=False
    )
    onboarding_books_problem = fields.Html(
        compute="_compute_onboarding_problems", compute_sudo=True, sanitize=False
    )
    onboarding_books_hint = fields.Html(
        compute="_compute_onboarding_problems", compute_sudo=True, sanitize=False
    )

    @api.depends("base_url", "environment")
    def _compute_onboarding_address_problem(self):
        for connection in self:
            connection.onboarding_address_problem = as_told(
                [connection._address_hindrance()]
            )
            connection.onboarding_address_warning = as_told(
                [connection._address_warning()]
            )

    @api.depends("merchant_vat", "environment", "client_id", "gateway_client_id")
    def _compute_onboarding_credentials_problem(self):
        for connection in self:
            connection.onboarding_credentials_problem = as_told(
                connection._credentials_hindrances()
            )

    @api.depends("state", "journal_id", "issuer_id", "bank_journal_ids")
    def _compute_onboarding_problems(self):
        for connection in self:
            is_connected = connection.state == "connected"
            hindrances = [] if is_connected else connection._connect_hindrances(True)
            connection.onboarding_connect_problem = as_told(hindrances)
            connection.onboarding_books_problem = as_told(
                connection._books_hindrances()
            )
            connection.onboarding_books_hint = as_told(connection._books_hints())

    # --------------------------------------------------------------- 1. the address

    def _address_hindrance(self):
        """Return why MobilePay cannot come back to this address, '' if it can."""
        try:
            environments.check_address(self.base_url or "")
        except errors.BadAddress:
            return self.env._(
                "Odoo's public address is %s, but MobilePay comes back to https://"
                " addresses only. Let an administrator enter the right one below, then"
                " send MobilePay the redirect URI that is shown then.",
                self.base_url or self.env._("not set"),
            )
        return ""

    def _address_warning(self):
        """Return what does not work at an address of this machine alone, '' if all."""
        if self.environment == "custom" or not environments.is_loopback_url(
            self.base_url
        ):
            return ""
        if self.environment.startswith("production"):
            return self.env._(
                "%s is this machine alone: neither MobilePay nor payers reach it. Let"
                " an administrator enter Odoo's public https:// address below.",
                self.base_url,
            )
        return self.env._(
            "%s is this machine alone. In the sandbox you can connect with it, but"
            " MobilePay's reports do not arrive: Odoo asks for them instead, some"
            " minutes later.",
            self.base_url,
        )

    # ----------------------------------------------------------- 2. the credentials

    def _credentials_hindrances(self):
        """Return what is wrong with what was typed; nothing before anything was."""
        known = self._origin
        typed = self.client_id or self.gateway_client_id
        typed = typed or known.has_client_secret or known.has_gateway_secret
        if self.state == "connected" or not typed:
            return []
        found = [self._vat_hindrance()]
        if missing := self._missing_credentials():
            found.append(self.env._("Still missing: %s", ", ".join(missing)))
        return list(filter(None, found))

    def _vat_hindrance(self):
        """Return why MobilePay would not know the merchant by this number."""
        if not self.merchant_vat:
            return ""
        try:
            environments.merchant_vat(self.merchant_vat, self.country_code or "DK")
        except errors.InvalidVat as error:
            return self._connecting_message(error)
        return ""

    # --------------------------------------------------------------- 3. connecting

    def _connect_hindrances(self, told=False):
        """Return why Connect cannot be pressed.

        :param told: whether to say, too, how the last login ended
        """
        found = [self._address_hindrance(), self._chart_hindrance(), self.key_problem]
        if self._origin and (missing := self._missing_credentials()):
            found.append(self.env._("Fill in first: %s", ", ".join(missing)))
        if told:
            found.append(self.onboarding_refusal or self._away_message())
        return list(filter(None, found))

    def _chart_hindrance(self):
        """Return why nothing could be booked: no accounts, or no sales journal."""
        company = self.company_id
        # sudo: whether there are any, whoever asks
        Account = self.env["account.account"].sudo()
        if not Account.search_count(Account._check_company_domain(company), limit=1):
            return self.env._(
                "%s has no chart of accounts. Choose its country's package under"
                " Settings ▸ Invoicing ▸ Fiscal Localization, then come back.",
                company.name,
            )
        if not self._sales_journal():
            return self.env._(
                "%s has no sales journal. Make one under Configuration ▸ Journals,"
                " then come back.",
                company.name,
            )
        return ""

    def _sales_journal(self):
        """Return the first journal for invoices of this company, or a parent's."""
        # sudo: whether there is one, whoever asks
        Journal = self.env["account.journal"].sudo()
        domain = Journal._check_company_domain(self.company_id)
        return Journal.search([*domain, ("type", "=", "sale")], limit=1)

    def _away_message(self):
        """Return what to do where somebody went to MobilePay and did not come back.

        MobilePay's login does not send back whom it does not know: it only says so.
        """
        # sudo: nobody has rights there; only whether there is one leaves this method
        gone = (
            self.env["mobilepay.login"]
            .sudo()
            .search(
                [("connection_id", "=", self._origin.id), ("stage", "=", "open")],
                order="id desc",
                limit=1,
            )
        )
        if not gone:
            return ""
        moment = fields.Datetime.context_timestamp(self, gone.create_date)
        return self.env._(
            "MobilePay was opened at %(time)s, and nobody came back from there. If it"
            " did not know the client, correct the OpenID client ID in step 2. If it"
            " did not know the redirect URI, MobilePay has not registered %(uri)s yet:"
            " see step 1. Then press Connect again.",
            time=f"{moment:%H:%M}",
            uri=gone.redirect_uri,
        )

    # ------------------------------------------------------------------- 4. the books

    def _books_hindrances(self):
        """Return what would keep a payment or a transfer from being entered."""
        if self.state != "connected":
            return []
        found = []
        if not self.issuer_id.enabled:
            found.append(
                self.env._(
                    "Choose an issuer that MobilePay has enabled. Press Refresh issuers"
                    " after a new one was approved in MobilePay's portal."
                )
            )
        for needed in (
            self._payment_method_line,
            self._transit_account,
            lambda: self._fee_booking("TransactionFee"),
            lambda: self._fee_booking("ServiceFee"),
            self._other_account,
        ):
            try:
                needed()
            except UserError as error:
                found.append(str(error))
        # a missing journal is told by all who need it
        return list(dict.fromkeys(found))

    def _books_hints(self):
        """Return what can wait, but is better done now."""
        if self.state != "connected" or self.bank_journal_ids:
            return []
        return [
            self.env._(
                "No bank journal is chosen, so MobilePay's transfers are not matched"
                " with the bank's lines. Choose the journal of the account to which"
                " MobilePay pays out, or make one first."
            )
        ]


def as_told(texts):
    """Return what is in the way as HTML: one text as it is, several as a list."""
    texts = list(filter(None, texts))
    return escape(texts[0]) if len(texts) == 1 else as_list(texts)
