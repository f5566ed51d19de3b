import logging
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mobilepay.errors import BadDelivery
from ...tools.tally import Tally

_refusals = Tally(logging.getLogger(__name__), "MobilePay callback refused")

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
    """How MobilePay proves itself when it calls, and what its call brings.

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

        It is committed with the attempt, so whatever happens between MobilePay's
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
        self.env["mobilepay.invoice"]._commit()
        Secret = self.env["mobilepay.secret"]
        old = Secret._get(self, "callback")
        with self._spoken_errors(), self._service() as service:
            self._register_callback(service)
        # for what MobilePay still repeats
        Secret._put(self, "callback_old", old)
        self.callback_rotated_on = fields.Datetime.now()
        return self._notify(self.env._("MobilePay uses a new secret."), kind="success")

    def _callback_username(self):
        return f"odoo-{self.id}"

    # --------------------------------------------------------------- deliveries

    @api.model
    def _take_delivery(self, path, authorization, body):
        """Store one callback delivery; return the HTTP status to answer with.

        401 says the same for a wrong key, an unknown path and a connection that
        takes nothing in; nothing is stored then, and the same work was done.

        :param authorization: the Authorization header as it came, or None
        :param body: bytes
        """
        connection = self._find_by_path(path)
        if not connection._is_authentic(authorization):
            _refusals.note("not authentic")
            return 401
        try:
            elements = self._parse_delivery(body)
        except BadDelivery as error:
            _refusals.note(f"connection {connection.id}: {error}")
            return 400
        self.env["mobilepay.event"]._receive(connection, elements)
        self._wake_processor()
        return 204

    def _wake_processor(self):
        """Have the news processed soon; somebody before us may have said so already.

        Each wake-up costs Odoo a connection of its own to PostgreSQL.
        """
        # from the cache of external ids: env.ref() asks whether it is still there
        xmlid = "account_mobilepay.cron_process"
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
        if not self._is_called(cron_id):
            self.env["ir.cron"].browse(cron_id)._trigger()

    def _is_called(self, cron_id):
        """Whether a run is called for that cannot begin before this is committed."""
        # A run that has begun holds its triggers, to delete them: they are skipped.
        # One that begins now waits for this lock, and sees what we commit. One that
        # ends just now makes a serialization failure: Odoo takes the delivery again.
        self.env.cr.execute(
            """
            SELECT 1 FROM ir_cron_trigger
             WHERE cron_id = %s AND call_at <= %s
             LIMIT 1 FOR KEY SHARE SKIP LOCKED
            """,
            (cron_id, fields.Datetime.now()),
            log_exceptions=False,
        )
        return bool(self.env.cr.fetchone())

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
                _refusals.note("no key", str(error), logging.WARNING)
            kept = dict.fromkeys(SHOWN, "")
        rotated = self.callback_rotated_on
        if not rotated or rotated + GRACE <= fields.Datetime.now():
            kept["callback_old"] = ""
        return list(kept.values())
