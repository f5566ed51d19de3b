from dataclasses import replace
from datetime import timezone
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...mobilepay import environments, rules
from ...mobilepay.classic.gateway import connect
from ...mobilepay.classic.oidc import Provider
from ...mobilepay.classic.service import ClassicService
from .mobilepay_connection_lookup import DECIDING_FIELDS

# whom a living connection speaks for
IDENTITY_FIELDS = {
    "company_id",
    "environment",
    "custom_country_code",
    "custom_discovery_url",
    "custom_api_base",
    "custom_reporting_base",
    "merchant_vat",
    "client_id",
    "gateway_client_id",
}
# what MobilePay was told about calling us
CALLBACK_FIELDS = {"base_url", "callback_auth"}
# what the invoices that were sent belong to, for good
HISTORY_FIELDS = {"company_id", "environment"}
# typed once, never read back
SECRET_FIELDS = [
    "client_secret",
    "gateway_secret",
    "reporting_key",
    "has_client_secret",
    "has_gateway_secret",
    "has_reporting_key",
]
# where secrets and tokens go
ADDRESS_FIELDS = {
    "custom_discovery_url",
    "custom_api_base",
    "custom_reporting_base",
    "base_url",
}


class MobilepayConnection(models.Model):
    """What may change on a connection, and the only maker of what calls MobilePay."""

    _inherit = "mobilepay.connection"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_may_point({name for name in vals if self._points(name, vals)})
        connections = super().create(vals_list)
        connections._forget_typed()
        self._forget_whose()
        return connections

    def write(self, vals):
        for connection in self:
            changed = connection._changed(vals)
            pointed = {name for name in changed if self._points(name, vals)}
            connection._check_may_change(changed)
            connection._check_may_point(pointed)
            if pointed - {"base_url"} and not self.env.su:
                connection.check_access("write")
                connection._forget_misdirected()
        result = super().write(vals)
        if "company_id" in vals:
            # Odoo asks its rules before a write only: nobody's to give away
            self.check_access("write")
        self._forget_typed()
        if DECIDING_FIELDS & vals.keys():
            self._forget_whose()
        return result

    @api.model
    def _points(self, name, vals):
        """Whether the value of ``name`` in ``vals`` names a host of its own."""
        if name == "environment":
            return vals[name] == "custom"
        if name == "base_url" and vals[name] == self.get_base_url():
            return False
        return name in ADDRESS_FIELDS and bool(vals[name])

    def _changed(self, vals):
        """Return the names of those ``vals`` that differ from what is there."""
        return {
            name
            for name in vals
            if name in self._fields
            and name in IDENTITY_FIELDS | CALLBACK_FIELDS
            and (self._fields[name].convert_to_write(self[name], self) or False)
            != (vals[name] or False)
        }

    def _check_may_change(self, names):
        if (self.state == "connected" and IDENTITY_FIELDS & names) or (
            self.state != "not_connected" and CALLBACK_FIELDS & names
        ):
            raise UserError(
                self.env._(
                    "Disconnect first: the company, environment, merchant, addresses"
                    " and credentials of a living connection cannot be changed."
                )
            )
        if HISTORY_FIELDS & names and self._is_used():
            raise UserError(
                self.env._(
                    "Invoices were sent through this connection, so its company and"
                    " environment stay. Archive it and make a new one."
                )
            )

    def _check_may_point(self, names):
        """Only administrators choose where secrets and tokens are sent.

        Others could send them to a host of their own and read them there.
        """
        if not names or self.env.su or self.env.user.has_group("base.group_system"):
            return
        raise AccessError(
            self.env._(
                "Only an administrator may set custom addresses or Odoo's public"
                " address. Choose another environment, or ask your administrator."
            )
        )

    def _forget_typed(self):
        """Drop typed secrets from the cache, so that nothing can read them back."""
        self.invalidate_recordset(SECRET_FIELDS)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(connection.state == "connected" for connection in self):
            raise UserError(self.env._("Disconnect first."))
        if self._is_used():
            raise UserError(
                self.env._(
                    "Invoices were sent through this connection. Archive it instead."
                )
            )

    def _is_used(self):
        """Whether an invoice was ever sent through one of these connections."""
        return False

    # -------------------------------------------------------- what calls MobilePay

    def _provider(self):
        """Return the OpenID provider of this connection's environment.

        Use it as a context manager.

        :raises UserError: a credential is missing
        """
        self._check_credentials()
        return Provider(
            self._discovery_url(),
            client_id=self.client_id,
            client_secret=self.env["mobilepay.secret"]._get(self, "client"),
        )

    # '' is no token
    def _service(self, access_token=""):  # nosec B107
        """Return the :class:`service.Service` of this connection.

        Use it as a context manager. Secrets, tokens and fields are read at its first
        call: a UserError then says that they cannot be read, and nothing was sent.

        :param access_token: the only token to use; without it, the connection's
            own, which is renewed when it has to be
        """
        given = (lambda _renew: access_token) if access_token else self._bearer()
        return ClassicService(
            bearer=given,
            # another merchant may have consented than the one that is known
            merchant_id=lambda: "" if access_token else self.merchant_id or "",
            invoices=self._transport,
            reporting=self._reporting,
        )

    def _transport(self, bearer):
        """Return a :class:`Transport` to the Invoice API, to be closed.

        :param bearer: gives the access token, see :class:`Transport`
        """
        self.ensure_one()
        return connect(
            self._api_base(),
            gateway_id=self.gateway_client_id or "",
            gateway_secret=self.env["mobilepay.secret"]._get(self, "gateway"),
            bearer=bearer,
            heard=self._listener(),
        )

    def _listener(self):
        """Return who is told of each call: whoever put a list on the context."""
        calls = self.env.context.get("mobilepay_calls")
        return None if calls is None else calls.append

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

    def _check_credentials(self):
        if missing := self._missing_credentials():
            raise UserError(
                self.env._("Fill in first: %s", ", ".join(missing)),
            )

    def _missing_credentials(self):
        """Return the labels of what MobilePay has to be told and is not known here."""
        return [
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

    # ---------------------------------------------------------- the merchant's

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

    def _payment_method_line(self, payment_type="inbound"):
        """Return the method line with which payments of MobilePay are posted.

        :param payment_type: ``outbound`` for refunds
        :raises UserError: journal, method or clearing account is missing
        """
        if self.journal_id and not self.journal_id.active:
            raise UserError(
                self.env._(
                    "The MobilePay journal “%s” is archived. Unarchive it, or choose"
                    " another one on the connection.",
                    self.journal_id.name,
                )
            )
        lines = self.journal_id[f"{payment_type}_payment_method_line_ids"]
        line = lines.filtered(lambda line: line.code == "mobilepay")[:1]
        if not line.payment_account_id:
            raise UserError(
                self.env._(
                    "Choose a MobilePay journal on the connection, with a payment"
                    " method MobilePay that has an outstanding account."
                )
            )
        return line

    def _booking_hindrance(self):
        """Return why a payment could not be posted if it came now, '' if it could."""
        try:
            self._payment_method_line()
        except UserError as error:
            return str(error)
        return ""

    def _limits(self):
        """Return MobilePay's limits as this connection's administrator set them."""
        return _limits(
            self.country_code, self.max_amount, self.max_due_days, self.max_per_day
        )

    def _usable(self):
        """Whether invoices can be sent through this connection now."""
        return bool(
            self.state == "connected"
            and self.merchant_id
            and (self.issuer_id.enabled or self.issuer_ids.filtered("enabled"))
        )


# asked for several times for each of many invoices
@lru_cache
def _limits(country_code, max_amount, max_days, max_per_day):
    return replace(
        rules.DEFAULT_LIMITS[country_code],
        max_amount=Decimal(repr(max_amount)),
        max_days=max_days,
        max_per_day=max_per_day,
    )
