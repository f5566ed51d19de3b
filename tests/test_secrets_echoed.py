"""MobilePay repeats what it was told in its errors: no person and no log reads it."""

import requests

from odoo.tests import tagged

from .common import ANNA, simulator
from .oidc import OidcCase
from .real import make_invoices

# isort: split
from play.leaks import leaks
from play.office import OfficeError

from stack import Databases

#: what fails, by the end of its path, and the button that asks for it
BUTTONS = {
    "/merchants/me": "action_test_connection",
    "/invoiceissuers": "action_refresh_issuers",
    "/auth/apikey": "action_renew_callback_secret",
    "/connect/token": "action_test_connection",
}
NAMES = ("error", "error_description", "error_code", "message", "correlation_id")


def expire_tokens(env):
    """Let the access token end, so that the next call renews it."""
    env.cr.execute("UPDATE mobilepay_token SET expires_at = '2020-01-01'")


@tagged("post_install", "-at_install")
class TestSecretsEchoed(OidcCase):
    """Over real HTTP, with every kind of refusal."""

    def secrets(self):
        """Return what MobilePay was told so far, and the payer's number."""
        url = f"{simulator().url}/control/secrets"
        return {**requests.get(url, timeout=60).json(), "phone": [ANNA]}

    def echo(self, status):
        """Return a change of answers: all that was told so far, refused."""

        def answer(_status, _data):
            told = self.secrets()
            words = " ".join(value for values in told.values() for value in values)
            return status, dict.fromkeys(NAMES, f"What is {words}?")

        return answer

    def press(self, method):
        """Press a button of the connection in vain; return what a person reads."""
        with self.assertRaises(OfficeError) as caught:
            self.office.call("mobilepay.connection", method, [self.connection_id])
        return str(caught.exception)

    def check(self, told, where):
        self.assertTrue(told, where)
        self.assertEqual(leaks(self.secrets(), told.encode()), [], where)

    def test_nobody_reads_it(self):
        # mobilepay/failures.py: own_words / text.replace
        log_start = self.server.log_file.stat().st_size
        between = self.meddle()
        self.office.connect(self.connection_id)
        [move_id] = self.run_real(make_invoices)
        for status in (400, 403, 500):
            for path, button in BUTTONS.items():
                if path == "/connect/token":
                    self.run_real(expire_tokens)
                between.change(path, self.echo(status))
                self.check(self.press(button), f"{path}: {status}")
                between.forget(path)
        between.change("/invoices", self.echo(400))
        self.check(self.office.send(move_id), "sending")
        log = self.server.log_file.read_bytes()[log_start:]
        self.assertEqual(leaks(self.secrets(), log), [], "the log")
        # the number is kept where it was typed; all else is nowhere
        dump = Databases.from_environment().postgres.dump(self.database)
        kept = {**self.secrets(), "phone": [f"What is {ANNA}"]}
        self.assertEqual(leaks(kept, dump), [], "chatter, and all other tables")
