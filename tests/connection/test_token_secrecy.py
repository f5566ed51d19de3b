"""No secret, token or code is anywhere it could be read."""

import json

from odoo.tests import tagged

from ..common import MERCHANT_VAT
from ..oidc_case import OidcCase

PURPOSES = ("client", "gateway", "callback")


def reveal(env, connection_id):
    """Return every secret that the addon keeps for the connection, by its name."""
    connection = env["mobilepay.connection"].browse(connection_id)
    Secret = env["mobilepay.secret"]
    token = env["mobilepay.token"].search([("connection_id", "=", connection_id)])
    return {
        **{purpose: Secret._get(connection, purpose) for purpose in PURPOSES},
        "access token": Secret._open(token.access_ciphertext),
        "refresh token": Secret._open(token.refresh_ciphertext),
    }


def expire_and_call(env, connection_id):
    """Renew the access token and use it."""
    env.cr.execute("UPDATE mobilepay_token SET expires_at = '2020-01-01'")
    connection = env["mobilepay.connection"].browse(connection_id)
    with connection._service() as service:
        return service.merchant()


def export(env, connection_id):
    """Export every field as the administrator, who may do everything."""
    admin = env(user=env.ref("base.user_admin"))
    connection = admin["mobilepay.connection"].browse(connection_id)
    names = connection.fields_get(attributes=[])
    return str([connection.export_data(list(names)), connection.read()])


def copy_of(env, connection_id):
    """Return what a copy of the connection holds."""
    connection = env["mobilepay.connection"].browse(connection_id)
    connection.active = False
    copy = connection.copy()
    Secret = env["mobilepay.secret"]
    held = {purpose: Secret._get(copy, purpose) for purpose in PURPOSES}
    held["path"] = copy.callback_path == connection.callback_path
    held["state"] = copy.state
    env.cr.rollback()
    return held


@tagged("post_install", "-at_install")
class TestSecrecy(OidcCase):
    """After a life with everything in it: connect, refuse, renew, lose."""

    def setUp(self):
        super().setUp()
        self.log_start = self.server.log_file.stat().st_size
        self.answer = self.answered()
        self.secrets = {
            "code": self.answer["code"],
            "ID token": self.answer["id_token"],
            "ID token's signature": self.answer["id_token"].rpartition(".")[2],
        }
        self.page = self.arrive(self.bring(self.answer))
        self.secrets |= self.run_real(reveal, connection_id=self.connection_id)
        self.run_real(expire_and_call, connection_id=self.connection_id)
        new = self.run_real(reveal, connection_id=self.connection_id)
        self.secrets |= {f"new {name}": text for name, text in new.items()}
        self.assertTrue(all(len(text) > 8 for text in self.secrets.values()))

    def assert_holds_none(self, text, where):
        found = [name for name, secret in self.secrets.items() if secret in text]
        self.assertFalse(found, f"in {where}")

    def test_no_column_of_the_database(self):
        tables = self.sql(
            "SELECT quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        self.assertGreater(len(tables), 200)
        for [table] in tables:
            rows = self.sql(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            self.assert_holds_none(rows[0][0] or "", table)

    def test_ciphertexts_are_what_is_stored(self):
        for [text] in self.sql(
            "SELECT ciphertext FROM mobilepay_secret UNION ALL"
            " SELECT access_ciphertext FROM mobilepay_token UNION ALL"
            " SELECT refresh_ciphertext FROM mobilepay_token"
        ):
            self.assertTrue(text.startswith("gAAAA"), "encrypted by Fernet")

    def test_no_line_of_the_log(self):
        log = self.server.log_file.read_bytes()[self.log_start :].decode()
        self.assertIn("/mobilepay/oidc/callback", log)
        self.assert_holds_none(log, "the server's log")
        self.assert_holds_none(self.worker.log(), "the worker's log")

    def test_no_page(self):
        self.assert_holds_none(self.page.text + self.page.url, "the last page")

    def test_not_by_reading_or_exporting(self):
        model, ids = "mobilepay.connection", [self.connection_id]
        fields = list(self.office.call(model, "fields_get"))
        answers = {
            "read": self.office.call(model, "read", ids),
            "export": self.run_real(export, connection_id=self.connection_id),
            "web_read": self.office.call(
                model, "web_read", ids, specification={name: {} for name in fields}
            ),
            "default_get": self.office.call(model, "default_get", fields),
        }
        for how, answer in answers.items():
            self.assert_holds_none(json.dumps(answer), how)
        self.assertNotIn("callback_path", fields)

    def test_not_by_saving(self):
        self.office.call(
            "mobilepay.connection", "action_disconnect", [self.connection_id]
        )
        [saved] = self.office.call(
            "mobilepay.connection",
            "web_save",
            [self.connection_id],
            {"gateway_secret": "typed-just-now"},
            specification={"gateway_secret": {}, "has_gateway_secret": {}},
        )
        self.assertNotIn("typed-just-now", json.dumps(saved))
        self.assertTrue(saved["has_gateway_secret"])

    def test_not_by_copying(self):
        held = self.run_real(copy_of, connection_id=self.connection_id)
        nothing = dict.fromkeys(PURPOSES, "")
        self.assertEqual(held, {**nothing, "path": False, "state": "not_connected"})

    def test_not_in_the_words_after_a_loss(self):
        self.control(f"merchants/{MERCHANT_VAT}/revoke")
        try:
            self.office.call(
                "mobilepay.connection", "action_test_connection", [self.connection_id]
            )
        except Exception as error:
            self.assert_holds_none(str(error), "the error")
        self.assertEqual(self.state(), "consent_lost")
        self.test_no_column_of_the_database()
        self.test_no_line_of_the_log()
