"""Connecting from the set-up: the browser comes back there, whatever the outcome."""

from urllib.parse import urlsplit

from odoo.tests import tagged

from ..oidc_case import OidcCase


@tagged("post_install", "-at_install")
class TestOnboardingOidc(OidcCase):
    def press_connect(self, office=None):
        action = (office or self.office).call(
            "mobilepay.connection", "action_onboarding_connect", [self.connection_id]
        )
        return action["url"]

    def assert_back_in_setup(self, page):
        self.assertEqual(page.status_code, 200)
        self.assertEqual(
            urlsplit(page.url).path,
            f"/odoo/accounting/mobilepay-setup/{self.connection_id}",
        )

    def told(self):
        """Return step and problem, as the page asks for them."""
        names = ["onboarding_step", "onboarding_connect_problem"]
        [row] = self.office.call(
            "mobilepay.connection", "read", [self.connection_id], names
        )
        return row["onboarding_step"], row["onboarding_connect_problem"] or ""

    def test_given_access(self):
        page = self.arrive(self.bring(self.answered()))
        self.assert_back_in_setup(page)
        self.assertEqual(self.state(), "connected")
        self.assertEqual(self.told(), ("books", ""))

    def test_refused(self):
        page = self.arrive(self.bring(self.answered(decision="refuse")))
        self.assert_back_in_setup(page)
        step, problem = self.told()
        self.assertEqual((step, self.state()), ("connect", "not_connected"))
        self.assertIn("Consent was refused at MobilePay", problem)
        # the next login begins anew
        self.press_connect()
        self.assertNotIn("Consent was refused", self.told()[1])

    def test_wrong_secret(self):
        self.change(client_secret="of another")
        page = self.arrive(self.bring(self.answered()))
        self.assert_back_in_setup(page)
        step, problem = self.told()
        self.assertEqual(step, "connect")
        self.assertIn("Check the OpenID client ID and secret", problem)
        self.assertNotIn("of another", problem)

    def test_wrong_gateway(self):
        self.change(gateway_client_id="of another")
        self.arrive(self.bring(self.answered()))
        self.assertEqual(self.state(), "not_connected")
        self.assertIn("gateway", self.told()[1].lower())

    def test_brought_by_another_person(self):
        """What Carl's browser brings of Bodil's login is told to Carl alone."""
        # protects: onboarding/mobilepay_login.py _tell_in_onboarding
        page = self.arrive(
            self.bring(self.answered(decision="refuse")), self.log_in("carl")
        )
        self.assertIn("Another user started", self.refusal(page))
        [[kept]] = self.sql("SELECT onboarding_refusal FROM mobilepay_connection")
        self.assertIsNone(kept)

    def test_brought_twice(self):
        parked = self.bring(self.answered())
        self.arrive(parked)
        page = self.arrive(parked)
        self.assert_back_in_setup(page)
        self.assertEqual(self.told(), ("books", ""))
