import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ...mobilepay import environments, rules
from ...mobilepay.errors import BadAddress


class MobilepayConnection(models.Model):
    """A company's connection to MobilePay: where, who, and whether it lives.

    States: ``not_connected`` (fill in, press Connect) → ``connected`` (the
    merchant consented, tokens are kept in ``mobilepay.token``) →
    ``consent_lost`` (MobilePay refuses the refresh token: connect again, what
    is queued waits) or back to ``not_connected`` by Disconnect.
    """

    _name = "mobilepay.connection"
    _description = "MobilePay Connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _check_company_auto = True
    _mobilepay_technical = ("callback_path",)

    name = fields.Char(compute="_compute_name")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        help="Whose invoices are sent. Branches without a connection of their own"
        " use it, too.",
    )
    responsible_id = fields.Many2one(
        "res.users",
        default=lambda self: self.env.user,
        help="Gets an activity when MobilePay needs a person: consent lost, or a"
        " payment that no invoice waits for.",
    )
    environment = fields.Selection(
        [
            ("sandbox_dk", "Sandbox, Denmark"),
            ("production_dk", "Production, Denmark"),
            ("sandbox_fi", "Sandbox, Finland"),
            ("production_fi", "Production, Finland"),
            ("custom", "Custom addresses"),
        ],
        required=True,
        compute="_compute_environment",
        store=True,
        precompute=True,
        readonly=False,
        tracking=True,
        help="Sandbox is MobilePay's test system: no real money moves there.",
    )
    custom_country_code = fields.Selection(
        [("DK", "Denmark"), ("FI", "Finland")],
        string="Merchant Country",
        compute="_compute_custom_country_code",
        store=True,
        precompute=True,
        readonly=False,
        help="Decides on currency, time zone and MobilePay's limits.",
    )
    custom_discovery_url = fields.Char(
        "OpenID Discovery URL", help="Where MobilePay describes its login."
    )
    custom_api_base = fields.Char(
        "Invoice API Base URL", help="Where invoices are sent to."
    )
    custom_reporting_base = fields.Char(
        "Reporting Base URL",
        help="Where transfers are fetched from. Empty: none are fetched.",
    )
    country_code = fields.Char(compute="_compute_country_code")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")

    merchant_vat = fields.Char(
        "Merchant VAT Number",
        compute="_compute_merchant_vat",
        store=True,
        readonly=False,
        tracking=True,
        help="DK or FI and 8 digits. MobilePay uses it to choose the merchant when"
        " the person who connects has several.",
    )
    client_id = fields.Char(
        "OpenID Client ID",
        help="From the zip file that MobilePay's developer support sends you when"
        " they register your redirect URI. Not the gateway's client id.",
    )
    client_secret = fields.Char(
        "OpenID Client Secret",
        compute="_compute_secrets",
        inverse="_inverse_client_secret",
        copy=False,
        help="Stands in the same zip file. Stored encrypted; it is never shown again.",
    )
    has_client_secret = fields.Boolean(compute="_compute_secrets")
    gateway_client_id = fields.Char(
        "Gateway Client ID",
        help="x-ibm-client-id: the Client ID of your app in MobilePay's developer"
        " portal.",
    )
    gateway_secret = fields.Char(
        "Gateway Client Secret",
        compute="_compute_secrets",
        inverse="_inverse_gateway_secret",
        copy=False,
        help="x-ibm-client-secret: the Client Secret that the developer portal shows"
        " once, when the app is made. Stored encrypted; it is never shown again.",
    )
    has_gateway_secret = fields.Boolean(compute="_compute_secrets")

    state = fields.Selection(
        [
            ("not_connected", "Not connected"),
            ("connected", "Connected"),
            ("consent_lost", "Consent lost"),
        ],
        required=True,
        default="not_connected",
        readonly=True,
        copy=False,
        tracking=True,
    )
    state_text = fields.Char(compute="_compute_state_text")
    merchant_id = fields.Char("Merchant ID", readonly=True, copy=False)
    connected_on = fields.Datetime(readonly=True, copy=False)
    connected_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    base_url = fields.Char(
        "Odoo's Public Address",
        default=lambda self: self.get_base_url(),
        required=True,
        help="The https address under which MobilePay and payers reach this Odoo."
        " The redirect URI and the callback URL are made from it.",
    )
    redirect_uri = fields.Char(
        "Redirect URI",
        compute="_compute_addresses",
        help="Send this address to MobilePay's developer support: they must register"
        " it, exactly as it stands here, before you can connect.",
    )
    callback_url = fields.Char(
        "Callback URL",
        compute="_compute_addresses",
        groups="account.group_account_manager",
        help="MobilePay reports payments here. It is registered by itself when you"
        " connect.",
    )
    callback_path = fields.Char(
        default=lambda self: secrets.token_urlsafe(32),
        required=True,
        readonly=True,
        copy=False,
        groups="base.group_system",
    )
    callback_auth = fields.Selection(
        [("apikey", "API key"), ("basic", "Basic authentication")],
        string="Callback Authentication",
        required=True,
        default="apikey",
        help="How MobilePay proves itself when it calls. The secret is generated.",
    )
    callback_registered_on = fields.Datetime(readonly=True, copy=False)

    issuer_ids = fields.One2many("mobilepay.issuer", "connection_id")
    issuer_id = fields.Many2one(
        "mobilepay.issuer",
        "Default Issuer",
        copy=False,
        check_company=True,
        domain="[('connection_id', '=', id), ('enabled', '=', True)]",
        help="The issuer in whose name invoices are sent.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        "MobilePay Journal",
        copy=False,
        check_company=True,
        domain="[('type', '=', 'bank')]",
        help="Payments are posted here, on the clearing account of its MobilePay"
        " payment method. Made by itself when you connect.",
    )
    max_amount = fields.Monetary(
        compute="_compute_limits",
        store=True,
        readonly=False,
        help="MobilePay refuses invoices above this amount. Changes when they say so.",
    )
    max_due_days = fields.Integer(
        compute="_compute_limits",
        store=True,
        readonly=False,
        help="MobilePay refuses due dates this many days away, or more.",
    )
    max_per_day = fields.Integer(
        compute="_compute_limits",
        store=True,
        readonly=False,
        help="MobilePay refuses more direct invoices a day to the same payer.",
    )

    _company_unique = models.UniqueIndex(
        "(company_id) WHERE active",
        "This company has an active MobilePay connection already. Archive it first.",
    )
    _callback_path_unique = models.Constraint(
        "UNIQUE(callback_path)", "Callback paths are unique."
    )

    # ------------------------------------------------------------------ computes

    @api.depends("company_id")
    def _compute_environment(self):
        # once it is saved, only a person changes it
        for connection in self.filtered(lambda c: not (c._origin and c.environment)):
            connection.environment = f"sandbox_{connection._company_country().lower()}"

    @api.depends("company_id")
    def _compute_custom_country_code(self):
        for connection in self.filtered(
            lambda c: not (c._origin and c.custom_country_code)
        ):
            connection.custom_country_code = connection._company_country()

    def _company_country(self):
        """Return the country of MobilePay's two in which the company is taxed."""
        country = self.company_id.account_fiscal_country_id.code
        return country if country in environments.COUNTRIES else "DK"

    @api.depends("company_id", "environment")
    def _compute_name(self):
        labels = dict(self._fields["environment"]._description_selection(self.env))
        for connection in self:
            label = labels.get(connection.environment, "")
            connection.name = f"{connection.company_id.name or ''} ({label})"

    @api.depends("environment", "custom_country_code")
    def _compute_country_code(self):
        for connection in self:
            known = environments.ENVIRONMENTS.get(connection.environment)
            connection.country_code = (
                known.country if known else connection.custom_country_code
            )

    @api.depends("country_code")
    def _compute_currency_id(self):
        for connection in self:
            country = environments.COUNTRIES.get(connection.country_code)
            connection.currency_id = (
                self.env["res.currency"]
                .with_context(active_test=False)
                .search([("name", "=", country.currency)], limit=1)
                if country
                else False
            )

    @api.depends("company_id")
    def _compute_merchant_vat(self):
        for connection in self:
            connection.merchant_vat = connection.company_id.vat

    @api.depends("environment", "custom_country_code")
    def _compute_limits(self):
        for connection in self:
            limits = rules.DEFAULT_LIMITS[connection.country_code or "DK"]
            connection.max_amount = limits.max_amount
            connection.max_due_days = limits.max_days
            connection.max_per_day = limits.max_per_day

    # depends on nothing: what was typed must survive any other change in the form
    def _compute_secrets(self):
        Secret = self.env["mobilepay.secret"]
        for connection in self:
            origin = connection._origin
            connection.client_secret = False
            connection.gateway_secret = False
            connection.has_client_secret = bool(Secret._row(origin, "client"))
            connection.has_gateway_secret = bool(Secret._row(origin, "gateway"))

    def _inverse_client_secret(self):
        self._keep_secret("client", "client_secret")

    def _inverse_gateway_secret(self):
        self._keep_secret("gateway", "gateway_secret")

    def _keep_secret(self, purpose, field_name):
        """Store what was typed; an empty field keeps what is there."""
        for connection in self:
            typed = (connection[field_name] or "").strip()
            if typed:
                self.env["mobilepay.secret"]._put(connection, purpose, typed)

    @api.depends("base_url")
    def _compute_addresses(self):
        for connection in self:
            base = (connection.base_url or "").rstrip("/")
            # sudo: the path is a secret half; the whole URL has its own group
            path = connection.sudo().callback_path
            connection.redirect_uri = f"{base}/mobilepay/oidc/callback"
            connection.callback_url = f"{base}/mobilepay/callback/{path}"

    @api.depends("state", "connected_on", "merchant_id", "merchant_vat")
    def _compute_state_text(self):
        for connection in self:
            connection.state_text = connection._state_text()

    def _state_text(self):
        if self.state == "connected":
            day = fields.Datetime.context_timestamp(self, self.connected_on).date()
            return self.env._(
                "Connected as %(merchant)s since %(date)s",
                merchant=self.merchant_vat or self.merchant_id,
                date=format_date(self.env, day),
            )
        if self.state == "consent_lost":
            return self.env._(
                "MobilePay no longer accepts this connection. Press Connect to give"
                " consent again; what is queued waits."
            )
        return self.env._("Not connected. Fill in the credentials and press Connect.")

    # --------------------------------------------------------------- constraints

    @api.constrains(
        "environment",
        "custom_discovery_url",
        "custom_api_base",
        "custom_reporting_base",
        "custom_country_code",
    )
    def _check_custom_addresses(self):
        for connection in self.filtered(lambda c: c.environment == "custom"):
            if not (connection.custom_discovery_url and connection.custom_api_base):
                raise ValidationError(
                    self.env._(
                        "Custom addresses need a discovery URL and an API base URL."
                    )
                )
            for name in (
                "custom_discovery_url",
                "custom_api_base",
                "custom_reporting_base",
            ):
                connection._check_address(name, connection[name])

    def _check_address(self, field_name, url):
        if not url:
            return
        try:
            environments.check_address(url)
        except BadAddress as error:
            raise ValidationError(
                self.env._(
                    "%(field)s: %(url)s must begin with https://. Plain http is"
                    " accepted for this machine (localhost) only.",
                    field=self._fields[field_name]._description_string(self.env),
                    url=url,
                )
            ) from error
