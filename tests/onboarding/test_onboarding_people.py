"""The set-up for who comes new: other companies, other countries, other rights."""

from urllib.parse import parse_qs, urlsplit

from lxml import etree

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..common import ANNA
from .test_onboarding import SETUP, OnboardingCase


@tagged("post_install", "-at_install")
class TestOnboardingPeople(OnboardingCase):
    def test_save_and_continue_says_what_is_missing(self):
        # protects: onboarding/mobilepay_connection.py action_onboarding_continue
        connection = self.begin()
        with self.assertRaisesRegex(UserError, "OpenID Client ID, OpenID Client Sec"):
            connection.action_onboarding_continue()
        connection.write({**self.credentials(), "gateway_client_id": False})
        with self.assertRaisesRegex(UserError, "^Still missing: Gateway Client ID$"):
            connection.action_onboarding_continue()
        connection.write({**self.credentials(), "merchant_vat": "DK1"})
        with self.assertRaisesRegex(UserError, "eight digits"):
            connection.action_onboarding_continue()
        connection.merchant_vat = "DK12345678"
        self.assertTrue(connection.action_onboarding_continue())

    def test_finished_steps_are_known_to_the_form(self):
        connection = self.begin()
        self.assertFalse(self.text("onboarding_finished", connection))
        connection.action_onboarding_asked()
        connection.write(self.credentials())
        found = self.text("onboarding_finished", connection)
        self.assertEqual(found, "ask,credentials")

    def test_whose_contact_is_another_companys(self):
        # protects: onboarding/mobilepay_connection_test.py _test_customer
        first = self.env["res.company"].create({"name": "Nyhavn"})
        user = new_test_user(
            self.env,
            "karla",
            "account.group_account_manager,base.group_multi_company",
            company_id=first.id,
            company_ids=[Command.set((first + self.company).ids)],
        )
        user.partner_id.company_id = first
        own = self.as_far_as_test().with_user(user).with_company(self.company)
        own.onboarding_phone = ANNA
        own.action_onboarding_send_test()
        move = own.onboarding_move_id
        self.assertEqual(move.partner_id.company_id, self.company)
        self.assertEqual(move.partner_id.name, user.partner_id.name)
        self.assertEqual(move.mobilepay_invoice_id.state, "created")
        self.assertEqual(own._test_customer(), move.partner_id, "one is enough")
        self.assertEqual(user.partner_id.company_id, first)

    # ------------------------------------------------------------------ countries

    def test_country_is_the_companys(self):
        # protects: connection/mobilepay_connection.py _company_country
        helsinki, malmo = self.env["res.company"].create(
            [
                {"name": "Helsinki", "country_id": self.env.ref("base.fi").id},
                {"name": "Malmö", "country_id": self.env.ref("base.se").id},
            ]
        )
        Connection = self.env["mobilepay.connection"]
        form = Form(Connection.with_context(default_company_id=malmo.id), view=SETUP)
        self.assertEqual(form.environment, "sandbox_dk")
        form.company_id = helsinki
        self.assertEqual(form.environment, "sandbox_fi")
        form.environment = "custom"
        self.assertEqual(form.custom_country_code, "FI")
        made = Connection.create({"company_id": helsinki.id})
        self.assertEqual(made.currency_id.name, "EUR")
        made.environment = "production_dk"
        made.company_id = helsinki
        self.assertEqual(made.environment, "production_dk", "what was chosen stays")

    def test_message_about_vat_numbers_names_the_country(self):
        # protects: connection/mobilepay_connection_life.py _vat_message
        connection = self.begin(merchant_vat="DK1234", client_id="something")
        for environment, country, code in (
            ("sandbox_fi", "Finland", "FI"),
            ("sandbox_dk", "Denmark", "DK"),
        ):
            connection.environment = environment
            told = self.text("onboarding_credentials_problem", connection)
            self.assertIn(f"A merchant in {country} has a VAT number of {code}", told)

    # ------------------------------------------------------------------ the e-mail

    def test_the_e_mail_says_to_whom_and_opens(self):
        connection = self.begin()
        letter = self.text("onboarding_letter", connection)
        self.assertTrue(letter.startswith("To: developer@mobilepay.dk\nSubject: "))
        action = connection.action_onboarding_write()
        url = urlsplit(action["url"])
        self.assertEqual((url.scheme, url.path), ("mailto", "developer@mobilepay.dk"))
        self.assertNotIn("+", url.query)
        told = {name: text for name, [text] in parse_qs(url.query).items()}
        self.assertIn("redirect URI", told["subject"])
        self.assertIn(connection.redirect_uri, told["body"])

    def test_the_first_step_says_that_mobilepay_takes_nobody_new(self):
        arch = self.env["mobilepay.connection"].get_view(self.env.ref(SETUP).id)["arch"]
        [told] = etree.fromstring(arch).xpath("//div[@name='step_ask']/div[@role]")[2:]
        self.assertIn("to new merchants in March", "".join(told.itertext()))

    # ---------------------------------------------------------------------- rights

    def test_who_may_only_look_sees_no_button_that_writes(self):
        for group, may in (
            ("account.group_account_manager", True),
            ("account.group_account_invoice", False),
            ("account.group_account_readonly", False),
        ):
            user = new_test_user(self.env, f"onboarding_{may}_{group}", group)
            Connection = self.env["mobilepay.connection"].with_user(user)
            arch = Connection.get_view(self.env.ref(SETUP).id)["arch"]
            buttons = etree.fromstring(arch).xpath("//button[@type='object']/@name")
            with self.subTest(group):
                self.assertEqual("action_onboarding_asked" in buttons, may)
                self.assertLessEqual(
                    {"action_open_connection"}, set(buttons), "looking is free"
                )
                if not may:
                    self.assertEqual(buttons, ["action_open_connection"])
