"""The key of the secrets: changed, missing, wrong, lost for good."""

import stat
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ...tools import vault
from ..common import MobilepayCommon

#: every column that holds something encrypted
SEALED = {
    "mobilepay_secret": ["ciphertext"],
    "mobilepay_token": ["access_ciphertext", "refresh_ciphertext"],
    "mobilepay_login": ["sealed", "answer"],
}
TYPED = {"client_secret": "demo-secret", "gateway_secret": "demo-ibm-secret"}


class KeyCase(MobilepayCommon):
    """A connection whose secrets are under the key file of a folder of its own."""

    def connect(self, connection):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.options = {"data_dir": folder.name}
        self.patch(vault, "config", self.options)
        self.file = Path(folder.name) / vault.FILE_NAME
        self.env["mobilepay.secret"]._forget(connection)
        connection.write(TYPED)
        self.manager = new_test_user(
            self.env,
            "key_manager",
            "base.group_user,account.group_account_manager",
            company_id=self.company.id,
        )
        self.own = connection.with_user(self.manager)
        return super().connect(connection)

    def sealed(self):
        """Return every ciphertext of the database, by where it is."""
        self.env.flush_all()
        found = {}
        for table, columns in SEALED.items():
            for column in columns:
                # names of ours
                self.env.cr.execute(f"SELECT id, {column} FROM {table}")  # noqa: S608
                for row_id, ciphertext in self.env.cr.fetchall():
                    if ciphertext:
                        found[table, column, row_id] = ciphertext
        return found

    def park_a_login(self):
        """Leave behind a login to connect that MobilePay has answered."""
        self.connection.state = "not_connected"
        self.connection.action_connect()
        self.connection.state = "connected"
        login = self.env["mobilepay.login"].sudo().search([])
        login._park(login.key, {"code": "a-code"})
        return login

    def new_key(self):
        return Fernet.generate_key().decode()


@tagged("post_install", "-at_install")
class TestKeyChange(KeyCase):
    """A new key before the old one, encrypt anew, take the old one away."""

    def test_everything_is_under_the_new_key(self):
        # models/connection/mobilepay_secret.py: _encrypt_anew, each of its three kinds
        # of rows
        login = self.park_a_login()
        before = self.sealed()
        self.assertEqual({table for table, *_rest in before}, set(SEALED))
        new, old = self.new_key(), self.file.read_text()
        self.options[vault.OPTION] = f"{new},{old}"
        told = self.own.action_encrypt_anew()["params"]
        self.assertEqual(told["type"], "success")
        self.assertIn(f"All {len(before)} secrets", told["message"])
        after = self.sealed()
        self.assertEqual(before.keys(), after.keys())
        self.assertFalse(set(before.values()) & set(after.values()))
        for ciphertext in after.values():
            Fernet(new).decrypt(ciphertext.encode())
        self.options[vault.OPTION] = new
        self.env.invalidate_all()
        self.assertFalse(self.own.key_problem)
        self.assertEqual(login._open(login.answer), {"code": "a-code"})
        self.assertEqual(self.send(self.invoice()).state, "created")
        self.assertEqual(self.deliver(), 204)

    def test_what_cannot_be_read_stays_as_it_is(self):
        # tools/vault.py: encrypt_anew / raise KeyMissing
        before = self.sealed()
        self.options[vault.OPTION] = self.new_key()
        told = self.own.action_encrypt_anew()["params"]
        self.assertEqual(told["type"], "warning")
        self.assertIn(f"{len(before)} secrets cannot be read", told["message"])
        self.assertEqual(self.sealed(), before)

    def test_half_done_is_done_again(self):
        """As after a crash between the tokens' transactions and our own."""
        self.options[vault.OPTION] = f"{self.new_key()}\n{self.file.read_text()}"
        self.env["mobilepay.token"]._encrypt_anew()
        self.assertEqual(self.own.action_encrypt_anew()["params"]["type"], "success")


@tagged("post_install", "-at_install")
class TestKeyMissing(KeyCase):
    """Nothing is lost, nothing overwritten, and a person is told what to do."""

    def troubles(self):
        """Take the key away, and put another in its place; the key is put back."""
        key = self.file.read_text()
        for trouble in ("missing", "other", "broken"):
            with self.subTest(trouble):
                if trouble == "missing":
                    self.file.unlink()
                else:
                    other = self.new_key() if trouble == "other" else "no-key"
                    self.file.write_text(other)
                before = self.file.exists() and self.file.read_text()
                self.env.invalidate_all()
                yield
                now = self.file.exists() and self.file.read_text()
                self.assertEqual(now, before, "the key file is left alone")
                self.file.write_text(key)
                self.env.invalidate_all()

    def test_said_on_the_connection(self):
        # models/connection/mobilepay_connection_key.py: _key_problem
        self.assertEqual(self.own.key_problem, "")
        for _trouble in self.troubles():
            self.assertRegex(self.own.key_problem, "put it back.*odoo.conf.*data fold")
            self.assertRegex(self.own.key_problem, "press Forget secrets")
        self.assertEqual(self.own.key_problem, "")

    def test_nothing_is_overwritten(self):
        # models/connection/mobilepay_secret.py: _put / self._open_all(connection)
        before = self.sealed()
        for _trouble in self.troubles():
            for name in TYPED:
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    self.own.write({name: "typed-meanwhile"})
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.own.action_renew_callback_secret()
            self.assertEqual(self.sealed(), before)

    def test_no_second_key_is_made(self):
        # models/connection/mobilepay_secret.py: _seal / make_key=first
        other = self.env["res.company"].create({"name": "Nordlys"})
        self.file.unlink()
        with self.assertRaisesRegex(UserError, "missing.*odoo.conf"):
            self.env["mobilepay.connection"].create({**TYPED, "company_id": other.id})
        self.assertFalse(self.file.exists())

    def test_what_is_queued_waits_and_goes_out_once(self):
        key, move = self.file.read_text(), self.invoice()
        self.file.unlink()
        with self.assertRaisesRegex(UserError, "put it back"):
            self.send(move)
        self.assertEqual(self.create_calls(), 0)
        request = move.mobilepay_invoice_id
        self.assertEqual(request.state, "queued")
        self.assertIn("put it back", request.error_text)
        self.file.write_text(key)
        request.sudo().next_try_on = "2020-01-01"
        self.env.ref("account_mobilepay.cron_send").method_direct_trigger()
        self.assertEqual(request.state, "created")
        self.assertEqual(self.create_calls(), 1)

    def test_news_are_refused_until_it_is_back(self):
        request = self.send(self.invoice())
        news = self.news(request, "accepted", 1)
        door = self.connection.sudo()
        secret = self.env["mobilepay.secret"]._get(self.connection, "callback")
        for _trouble in self.troubles():
            # refused, so that MobilePay sends it again
            answer = door._take_delivery(door.callback_path, secret, b"[]")
            self.assertEqual(answer, 401)
        self.assertEqual(self.deliver(news), 204)

    def test_lost_for_good(self):
        # models/connection/mobilepay_connection_key.py: action_forget_secrets, and
        # tools/vault.py: _make_key_file (the mode)
        self.file.unlink()
        self.env.invalidate_all()
        self.own.action_forget_secrets()
        self.assertEqual(self.connection.state, "not_connected")
        self.assertFalse(self.sealed())
        self.own.write(TYPED)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        self.assertFalse(self.own.key_problem)
        self.assertTrue(self.own.action_connect()["url"])
