"""What each step of the guided set-up says is wrong, and what to do."""

import base64
import io

from PIL import Image

from odoo.tests import Form, tagged

from ..common import simulator
from .test_onboarding import SETUP, OnboardingCase


def picture(color):
    """Return a small PNG, base64 as Odoo keeps it."""
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(stream, format="PNG")
    return base64.b64encode(stream.getvalue())


@tagged("post_install", "-at_install")
class TestOnboardingProblems(OnboardingCase):
    """Each step says in its place what is wrong, and what to do."""

    # ------------------------------------------------------------------- 1. ask

    def test_no_https(self):
        connection = self.begin(base_url="http://odoo.example.com")
        connection.action_onboarding_asked()
        self.assertEqual(self.step(connection), "ask")
        told = self.text("onboarding_address_problem", connection)
        self.assertIn("http://odoo.example.com", told)
        self.assertIn("Let an administrator enter the right one below", told)
        connection.base_url = "https://odoo.example.com"
        self.assertFalse(self.text("onboarding_address_problem", connection))
        self.assertEqual(self.step(connection), "credentials")

    def test_loopback(self):
        connection = self.begin(base_url="http://localhost:8069")
        warning = "onboarding_address_warning"
        self.assertFalse(self.text(warning, connection), "the simulator is here, too")
        connection.environment = "sandbox_dk"
        self.assertIn("reports do not arrive", self.text(warning, connection))
        connection.environment = "production_dk"
        self.assertIn("public https:// address below", self.text(warning, connection))
        self.assertFalse(self.text("onboarding_address_problem", connection))

    def test_the_letter_has_what_mobilepay_registers(self):
        letter = self.connection.onboarding_letter
        self.assertIn(f"Redirect URI: {self.connection.redirect_uri}\n", letter)
        self.assertIn("VAT number: DK12345678\n", letter)
        self.assertIn("offline_access", letter)
        # the address of the callback is half a secret
        self.assertNotIn(self.connection.sudo().callback_path, letter)
        self.connection.action_disconnect()
        self.connection.environment = "production_fi"
        self.assertIn("Production, Finland", self.text("onboarding_letter"))
        portal = self.text("onboarding_portal_url")
        self.assertEqual(portal, "https://admin.mobilepay.fi")

    # ----------------------------------------------------------- 2. credentials

    def test_what_is_missing(self):
        connection = self.begin()
        problem = "onboarding_credentials_problem"
        self.assertFalse(self.text(problem, connection), "nothing was typed yet")
        connection.client_id = "demo-client"
        told = self.text(problem, connection)
        self.assertIn("OpenID Client Secret, Gateway Client ID", told)
        self.assertNotIn("OpenID Client ID", told)

    def test_a_vat_number_of_nobody(self):
        connection = self.begin(merchant_vat="DK123", **self.credentials())
        self.assertEqual(self.step(connection), "credentials")
        told = self.text("onboarding_credentials_problem", connection)
        self.assertIn("A merchant in Denmark has a VAT number of DK and eight", told)

    # --------------------------------------------------------------- 3. connect

    def connect_problem(self, connection):
        """Press Connect in vain; return what the step says."""
        self.assertIs(connection.action_onboarding_connect(), True)
        self.assertFalse(
            self.env["mobilepay.login"].sudo().search([]), "nobody went there"
        )
        return self.text("onboarding_connect_problem", connection)

    def test_no_chart_of_accounts(self):
        company = self.env["res.company"].create({"name": "Nyhavn"})
        connection = self.env["mobilepay.connection"].create(
            self.connection_values(company_id=company.id)
        )
        told = self.connect_problem(connection)
        self.assertIn("Nyhavn has no chart of accounts", told)
        self.assertIn("Fiscal Localization", told)

    def test_no_sales_journal(self):
        connection = self.begin(**self.credentials())
        journals = self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "sale")]
        )
        journals.active = False
        self.assertIn("no sales journal", self.connect_problem(connection))

    def test_nobody_answers(self):
        connection = self.begin(**self.credentials())
        connection.custom_discovery_url = f"{simulator().url}/nothing/here"
        connection.write(self.credentials())
        told = self.connect_problem(connection)
        self.assertIn("Check the OpenID discovery URL", told)
        self.assertEqual(self.step(connection), "connect")
        connection.custom_discovery_url = self.connection.custom_discovery_url
        connection.write(self.credentials())
        action = connection.action_onboarding_connect()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertNotIn(
            "discovery", self.text("onboarding_connect_problem", connection)
        )

    def test_missing_credentials(self):
        connection = self.begin()
        self.assertIn("Fill in first: OpenID", self.connect_problem(connection))

    def test_who_did_not_come_back(self):
        """A client that MobilePay does not know ends on its own page."""
        connection = self.begin(**self.credentials())
        connection.client_id = "nobody"
        self.assertTrue(connection.action_onboarding_connect()["url"])
        told = self.text("onboarding_connect_problem", connection)
        self.assertIn("correct the OpenID client ID in step 2", told)
        self.assertIn(connection.redirect_uri, told)
        self.connect(connection)
        self.assertFalse(self.text("onboarding_connect_problem", connection))

    # ----------------------------------------------------------------- 4. books

    def test_what_the_books_lack(self):
        connection = self.as_far_as_test()
        problem = "onboarding_books_problem"
        self.assertFalse(self.text(problem))
        for values, words in (
            ({"issuer_id": False}, "Choose an issuer"),
            ({"clearing_account_id": False}, "that has an outstanding account"),
            ({"service_fee_account_id": False}, "Choose the account “Service Fees”"),
            ({"other_account_id": False}, "Choose the account “To Be Explained”"),
        ):
            before = {name: connection[name].id for name in values}
            with self.subTest(**values):
                connection.write(values)
                self.assertIn(words, self.text(problem))
                self.assertEqual(self.step(), "books")
            connection.write(before)
        connection.transit_account_id.reconcile = False
        self.assertIn("must allow reconciliation", self.text(problem))

    def test_no_bank_journal_is_a_hint(self):
        self.as_far_as_test().bank_journal_ids = False
        self.assertIn("No bank journal is chosen", self.text("onboarding_books_hint"))
        self.assertEqual(self.step(), "test")

    def test_accounts_are_those_of_the_journal(self):
        account = self.env["account.account"].create(
            {
                "name": "MobilePay owes us",
                "code": "199902",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        self.connection.clearing_account_id = account
        lines = self.connection._method_lines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines.payment_account_id, account)
        self.connection.transit_account_id = account
        self.assertEqual(self.connection.journal_id.default_account_id, account)

    # ---------------------------------------------------------------- 5. payers

    def test_preview_follows_what_is_chosen(self):
        with Form(self.connection, view=SETUP) as form:
            form.onboarding_step = "payers"
            self.assertIn("Scan and pay with MobilePay", form.onboarding_preview)
            self.assertNotIn("Not shown there", form.onboarding_preview)
            form.pay_text = "Swipe & pay"
            self.assertIn("Swipe &amp; pay", form.onboarding_preview)
            form.show_on_pdf = False
            self.assertNotIn("Swipe", form.onboarding_preview)
            self.assertEqual(form.onboarding_preview.count("Not shown there"), 1)

    def test_preview_has_the_image(self):
        # protects: onboarding/mobilepay_connection_preview.py _preview_image
        self.connection.pay_image = picture("red")
        red, blue = self.connection.pay_image, picture("blue")
        self.env.flush_all()
        self.env.invalidate_all()
        # a browser reads images as their size
        browser = self.connection.with_context(bin_size=True)
        self.assertIn(f"base64,{red.decode()}", browser.onboarding_preview)
        spec = {"pay_image": {}, "pay_text": {}, "onboarding_preview": {}}

        def after(**values):
            answer = browser.onchange(values, list(values), spec)
            return str(answer["value"]["onboarding_preview"])

        self.assertIn(f"base64,{red.decode()}", after(pay_text="Pay"))
        self.assertIn(f"base64,{blue.decode()}", after(pay_image=blue.decode()))
