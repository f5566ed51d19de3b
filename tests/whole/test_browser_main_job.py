"""The main job in a real browser: real Odoo, real simulator, two tabs."""

import os
from contextlib import ExitStack

from play.browser import Browser
from play.stage import set_stage
from play.walk import Walk
from playwright.sync_api import expect

from odoo.tests import BaseCase, tagged

from ..common import ANNA, BO, SimulatorMixin

TEMPLATE = "ACCOUNT_MOBILEPAY_TEMPLATE_DB"


@tagged("post_install", "-at_install")
class TestBrowserMainJob(SimulatorMixin, BaseCase):
    """Never skipped: without Chromium or the servers it fails."""

    starts_processes = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        template = os.environ[TEMPLATE]
        name = f"{template.removesuffix('_template')}_browser"
        cls.stage = set_stage(stack, name, source=template)

    def setUp(self):
        super().setUp()
        stack = ExitStack()
        self.addCleanup(stack.close)
        self.browser = stack.enter_context(Browser())
        self.walk = Walk(self.stage, self.browser.person())

    def test_connect_send_pay_and_see_it_paid(self):
        self.walk.log_in()
        self.connect()
        self.send_direct_and_be_paid()
        self.send_link_and_be_paid()
        self.assertEqual(self.browser.complaints(self.stage.url), [])

    # --------------------------------------------------------------------- steps

    def connect(self):
        walk, field = self.walk, self.walk.desk.field
        walk.fill_in_connection()
        expect(field("redirect_uri")).to_contain_text(
            f"{self.stage.url}/mobilepay/oidc/callback"
        )
        walk.press_connect()
        self.refuse_and_come_back()
        walk.press_connect()
        self.let_session_grow_old()
        walk.give_access()
        status = walk.page.get_by_role("status").filter(has_text="Connected as")
        expect(status).to_contain_text("DK12345678")
        expect(field("issuer_id").locator("input")).to_have_value(
            "Havnens Cykler ApS (Instant)"
        )
        expect(field("journal_id").locator("input")).to_have_value("MobilePay")
        expect(walk.page.get_by_text("demo-secret")).to_have_count(0)

    def refuse_and_come_back(self):
        """A refusal at MobilePay is said, and connects nothing."""
        page = self.walk.page
        page.get_by_role("button", name="Refuse").click()
        expect(page.get_by_role("alert")).to_contain_text("MobilePay is not connected")
        page.get_by_role("link", name="Back to the connection").click()
        page.get_by_role("cell", name="Not connected").click()
        expect(page.get_by_text("Stored. Type a new one")).to_have_count(2)

    def let_session_grow_old(self):
        """As after two minutes: no foreign POST takes the session along any more."""
        cookies = self.walk.person.cookies(self.stage.url)
        self.walk.person.add_cookies([{**one, "sameSite": "Lax"} for one in cookies])

    def send_direct_and_be_paid(self):
        walk, field = self.walk, self.walk.desk.field
        walk.open_invoice("Anna Holm")
        dialog = walk.press_send_via_mobilepay()
        expect(dialog.get_by_label("Phone Number")).to_have_value("+45 11 11 11 01")
        walk.send(dialog, "Direct, in the payer's app")
        expect(field("mobilepay_state")).to_have_text("Waiting")
        expect(walk.chatter).to_contain_text("It waits in the payer's app.")
        walk.pay_in_app(ANNA).close()
        # as it comes, without a reload
        ribbon = walk.page.locator(".ribbon", has_text="Paid")
        expect(ribbon).to_be_visible(timeout=120_000)
        expect(field("mobilepay_state")).to_have_text("Paid")
        expect(walk.chatter).to_contain_text("posted as PMPAY/")
        self.look_at_request()

    def look_at_request(self):
        """The smart button leads to the request, and that one to the payment."""
        page = self.walk.page
        self.walk.open_request()
        expect(page.get_by_role("row", name="paid")).to_have_count(1)
        self.walk.desk.press_smart("Payment")
        expect(page.locator("[name='amount']:visible")).to_contain_text("995.00")

    def send_link_and_be_paid(self):
        walk, field = self.walk, self.walk.desk.field
        walk.open_invoice("Café Kastellet")
        walk.send(walk.press_send_via_mobilepay(), "Payment link")
        link = field("mobilepay_link_url").inner_text().strip()
        self.assertTrue(link.startswith(f"{self.stage.simulator.url}/pay/"), link)
        phone = walk.pay_by_link(link, BO)
        self.assertIn("/my/invoices/", phone.url)
        walk.wait_until_paid()
        expect(field("mobilepay_state")).to_have_text("Paid")
