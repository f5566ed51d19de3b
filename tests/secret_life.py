"""A connection's life with everything in it that must be kept secret."""

import requests

from .common import simulator
from .oidc_case import OidcCase
from .real import make_invoices

# isort: split
from play.leaks import leaks

DEBUG = {
    "log_level": "debug",
    "log_handler": "odoo.sql_db:DEBUG,werkzeug:DEBUG,urllib3:DEBUG,authlib:DEBUG",
}
REPORTING_KEY = "reporting-key-typed-by-hand"


def expire_tokens(env):
    """Let the access token end, so that the next call renews it."""
    env.cr.execute("UPDATE mobilepay_token SET expires_at = '2020-01-01'")


class SecretLifeCase(OidcCase):
    """Typed, abandoned, parked, connected, renewed, sent: all over real HTTP.

    Lived once, for all tests of a class. Odoo logs all that it can, its SQL too.
    """

    lived = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.log_in("admin", "admin")

    @classmethod
    def serve(cls, workers=0, **options):
        return super().serve(workers, **DEBUG, **options)

    def prepare(self):
        if not self.lived:
            self.begin()
            self.live()
            type(self).lived = self.seen()

    def begin(self):
        """Type the connection as an administrator does."""
        type(self).log_start = self.server.log_file.stat().st_size
        for table in ("mail_activity", "mobilepay_invoice", "mobilepay_connection"):
            self.sql(f"DELETE FROM {table}")
        self.redirect_uri = f"{self.server.url}/mobilepay/oidc/callback"
        self.register(self.redirect_uri)
        values = self.connection_values(
            base_url=self.server.url, reporting_key=REPORTING_KEY
        )
        [type(self).connection_id] = self.press("create", [values])

    def press(self, method, *args):
        """Call a method of the connection as the administrator."""
        return self.admin.call("mobilepay.connection", method, *args)

    def live(self):
        """Go through it all."""
        # started and given up: nonce and verifier stay behind
        requests.get(self.press_connect(), timeout=30)
        # answered and never taken up: code and ID token stay behind
        self.bring(self.answered())
        self.office.connect(self.connection_id)
        self.run_real(expire_tokens)
        self.press("action_test_connection", [self.connection_id])
        self.press("action_renew_callback_secret", [self.connection_id])
        for move_id in self.run_real(make_invoices, count=2):
            self.admin.send(move_id)
        self.control("callbacks/flush")

    # ------------------------------------------------------------------ looking

    def seen(self):
        """Return every secret that MobilePay gave out or was shown, by kind."""
        url = f"{simulator().url}/control/secrets"
        return {
            **requests.get(url, timeout=60).json(),
            "reporting key": [REPORTING_KEY],
        }

    def assert_holds_none(self, text, where, **more):
        """Look for every secret in each of its forms."""
        content = text if isinstance(text, bytes) else text.encode()
        self.assertEqual(leaks({**self.lived, **more}, content), [], where)

    def log(self):
        """Return what the server logged during this test."""
        return self.server.log_file.read_bytes()[self.log_start :]
