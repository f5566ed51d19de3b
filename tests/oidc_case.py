"""A real Odoo, the simulator, and people who connect them in their browsers."""

import html
import re
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit

import requests

from .common import MERCHANT_VAT, simulator
from .interceptor import Interceptor
from .real import RealDatabaseCase

# isort: split
from play.office import Office, OfficeError, read_form

PASSWORD = "sommerfugl"
ROLES = {
    "bodil": "account.group_account_manager",
    "carl": "account.group_account_manager",
    "dan": "account.group_account_invoice",
}


def make_people(env):
    """Make two who may connect, and one who may not."""
    for login, group in ROLES.items():
        env["res.users"].create(
            {
                "name": login.title(),
                "login": login,
                "password": PASSWORD,
                "group_ids": [(6, 0, env.ref(group).ids)],
            }
        )


def make_connection(env, values):
    """Make the company's connection; return its id."""
    return env["mobilepay.connection"].create(values).id


def change(env, connection_id, values):
    """Change the connection as an administrator does."""
    env["mobilepay.connection"].browse(connection_id).write(values)


class OidcCase(RealDatabaseCase):
    """A connection that nobody has connected yet, and Bodil, who is logged in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        [made] = cls.worker.run(make_people, [{}])
        if made.error:
            raise RuntimeError(made.message)
        cls.server = cls.serve()
        cls.office = cls.log_in("bodil")

    @classmethod
    def log_in(cls, login, password=PASSWORD):
        """Return a browser in which this person is logged in."""
        office = Office(cls.server.url, cls.database)
        office.log_in(login, password)
        return office

    def prepare(self):
        for table in ("mail_activity", "mobilepay_invoice", "mobilepay_connection"):
            self.sql(f"DELETE FROM {table}")
        self.redirect_uri = f"{self.server.url}/mobilepay/oidc/callback"
        self.register(self.redirect_uri)
        self.connection_id = self.run_real(
            make_connection, values=self.connection_values(base_url=self.server.url)
        )

    def register(self, redirect_uri):
        """Have MobilePay's support register a redirect URI."""
        self.control("clients/demo-client/redirect-uris", redirect_uri=redirect_uri)

    def change(self, **values):
        self.run_real(change, connection_id=self.connection_id, values=values)

    def meddle(self):
        """Put a interceptor between Odoo and the simulator, for this test."""
        between = Interceptor(simulator().url)
        self.enterContext(between)
        values = self.connection_values()
        self.change(
            **{
                name: values[name].replace(simulator().url, between.url)
                for name in ("custom_discovery_url", "custom_api_base")
            }
        )
        return between

    # ------------------------------------------------------------------ the flow

    def press_connect(self, office=None):
        """Press Connect; return MobilePay's page that the browser goes to."""
        action = (office or self.office).call(
            "mobilepay.connection", "action_connect", [self.connection_id]
        )
        return action["url"]

    def consent(self, url, decision="grant", mode="form_post"):
        """Decide on MobilePay's page; return where the answer goes, and the answer."""
        parts = urlsplit(url)
        query = {name: held[0] for name, held in parse_qs(parts.query).items()}
        query["response_mode"] = mode
        page = requests.post(
            urlunsplit(parts._replace(query=urlencode(query))),
            {"username": "merchant", "decision": decision},
            allow_redirects=False,
            timeout=30,
        )
        if mode == "form_post":
            return read_form(page.text)
        address, _hash, fragment = page.headers["Location"].partition("#")
        return address, {name: held[0] for name, held in parse_qs(fragment).items()}

    def bring(self, answer, cookies=None):
        """Carry the answer back as a browser does: cross-site, without cookies."""
        return requests.post(
            self.redirect_uri,
            answer,
            cookies=cookies,
            allow_redirects=False,
            timeout=30,
        )

    def arrive(self, parked, office=None):
        """Follow the redirect in the own browser; return the page it ends on."""
        url = urljoin(self.server.url, parked.headers["Location"])
        return (office or self.office).session.get(url, timeout=60)

    def answered(self, **choices):
        """Press Connect and decide; return the answer that the browser carries."""
        _address, answer = self.consent(self.press_connect(), **choices)
        return answer

    def refusal(self, page):
        """Return what the page says to somebody who is not connected."""
        self.assertEqual(page.status_code, 200)
        box = re.search(
            r"o_mobilepay_refused.*?<p[^>]*>(.*?)</p>", page.text, re.DOTALL
        )
        self.assertTrue(box, f"not refused: {page.url}")
        return html.unescape(box[1])

    # ----------------------------------------------------------------- the state

    def state(self):
        return self.sql("SELECT state FROM mobilepay_connection")[0][0]

    def snapshot(self):
        """Return all that a failed login must leave as it was."""
        return {
            "connection": self.sql(
                "SELECT state, merchant_id, connected_on, connected_by_id, issuer_id,"
                " journal_id, callback_registered_on, callback_path, active"
                " FROM mobilepay_connection"
            ),
            "tokens": self.sql("SELECT * FROM mobilepay_token"),
            "secrets": self.sql(
                "SELECT purpose, ciphertext FROM mobilepay_secret"
                " WHERE purpose <> 'callback_next' ORDER BY purpose"
            ),
            "issuers": self.sql("SELECT * FROM mobilepay_issuer ORDER BY id"),
            "activities": self.sql("SELECT * FROM mail_activity ORDER BY id"),
            "journals": self.sql("SELECT id, code FROM account_journal ORDER BY id"),
            "messages": self.sql(
                "SELECT id FROM mail_message WHERE model = 'mobilepay.connection'"
                " ORDER BY id"
            ),
        }


class FailureCase(OidcCase):
    """Each failure changes nothing and says what to do."""

    def setUp(self):
        super().setUp()
        self.before = self.snapshot()

    def change(self, **values):
        result = super().change(**values)
        self.before = self.snapshot()
        return result

    def assert_refused(self, page, *words):
        told = self.refusal(page)
        for each in words:
            self.assertRegex(told, each)
        for secret in ("demo-secret", "demo-ibm-secret", "eyJ"):
            self.assertNotIn(secret, told)
        self.assertEqual(self.snapshot(), self.before)

    def assert_not_started(self, *words):
        """Press Connect in vain."""
        with self.assertRaises(OfficeError) as caught:
            self.press_connect()
        for each in words:
            self.assertRegex(str(caught.exception), each)
        self.assertFalse(self.sql("SELECT 1 FROM mobilepay_login"))
        self.assertEqual(self.snapshot(), self.before)

    def finish(self, **changes):
        """Go the whole way with a changed answer; return the last page."""
        return self.arrive(self.bring({**self.answered(), **changes}))

    def disable_issuers(self):
        [merchant] = [
            row for row in self.control("merchants") if row["vat"] == MERCHANT_VAT
        ]
        for issuer in merchant["issuers"]:
            path = f"merchants/{MERCHANT_VAT}/issuers/{issuer['id']}"
            self.control(path, status="disabled")
