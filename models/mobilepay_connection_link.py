import logging
import secrets
from contextlib import contextmanager
from dataclasses import replace
from datetime import timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..mobilepay import callbacks, environments, rules
from ..mobilepay.errors import BadDelivery, MobilePayError
from ..mobilepay.invoices import InvoiceApi
from ..mobilepay.oidc import Provider
from ..mobilepay.transport import Transport
from .mobilepay_connection import IDENTITY_FIELDS

_logger = logging.getLogger(__name__)


class MobilepayConnection(models.Model):
    """How a connection is made, used and ended: the only maker of API objects."""

    _inherit = "mobilepay.connection"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # an empty secret field of the form means: nothing typed
            vals.setdefault("callback_path", secrets.token_urlsafe(32))
        return super().create(vals_list)

    def write(self, vals):
        if IDENTITY_FIELDS & vals.keys() and not self.env.context.get("install_mode"):
            changed = self.filtered(lambda c: c.state == "connected" and c._moves(vals))
            if changed:
                raise UserError(
                    self.env._(
                        "Disconnect first: the company, environment, merchant and"
                        " credentials of a living connection cannot be changed."
                    )
                )
        return super().write(vals)

    def _moves(self, vals):
        """Whether ``vals`` change what the connection stands for."""
        return any(
            self._fields[name].convert_to_write(self[name], self) != vals[name]
            for name in IDENTITY_FIELDS & vals.keys()
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.env["mobilepay.invoice"].search_count(
            [("connection_id", "in", self.ids)], limit=1
        ):
            raise UserError(
                self.env._(
                    "Invoices were sent through this connection. Archive it instead."
                )
            )

    # ------------------------------------------------------------- API objects

    def _provider(self):
        """Return the OpenID provider of this connection's environment.

        :raises UserError: a credential is missing
        """
        self._check_credentials()
        return Provider(
            self._discovery_url(),
            client_id=self.client_id,
            client_secret=self.env["mobilepay.secret"]._get(self, "client"),
        )

    @contextmanager
    def _invoice_api(self):
        """Yield an :class:`InvoiceApi` that renews its access token by itself."""
        self.ensure_one()
        transport = Transport(
            self._api_base(),
            gateway_id=self.gateway_client_id or "",
            gateway_secret=self.env["mobilepay.secret"]._get(self, "gateway"),
            bearer=self._bearer(),
        )
        with transport:
            yield InvoiceApi(transport, self.merchant_id or "")

    def _bearer(self):
        """Return ``bearer(renew)``: the access token, a fresh one on ``renew``."""
        Token = self.env["mobilepay.token"]
        last = ""

        def bearer(renew):
            nonlocal last
            last = Token._access_token(self, rejected=last if renew else "")
            return last

        return bearer

    def _discovery_url(self):
        known = environments.ENVIRONMENTS.get(self.environment)
        return known.discovery_url if known else self.custom_discovery_url

    def _api_base(self):
        known = environments.ENVIRONMENTS.get(self.environment)
        return known.api_base if known else self.custom_api_base

    def _country(self):
        return environments.COUNTRIES[self.country_code]

    def _today(self):
        """Return the merchant's calendar day."""
        return self._local_day(fields.Datetime.now())

    def _local_date(self, moment):
        """Return the merchant's calendar day of ``moment`` (aware)."""
        return moment.astimezone(ZoneInfo(self._country().timezone)).date()

    def _local_day(self, moment):
        """Return the merchant's calendar day of ``moment`` (Odoo's: naive, UTC)."""
        return self._local_date(moment.replace(tzinfo=timezone.utc))

    def _payment_method_line(self):
        """Return the method line with which payments of MobilePay are posted.

        :raises UserError: journal, method or clearing account is missing
        """
        lines = self.journal_id.inbound_payment_method_line_ids
        line = lines.filtered(lambda line: line.code == "mobilepay")[:1]
        if not line.payment_account_id:
            raise UserError(
                self.env._(
                    "Choose a MobilePay journal on the connection, with a payment"
                    " method MobilePay that has an outstanding account."
                )
            )
        return line

    def _limits(self):
        """Return MobilePay's limits as this connection's administrator set them."""
        return replace(
            rules.DEFAULT_LIMITS[self.country_code],
            max_amount=Decimal(repr(self.max_amount)),
            max_days=self.max_due_days,
            max_per_day=self.max_per_day,
        )

    def _check_credentials(self):
        missing = [
            self._fields[name]._description_string(self.env)
            for name, present in (
                ("client_id", self.client_id),
                ("client_secret", self.has_client_secret),
                ("gateway_client_id", self.gateway_client_id),
                ("gateway_secret", self.has_gateway_secret),
                ("merchant_vat", self.merchant_vat),
            )
            if not present
        ]
        if missing:
            raise UserError(
                self.env._("Fill in first: %s", ", ".join(missing)),
            )

    # ------------------------------------------------------------------ buttons

    def action_connect(self):
        """Send the browser to MobilePay, where the merchant gives consent."""
        self.ensure_one()
        self.check_access("write")
        if self.state == "connected":
            raise UserError(self.env._("This connection is connected already."))
        with self._spoken_errors():
            vat = environments.merchant_vat(self.merchant_vat, self.country_code)
            environments.check_address(self.redirect_uri)
            attempt = self._provider().start(
                redirect_uri=self.redirect_uri, merchant_vat=vat
            )
        self.env["mobilepay.attempt"]._keep(self, attempt)
        return {"type": "ir.actions.act_url", "url": attempt.url, "target": "self"}

    def action_disconnect(self):
        """Forget the tokens; what was sent stays as it is."""
        for connection in self:
            connection.check_access("write")
            self.env["mobilepay.token"]._forget(connection)
            connection.state = "not_connected"
            connection.message_post(
                body=self.env._(
                    "Disconnected. Until someone connects again, nothing is sent and"
                    " no news of open requests is fetched."
                )
            )

    def action_refresh_issuers(self):
        """Read the merchant's issuers from MobilePay."""
        self.ensure_one()
        self.check_access("write")
        with self._spoken_errors(), self._invoice_api() as api_object:
            issuers = api_object.issuers()
        self.env["mobilepay.issuer"]._take_over(self, issuers)
        return self._notify(
            self.env._("%s issuers were read from MobilePay.", len(issuers))
        )

    def action_test_connection(self):
        """Ask MobilePay who we are: proves tokens, gateway and network at once."""
        self.ensure_one()
        self.check_access("write")
        with self._spoken_errors(), self._invoice_api() as api_object:
            merchant = api_object.merchant()
        return self._notify(
            self.env._("MobilePay answers. Merchant ID %s.", merchant), kind="success"
        )

    def _notify(self, message, kind="info"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @contextmanager
    def _spoken_errors(self):
        """Turn a :class:`MobilePayError` into a UserError in the user's words."""
        try:
            yield
        except MobilePayError as error:
            _logger.info("MobilePay connection %s: %s", self.ids, error.message)
            raise UserError(self.env["mobilepay.words"]._explain(error)) from None

    # ----------------------------------------------------------- life and death

    def _complete(self, token_set, user):
        """Finish connecting with fresh tokens, or leave everything as it was.

        Keeps the tokens, asks MobilePay for merchant and issuers, makes the
        journal, registers the callback.

        :raises UserError: with the reason; nothing is connected then
        """
        self.ensure_one()
        self.env["mobilepay.token"]._store(self, token_set)
        try:
            with self._spoken_errors():
                merchant_id, issuers = self._introduce()
            self._settle_in(merchant_id, issuers, user)
        except Exception:
            self.env["mobilepay.token"]._forget(self)
            raise

    def _introduce(self):
        """Ask MobilePay for merchant and issuers, and register the callback."""
        with self._invoice_api() as api_object:
            merchant_id = api_object.merchant()
            issuers = api_object.issuers()
            if not any(issuer.enabled for issuer in issuers):
                raise UserError(
                    self.env._(
                        "This merchant has no enabled invoice issuer. Make one in"
                        " MobilePay's portal, wait for it to be approved, and connect"
                        " again."
                    )
                )
            self._register_callback(api_object)
        return merchant_id, issuers

    def _settle_in(self, merchant_id, issuers, user):
        now = fields.Datetime.now()
        self.write(
            {
                "state": "connected",
                "merchant_id": merchant_id,
                "connected_on": now,
                "connected_by_id": user.id,
                "callback_registered_on": now,
            }
        )
        self.env["mobilepay.issuer"]._take_over(self, issuers)
        if not self.journal_id:
            self.journal_id = self.env["account.journal"]._mobilepay_journal(
                self.company_id
            )
        self.activity_unlink(["account_mobilepay.activity_consent_lost"])

    def _register_callback(self, api_object):
        """Give MobilePay our callback URL and a fresh secret for it."""
        secret = secrets.token_urlsafe(48)
        self.env["mobilepay.secret"]._put(self, "callback", secret)
        # sudo: the URL holds the secret path, hidden from users
        url = self.sudo().callback_url
        if self.callback_auth == "basic":
            api_object.register_basic(url, self._callback_username(), secret)
        else:
            api_object.register_api_key(url, secret)

    def _callback_username(self):
        return f"odoo-{self.id}"

    def _note_consent_lost(self):
        """Remember in a transaction of its own that the merchant must consent again."""
        with self.env.registry.cursor() as cr:
            # superuser: the caller may be a user who only sends invoices
            connection = api.Environment(cr, api.SUPERUSER_ID, {})[self._name].browse(
                self.id
            )
            # the caller may hold this row itself: then it finds out by itself, later
            locked = connection.try_lock_for_update(allow_referencing=True)
            if locked.state == "connected":
                locked.state = "consent_lost"
                locked._ask_for_consent()

    def _ask_for_consent(self):
        self.activity_schedule(
            "account_mobilepay.activity_consent_lost",
            user_id=self.responsible_id.id or self.env.uid,
            summary=self.env._("Connect to MobilePay again"),
            note=self.env._(
                "MobilePay no longer accepts this connection: the consent was revoked"
                " or has expired, or another system connected the same merchant."
                " Open it and press Connect. What is queued waits until then."
            ),
        )

    # ---------------------------------------------------------------- look-ups

    @api.model
    def _for_company(self, company):
        """Return the active connection of ``company``, or of its nearest parent."""
        found = self.sudo().search([("company_id", "in", company.parent_ids.ids)])
        by_company = {connection.company_id: connection for connection in found}
        for candidate in reversed(company.parent_ids):
            if candidate in by_company:
                return by_company[candidate]
        return self.browse()

    def _usable(self):
        """Whether invoices can be sent through this connection now."""
        return bool(
            self.state == "connected"
            and self.merchant_id
            and (self.issuer_id.enabled or self.issuer_ids.filtered("enabled"))
        )

    # ---------------------------------------------------------------- callbacks

    @api.model
    def _take_delivery(self, path, authorization, body):
        """Store one callback delivery; return the HTTP status to answer with.

        401 says the same for a wrong key, an unknown path and a connection that
        is not active; nothing is stored then.

        :param authorization: the Authorization header as it came, or None
        :param body: bytes
        """
        connection = self.search([("callback_path", "=", path)])
        if not connection._is_authentic(authorization):
            _logger.info("MobilePay callback refused: not authentic")
            return 401
        try:
            elements = callbacks.parse(body)
        except BadDelivery as error:
            _logger.info(
                "MobilePay callback of connection %s refused: %s", connection.id, error
            )
            return 400
        self.env["mobilepay.event"]._receive(connection, elements)
        self.env.ref("account_mobilepay.cron_process")._trigger()
        return 204

    def _is_authentic(self, authorization):
        """Whether MobilePay sent this; fails closed, in constant time."""
        secret = self.env["mobilepay.secret"]._get(self, "callback") if self else ""
        return callbacks.authentic(
            authorization,
            method=self.callback_auth or "apikey",
            secrets=[secret],
            username=self._callback_username() if self else "",
        )
