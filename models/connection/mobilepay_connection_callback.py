import logging
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools.rate_limited_log import RateLimitedLog

refusals = RateLimitedLog(logging.getLogger(__name__), "MobilePay callback refused")

SECRET_BYTES = 48
# MobilePay repeats a failed delivery for 42 hours, with the header it had
GRACE = timedelta(days=3)
# what MobilePay may show: the present secret, one it is told now, and lately the old
SHOWN = ("callback", "callback_next", "callback_old")
# all that taking a delivery in reads of a connection; another field reads all of it
TAKING_IN = (
    "callback_auth",
    "callback_rotated_on",
    "company_id",
    # the merchant's calendar days
    "environment",
    "custom_country_code",
)


class MobilepayConnection(models.Model):
    """How MobilePay proves itself when it calls.

    A disconnected or archived connection takes nothing in; one whose consent
    is lost still does: MobilePay goes on reporting what was sent before.
    """

    _inherit = "mobilepay.connection"

    callback_rotated_on = fields.Datetime(
        readonly=True, copy=False, help="Since when the old secret runs out."
    )

    # ------------------------------------------------------------- registration

    def _prepare_callback_secret(self):
        """Keep the secret that the next Connect registers, before it does.

        It is committed with the login, so whatever happens between MobilePay's
        answer and our own commit, we know the secret that MobilePay shows.
        """
        Secret = self.env["mobilepay.secret"]
        if not Secret._get(self, "callback_next"):
            Secret._put(self, "callback_next", secrets.token_urlsafe(SECRET_BYTES))

    def _register_callback(self, service):
        """Give MobilePay our callback URL and the new secret, ours from now on."""
        Secret = self.env["mobilepay.secret"]
        self._prepare_callback_secret()
        secret = Secret._get(self, "callback_next")
        # sudo: the URL holds the secret path, hidden from users
        url = self.sudo().callback_url
        is_basic = self.callback_auth == "basic"
        username = self._callback_username() if is_basic else ""
        service.register_callback(url, secret, username)
        Secret._put(self, "callback", secret)
        Secret._put(self, "callback_old", "")
        Secret._put(self, "callback_next", "")

    def action_renew_callback_secret(self):
        """Have MobilePay show a new secret; the old one is taken for a while."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "connected":
            raise UserError(self.env._("Connect first."))
        self._prepare_callback_secret()
        # MobilePay may use it from the moment it is told, whatever becomes of us
        self.env["mobilepay.worker"]._commit()
        Secret = self.env["mobilepay.secret"]
        old = Secret._get(self, "callback")
        with self._raise_as_user_error(), self._service() as service:
            self._register_callback(service)
        # for what MobilePay still repeats
        Secret._put(self, "callback_old", old)
        self.callback_rotated_on = fields.Datetime.now()
        return self._notify(self.env._("MobilePay uses a new secret."), kind="success")

    def _callback_username(self):
        return f"odoo-{self.id}"

    # --------------------------------------------------------------- deliveries

    def _find_by_path(self, path):
        """Return the connection that listens there: none looks like another none."""
        # PostgreSQL knows no NUL
        if not path or "\0" in path:
            return self.browse()
        return self.search_fetch(
            [("callback_path", "=", path), ("state", "!=", "not_connected")],
            TAKING_IN,
        )

    def _is_authentic(self, authorization):
        """Whether MobilePay sent this; fails closed, in constant time."""
        return self._service().is_authentic(
            authorization,
            method=self.callback_auth or "apikey",
            secrets=self._callback_secrets(),
            username=self._callback_username(),
        )

    @api.model
    def _parse_delivery(self, body):
        """Return the elements of a delivery, unreadable ones among them.

        :raises BadDelivery: it is none
        """
        return self._service().parse(body)

    def _callback_secrets(self):
        """Return the secrets MobilePay may show, as many for no connection at all."""
        try:
            kept = self.env["mobilepay.secret"]._get_all(self, SHOWN)
        except UserError as error:
            if self:
                # MobilePay tries again for two days: time to put the key back
                refusals.note("no key", str(error), logging.WARNING)
            kept = dict.fromkeys(SHOWN, "")
        rotated = self.callback_rotated_on
        if not rotated or rotated + GRACE <= fields.Datetime.now():
            kept["callback_old"] = ""
        return list(kept.values())
