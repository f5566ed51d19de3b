"""A real Odoo, and somebody who posts to its callback URL."""

import json
import uuid

import requests

from .common import MERCHANT_VAT
from .real import RealDatabaseCase, connect

DATE = "2026-04-24T07:29:47.7500268+00:00"


def secret(env, connection_id, purpose="callback"):
    """Return what MobilePay was told to show."""
    connection = env["mobilepay.connection"].browse(connection_id)
    return env["mobilepay.secret"]._get(connection, purpose)


def keep_secret(env, connection_id, purpose, text):
    """Keep a secret."""
    connection = env["mobilepay.connection"].browse(connection_id)
    env["mobilepay.secret"]._put(connection, purpose, text)


def disconnect(env, connection_id):
    """Press Disconnect."""
    env["mobilepay.connection"].browse(connection_id).action_disconnect()


def archive(env, connection_id):
    """Archive the connection."""
    env["mobilepay.connection"].browse(connection_id).action_archive()


def news(**changes):
    """Return one element of a delivery."""
    return {
        "InvoiceId": str(uuid.uuid4()),
        "Status": "accepted",
        "Date": DATE,
        "Sequence": 1,
        **changes,
    }


class CallbackCase(RealDatabaseCase):
    """A real Odoo with two worker processes takes in what MobilePay posts."""

    callback_auth = "apikey"
    may_log_errors = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.serve(workers=2)

    def prepare(self):
        self.sql("UPDATE mobilepay_connection SET active = true")
        self.connect()
        self.sql("DELETE FROM mobilepay_event")
        self.sql("DELETE FROM ir_cron_trigger")
        [[path]] = self.sql("SELECT callback_path FROM mobilepay_connection")
        self.path = f"/mobilepay/callback/{path}"
        self.key = self.run_real(secret, connection_id=self.connection_id)
        self.log_start = self.server.log_file.stat().st_size

    def connect(self):
        self.connection_id = self.run_real(
            connect,
            values=self.connection_values(
                base_url=self.server.url, callback_auth=self.callback_auth
            ),
            token=self.control("tokens", merchant_vat=MERCHANT_VAT),
        )

    def tearDown(self):
        # what a stranger sends is no reason for an error in the log
        log = self.server.log_file.read_bytes()[self.log_start :].decode()
        self.assertNotIn("Traceback", log)
        if not self.may_log_errors:
            self.assertNotIn(" ERROR ", log)
        self.assertNotIn(self.key, log)
        super().tearDown()

    def post(self, body, key=None, path=None, **headers):
        """POST as MobilePay does; return the HTTP status."""
        content = body if isinstance(body, (bytes, str)) else json.dumps(body)
        authorization = {"Authorization": self.key if key is None else key}
        return requests.post(
            self.server.url + (path or self.path),
            data=content.encode() if isinstance(content, str) else content,
            headers={"Content-Type": "application/json", **authorization, **headers},
            timeout=60,
        ).status_code

    def stored(self):
        """Return state, invoice and reason of every stored event, oldest first."""
        return self.sql(
            "SELECT state, mobilepay_id, status, reason FROM mobilepay_event"
            " ORDER BY id"
        )

    def triggers(self):
        return self.sql(
            "SELECT count(*) FROM ir_cron_trigger t JOIN ir_model_data d"
            " ON d.model = 'ir.cron' AND d.res_id = t.cron_id"
            " WHERE d.module = 'account_mobilepay' AND d.name = 'cron_process'"
        )[0][0]

    def assert_refused(self, status, expected):
        self.assertEqual(status, expected)
        self.assertFalse(self.stored())
        self.assertFalse(self.triggers())
