"""The way through MobilePay in a real browser, which holds its own cookies."""

import re
from urllib.parse import urlencode

from odoo.tests import tagged

from ..oidc_case import PASSWORD, OidcCase

# isort: split
from play.browser import Browser


@tagged("post_install", "-at_install")
class TestOidcBrowser(OidcCase):
    """Odoo is ``localhost`` and MobilePay ``127.0.0.1``: another site to a browser."""

    def prepare(self):
        result = super().prepare()
        self.home = self.server.url.replace("127.0.0.1", "localhost")
        self.redirect_uri = f"{self.home}/mobilepay/oidc/callback"
        self.register(self.redirect_uri)
        self.change(base_url=self.home)
        browser = self.enterContext(Browser())
        self.person = browser.person()
        self.page = self.person.new_page()
        self.page.goto(f"{self.home}/web/login?redirect=/web/health")
        self.page.fill("input[name=login]", "bodil")
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("form button[type=submit]")
        self.page.wait_for_url("**/web/health")
        return result

    def session(self):
        [cookie] = [
            cookie
            for cookie in self.person.cookies(self.home)
            if cookie["name"] == "session_id"
        ]
        return cookie["value"]

    def decide(self, decision):
        """Go to MobilePay and press the button there."""
        self.page.goto(self.press_connect())
        self.page.fill("#username", "merchant")
        self.page.click(f"button[value={decision}]")

    def wait_until_connected(self):
        self.page.wait_for_url(re.compile("/odoo/mobilepay-connections/"))
        self.assertEqual(self.state(), "connected")

    def test_form_post(self):
        before = self.session()
        self.decide("grant")
        self.wait_until_connected()
        self.assertEqual(self.session(), before, "still the same log-in")

    def test_refusal(self):
        self.decide("refuse")
        self.page.wait_for_selector(".o_mobilepay_refused")
        self.assertIn("Consent was refused", self.page.inner_text("body"))
        self.assertEqual(self.state(), "not_connected")

    def test_fragment(self):
        before = self.session()
        answer = self.answered(mode="fragment")
        self.page.goto(f"{self.redirect_uri}#{urlencode(answer)}")
        self.wait_until_connected()
        self.assertEqual(self.session(), before)

    def test_error_in_the_query(self):
        state = self.answered()["state"]
        query = urlencode({"state": state, "error": "access_denied"})
        self.page.goto(f"{self.redirect_uri}?{query}")
        self.page.wait_for_selector(".o_mobilepay_refused")
        self.assertIn("Consent was refused", self.page.inner_text("body"))

    def test_fragment_leaves_no_code_in_the_history(self):
        answer = self.answered(mode="fragment")
        self.page.goto(f"{self.redirect_uri}#{urlencode(answer)}")
        self.wait_until_connected()
        self.page.route("**/mobilepay/oidc/**", lambda route: route.fulfill(body="-"))
        self.page.go_back()
        self.assertNotIn(answer["code"], self.page.url)
