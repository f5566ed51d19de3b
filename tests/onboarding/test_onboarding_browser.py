"""The guided set-up in a real browser: real Odoo, real simulator, one accountant."""

import os
import time
from contextlib import ExitStack

from play.browser import Browser
from play.setup_walk import SetupWalk
from play.stage import set_stage
from playwright.sync_api import expect

from odoo.tests import BaseCase, tagged

from ..common import ANNA, UNKNOWN_PHONE, SimulatorMixin
from ..whole.test_browser_main_job import TEMPLATE

#: seconds that a company may need from nothing to its test, those of MobilePay's
#: support aside
LONGEST = 180


@tagged("post_install", "-at_install")
class TestOnboardingBrowser(SimulatorMixin, BaseCase):
    """Never skipped: without Chromium or the servers it fails."""

    starts_processes = True

    def setUp(self):
        super().setUp()
        stack = ExitStack()
        self.addCleanup(stack.close)
        template = os.environ[TEMPLATE]
        name = f"{template.removesuffix('_template')}_onboarding"
        self.stage = set_stage(stack, name, source=template)
        self.browser = stack.enter_context(Browser())
        self.walk = SetupWalk(self.stage, self.browser.person())
        self.walk.log_in()

    def connection(self):
        return self.stage.office.read_one("mobilepay.connection", [], [])

    def test_from_nothing_to_a_test_on_the_phone(self):
        walk = self.walk
        began = time.monotonic()
        walk.desk.open("/odoo/accounting")
        walk.press_on_card("Set up MobilePay", "Ask MobilePay for access")
        walk.open_setup()
        walk.ask()
        walk.enter_credentials()
        walk.connect()
        walk.check_books()
        walk.choose_payers()
        walk.send_test(ANNA)
        self.assertLess(time.monotonic() - began, LONGEST)
        self.assertEqual(self.connection()["onboarding_step"], "done")
        self.assert_it_works()
        walk.cancel_test()
        walk.desk.open("/odoo/accounting")
        expect(walk.card("MobilePay")).to_have_count(1)
        expect(walk.page.get_by_text("up MobilePay")).to_have_count(0)
        self.assertEqual(self.browser.complaints(self.stage.url), [])

    def assert_it_works(self):
        """MobilePay answers, and the test stands in its payer's app."""
        connection = self.connection()
        told = self.stage.office.call(
            "mobilepay.connection", "action_test_connection", [connection["id"]]
        )
        self.assertEqual(told["params"]["type"], "success")
        [sent] = self.stage.office.call("mobilepay.invoice", "search_read", [])
        self.assertEqual((sent["state"], sent["amount"]), ("created", 1.0))
        self.assertEqual(sent["move_id"][0], connection["onboarding_move_id"][0])
        self.assertIn(sent["mobilepay_id"], str(self.stage.inspect()))

    def test_interrupted_and_wrong_everywhere(self):
        """Each step is closed and opened again, and says what was wrong."""
        walk = self.walk
        walk.open_setup()
        walk.ask(base_url="http://odoo.example.com")
        expect(walk.problem).to_contain_text("https:// addresses only")
        walk.open_setup()
        expect(walk.problem).to_contain_text("https:// addresses only")
        walk.desk.fill(base_url=self.stage.url)
        walk.press_on("I have sent it", "Enter the credentials")
        self.reopen("Enter the credentials")
        walk.desk.press("Save and continue")
        dialog = walk.page.get_by_role("dialog")
        expect(dialog).to_contain_text("Still missing: OpenID Client ID")
        walk.desk.click(dialog.get_by_role("button", name="Close").last)
        expect(walk.finished).to_have_text("1. Ask MobilePay")
        walk.enter_credentials(client_id="nobody")
        walk.press_connect()
        expect(walk.page.locator("body")).to_contain_text("client does not exist")
        self.reopen("Connect")
        expect(walk.problem).to_contain_text("correct the OpenID client ID in step 2")
        walk.look_at("2. Credentials")
        walk.enter_credentials()
        walk.press_connect()
        walk.page.get_by_role("button", name="Refuse").click()
        walk.come_back()
        expect(walk.problem).to_contain_text("Consent was refused")
        walk.connect()
        self.reopen("Check issuer, journals and accounts")
        walk.check_books()
        self.reopen("Choose how payers meet MobilePay")
        walk.choose_payers()
        self.reopen("Send a test to your own phone")
        walk.desk.fill(onboarding_phone=UNKNOWN_PHONE)
        walk.desk.press("Send the test")
        expect(walk.problem).to_contain_text("MobilePay refused the test")
        self.reopen("Send a test to your own phone")
        expect(walk.problem).to_contain_text("MobilePay refused the test")
        walk.send_test(ANNA)
        self.assertEqual(self.browser.complaints(self.stage.url), [])

    def reopen(self, title):
        """Go away and come back: there it goes on."""
        self.walk.desk.open("/odoo/customer-invoices")
        self.walk.open_setup()
        self.walk.wait_for_step(title)
