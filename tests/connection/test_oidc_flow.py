from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import requests

from odoo.tests import tagged

from ..common import MERCHANT_VAT
from ..interceptor import TOKEN
from ..oidc_case import OidcCase
from ..real import make_invoices

# isort: split
from play.office import OfficeError

TOKEN_CALL = "POST /merchant/connect/token"


def collect_garbage(env):
    """What Odoo's daily clean-up does to logins."""
    env["mobilepay.login"]._gc_attempts()


def take_rights(env, login, group, give=False):
    """Take a person's group away, or give it back."""
    user = env["res.users"].search([("login", "=", login)])
    user.group_ids = [(4 if give else 3, env.ref(group).id)]


def other_company(env):
    """Make another company; return its id."""
    return env["res.company"].create({"name": "Nordlys"}).id


def archive(env, connection_id):
    """Archive the connection."""
    env["mobilepay.connection"].browse(connection_id).action_archive()


def send_one(env):
    """Send one invoice; return its state and the merchant it was sent for."""
    move = env["account.move"].browse(make_invoices(env))
    wizard = env["account.move.send.wizard"].create(
        {"move_id": move.id, "sending_methods": ["mobilepay"]}
    )
    wizard.action_send_and_print()
    return move.mobilepay_invoice_id.state


class Connecting:
    """The way through, and what the browser holds on it."""

    def test_authorization_request(self):
        url = urlsplit(self.press_connect())
        query = {name: held for name, [held] in parse_qs(url.query).items()}
        self.assertEqual(query["response_type"], "code id_token")
        self.assertEqual(query["response_mode"], "form_post")
        self.assertEqual(query["redirect_uri"], self.redirect_uri)
        self.assertEqual(query["merchant_vat"], MERCHANT_VAT)
        self.assertEqual(query["code_challenge_method"], "S256")
        [[key, user, minutes]] = self.sql(
            "SELECT key, login, expires_at - now() AT TIME ZONE 'UTC'"
            " FROM mobilepay_login a JOIN res_users u ON u.id = a.user_id"
        )
        self.assertEqual((key, user), (query["state"], "bodil"))
        self.assertAlmostEqual(minutes / timedelta(minutes=1), 10, delta=1)

    def test_form_post(self):
        parked = self.bring(self.answered())
        self.assertEqual(parked.status_code, 303)
        self.assertFalse(parked.cookies, "a new session would log the user out")
        self.assertEqual(self.state(), "not_connected", "only the user's GET connects")
        page = self.arrive(parked)
        self.assertEqual(
            urlsplit(page.url).path, f"/odoo/mobilepay-connections/{self.connection_id}"
        )
        self.assert_connected()

    def test_fragment(self):
        page = requests.get(self.redirect_uri, timeout=30)
        self.assertIn("location.hash", page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertFalse(page.cookies)
        # what the page's script does; test_oidc_browser.py lets it run
        parked = self.bring(self.answered(mode="fragment"))
        self.arrive(parked)
        self.assert_connected()

    def test_cookie_that_travels_is_left_alone(self):
        before = dict(self.office.session.cookies)
        parked = self.bring(self.answered(), cookies=self.office.session.cookies)
        self.assertFalse(parked.cookies)
        self.arrive(parked)
        self.assertEqual(dict(self.office.session.cookies), before)
        self.assert_connected()

    def assert_connected(self):
        [connection] = self.office.call(
            "mobilepay.connection", "read", [self.connection_id]
        )
        [merchant] = [
            row for row in self.inspect()["merchants"] if row["vat"] == MERCHANT_VAT
        ]
        self.assertEqual(connection["state"], "connected")
        self.assertIn(f"Connected as {MERCHANT_VAT} since ", connection["state_text"])
        self.assertEqual(connection["merchant_id"], merchant["id"])
        self.assertEqual(connection["connected_by_id"][1], "Bodil")
        self.assertEqual(connection["callback_url"], merchant["callback_url"])
        self.assertEqual(len(connection["issuer_ids"]), 3)
        self.assertTrue(connection["issuer_id"] and connection["journal_id"])
        notice = self.office.call(
            "mobilepay.connection", "action_test_connection", [self.connection_id]
        )
        self.assertIn(merchant["id"], notice["params"]["message"])
        self.assertEqual(
            self.sql("SELECT stage, answer, sealed FROM mobilepay_login"),
            [("used", None, None)],
        )

    def test_disconnect_and_connect_again(self):
        self.arrive(self.bring(self.answered()))
        self.office.call(
            "mobilepay.connection", "action_disconnect", [self.connection_id]
        )
        self.assertEqual(self.state(), "not_connected")
        self.assertFalse(self.sql("SELECT 1 FROM mobilepay_token"))
        self.arrive(self.bring(self.answered()))
        self.assertEqual(self.state(), "connected")


class Login:
    """Whose answer it is, how often, and for how long."""

    def setUp(self):
        super().setUp()
        self.before = self.snapshot()

    def assert_refused(self, page, words):
        self.assertRegex(self.refusal(page), words)
        self.assertEqual(self.snapshot(), self.before)

    def test_unknown_states(self):
        for answer in (
            {},
            {"state": ""},
            {"state": "unknown"},
            {"state": "a\0b"},
            {"state": "x" * 5000},
            {**self.answered(), "state": "unknown"},
        ):
            with self.subTest(answer.get("state", "")[:9]):
                page = self.arrive(self.bring(answer))
                self.assert_refused(page, "not asked for. Press Connect once more")

    def test_endless_answer(self):
        answer = {**self.answered(), "more": "x" * 100_000}
        self.assertEqual(self.bring(answer).status_code, 413)
        self.assertEqual(self.snapshot(), self.before)

    def test_expired_while_at_mobilepay(self):
        answer = self.answered()
        self.sql("UPDATE mobilepay_login SET expires_at = now() - interval '1 day'")
        page = self.arrive(self.bring(answer))
        self.assert_refused(page, "longer than ten minutes. Press Connect once more")
        self.assertEqual(self.sql("SELECT answer FROM mobilepay_login"), [(None,)])

    def test_expired_while_parked(self):
        parked = self.bring(self.answered())
        self.sql("UPDATE mobilepay_login SET expires_at = now() - interval '1 day'")
        self.assert_refused(self.arrive(parked), "longer than ten minutes")

    def test_nothing_was_answered_yet(self):
        state = parse_qs(urlsplit(self.press_connect()).query)["state"][0]
        page = self.office.session.get(
            f"{self.server.url}/mobilepay/oidc/finish", params={"state": state}
        )
        self.assert_refused(page, "has not answered. Press Connect once more")

    def test_login_that_never_returns(self):
        self.press_connect()
        self.run_real(collect_garbage)
        self.assertEqual(len(self.sql("SELECT 1 FROM mobilepay_login")), 1)
        self.sql("UPDATE mobilepay_login SET expires_at = now() - interval '2 days'")
        self.run_real(collect_garbage)
        self.assertFalse(self.sql("SELECT 1 FROM mobilepay_login"))
        self.assertEqual(self.snapshot(), self.before)

    def test_another_user(self):
        parked = self.bring(self.answered())
        carl = self.log_in("carl")
        page = self.arrive(parked, carl)
        self.assert_refused(page, "Another user started.*Press Connect yourself")
        # the answer is still good for the one who asked for it
        self.arrive(parked)
        self.assertEqual(self.state(), "connected")

    def test_user_who_is_not_logged_in(self):
        page = requests.get(
            self.server.url + self.bring(self.answered()).headers["Location"],
            allow_redirects=False,
            timeout=30,
        )
        self.assertEqual(page.status_code, 303)
        self.assertEqual(urlsplit(page.headers["Location"]).path, "/web/login")
        self.assertEqual(self.snapshot(), self.before)

    def test_user_who_lost_the_right_to_connect(self):
        parked = self.bring(self.answered())
        change = {"login": "bodil", "group": "account.group_account_manager"}
        self.run_real(take_rights, **change)
        try:
            page = self.arrive(parked)
        finally:
            self.run_real(take_rights, **change, give=True)
        self.assert_refused(page, "may not connect.*administrator")

    def test_clerk_cannot_start(self):
        with self.assertRaises(OfficeError):
            self.press_connect(self.log_in("dan"))
        self.assertFalse(self.sql("SELECT 1 FROM mobilepay_login"))

    def test_connection_moved_to_another_company(self):
        parked = self.bring(self.answered())
        company_id = self.run_real(other_company)
        self.sql("UPDATE mobilepay_login SET company_id = %s", company_id)
        self.assert_refused(self.arrive(parked), "may not connect this company")

    def test_archived_meanwhile(self):
        parked = self.bring(self.answered())
        self.run_real(archive, connection_id=self.connection_id)
        self.before = self.snapshot()
        self.assert_refused(self.arrive(parked), "connected or archived")

    def test_reused_answer(self):
        answer = self.answered()
        self.arrive(self.bring(answer))
        self.before = self.snapshot()
        self.assertEqual(self.before["connection"][0][0], "connected")
        page = self.arrive(self.bring(answer))
        self.assert_refused(page, "used already. Press Connect once more")
        self.assertEqual(self.inspect()["requests"][TOKEN_CALL], 1)

    def test_reused_after_a_refusal(self):
        state = self.answered(decision="refuse")["state"]
        self.arrive(self.bring({"state": state, "error": "access_denied"}))
        answer = {**self.answered(), "state": state}
        self.assert_refused(self.arrive(self.bring(answer)), "used already")

    def test_first_answer_counts(self):
        answer = self.answered()
        forged = {"state": answer["state"], "error": "access_denied"}
        parked = self.bring(answer)
        self.bring(forged)
        self.arrive(parked)
        self.assertEqual(self.state(), "connected")

    def test_second_login_after_the_first_connected(self):
        first, second = self.answered(), self.answered()
        self.arrive(self.bring(first))
        self.before = self.snapshot()
        self.assert_refused(self.arrive(self.bring(second)), "not needed any more")

    def test_pressed_again_while_connected(self):
        self.arrive(self.bring(self.answered()))
        with self.assertRaisesRegex(OfficeError, "connected already"):
            self.press_connect()

    def test_two_tabs_finish_at_once(self):
        parked = self.bring(self.answered())
        self.control("settings", latency_seconds=0.3)
        with ThreadPoolExecutor(2) as pool:
            pages = list(pool.map(self.arrive, [parked, parked]))
        refused = [page for page in pages if "o_mobilepay_refused" in page.text]
        self.assertEqual(len(refused), 1)
        self.assertRegex(self.refusal(refused[0]), "used already|being used already")
        self.assertEqual(self.state(), "connected")
        self.assertEqual(self.inspect()["requests"][TOKEN_CALL], 1)
        self.assertEqual(len(self.sql("SELECT 1 FROM mobilepay_token")), 1)

    def test_odoo_begins_the_request_again(self):
        # somebody else writes the connection while we are at MobilePay
        def write_meanwhile(status, data):
            self.sql("UPDATE mobilepay_connection SET max_per_day = max_per_day + 1")
            return status, data

        self.meddle().change(TOKEN, write_meanwhile)
        self.before = self.snapshot()
        page = self.arrive(self.bring(self.answered()))
        # the code was not shown to MobilePay twice, which would end the consent
        self.assert_refused(page, "used already. Press Connect once more")
        self.assertEqual(self.inspect()["requests"][TOKEN_CALL], 1)

    def test_other_merchant_than_the_one_invoices_were_sent_for(self):
        self.arrive(self.bring(self.answered()))
        self.run_real(send_one)
        self.office.call(
            "mobilepay.connection", "action_disconnect", [self.connection_id]
        )
        self.control("merchants", vat="DK22334455", name="Another")
        self.control("merchants/DK22334455/issuers", name="Daily", status="enabled")
        self.change(merchant_vat="DK22334455")
        self.before = self.snapshot()
        page = self.arrive(self.bring(self.answered()))
        self.assert_refused(page, "another merchant.*choose the same merchant")


@tagged("post_install", "-at_install")
class TestOidcFlow(Connecting, Login, OidcCase):
    pass
