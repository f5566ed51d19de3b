"""A dump of the database and a log at debug level hold no secret."""

import re

from odoo.tests import tagged

from ..common import ANNA
from ..secret_life import SecretLifeCase
from .test_key import SEALED

# isort: split
from play.leaks import leaks

from stack import Databases

#: where a record of Odoo's log begins
RECORD = re.compile(rb"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} )", re.M)
KINDS = {
    "access token",
    "refresh token",
    "ID token",
    "authorization code",
    "code verifier",
    "nonce",
    "client secret",
    "gateway secret",
    "callback secret",
    "reporting key",
}


@tagged("post_install", "-at_install")
class TestSecretsAtRest(SecretLifeCase):
    def dump(self):
        return Databases.from_environment().postgres.dump(self.database)

    def test_life_has_every_kind_of_secret(self):
        """Else the other tests would look for nothing."""
        found = self.lived
        self.assertEqual(set(found), KINDS)
        # renewed once, registered twice, asked for three times
        self.assertEqual(len(found["access token"]), 2)
        self.assertEqual(len(found["refresh token"]), 2)
        self.assertEqual(len(found["callback secret"]), 2)
        self.assertEqual(len(found["nonce"]), 3)
        self.assertEqual(len(found["authorization code"]), 2)
        requests = self.sql("SELECT phone FROM mobilepay_invoice")
        self.assertEqual(requests, [(ANNA,)] * 2)

    def test_a_dump_holds_none(self):
        # tools/vault.py: encrypt / return
        dump = self.dump()
        self.assertIn(b"COPY public.mobilepay_secret", dump)
        self.assert_holds_none(dump, "pg_dump")

    def test_what_is_not_encrypted_is_found_in_a_dump(self):
        """In any form, in any column."""
        kept = self.lived["callback secret"][0]
        for form in (kept, kept.encode().hex(), f"<p>Secret: {kept}</p>"):
            with self.subTest(form):
                [(row_id,)] = self.sql("SELECT max(id) FROM mail_message")
                self.sql(
                    "UPDATE mail_message SET body = %s WHERE id = %s", form, row_id
                )
                self.assertEqual(leaks(self.lived, self.dump()), ["callback secret"])

    def test_every_ciphertext_has_its_column(self):
        """What is encrypted anew when the key changes is all that is encrypted."""
        # models/connection/mobilepay_secret.py: _encrypt_anew
        tables = set()
        table = None
        for line in self.dump().splitlines():
            if started := re.match(rb"COPY public\.(\S+) \(", line):
                table = started[1].decode()
            elif b"gAAAA" in line:
                tables.add(table)
        self.assertEqual(tables, set(SEALED))

    def test_the_log_holds_none(self):
        # tools/log_redaction.py: DiscreetFilter.filter / record.args =
        # mobilepay/transport/transport.py: _log
        log = self.log()
        for part in (b"odoo.service.model: call", b"urllib3", b"odoo.sql_db"):
            self.assertIn(part, log)
        self.assert_holds_none(log, "the server's log")

    def test_the_log_holds_no_phone_number(self):
        # tools/log_redaction.py: FIELDS and OWN_FIELDS
        self.admin.call(
            "res.partner", "create", [{"name": "B", "mobilepay_phone": ANNA}]
        )
        self.admin.call("mobilepay.invoice", "search", [["phone", "=", ANNA]])
        # SQL's parameters are the whole of the database, and off unless asked for
        records = [r for r in RECORD.split(self.log()) if b" odoo.sql_db: " not in r]
        self.assertGreater(len(records), 100)
        self.assertEqual(
            leaks({"phone": [ANNA.removeprefix("+45")]}, b"".join(records)), []
        )

    def test_no_code_in_an_address(self):
        """Werkzeug's access log prints whole addresses."""
        lines = [line for line in self.log().splitlines() if b"/mobilepay/" in line]
        asked = [line for line in lines if re.search(rb'"(GET|POST) ', line)]
        self.assertTrue(asked)
        for line in asked:
            self.assertNotRegex(line, rb"[?&](code|id_token|nonce|token)=")

    def test_the_key_is_its_owners_alone(self):
        # the file of this machine, maybe an old one; test_key.py has a new one made
        file = Databases.from_environment().paths.data / "account_mobilepay.key"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(file.read_bytes().strip(), self.dump())
