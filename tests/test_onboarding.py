"""The guided set-up: where it goes on, and what each step says is wrong."""

from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import ANNA, UNKNOWN_PHONE, MobilepayCommon, simulator

SETUP = "account_mobilepay.mobilepay_connection_view_form_onboarding"
MISSING = {"gateway_client_id": False}


@tagged("post_install", "-at_install")
class OnboardingCase(MobilepayCommon):
    def text(self, name, connection=None):
        """Return what a field says, read anew as a browser does."""
        connection = connection or self.connection
        connection.invalidate_recordset()
        return str(connection[name] or "")

    def step(self, connection=None):
        return self.text("onboarding_step", connection)

    def begin(self, **values):
        """Put the company back to where nobody has begun."""
        self.connection.action_disconnect()
        self.connection.active = False
        # Odoo writes what is pending after what is new
        self.connection.flush_recordset()
        return self.env["mobilepay.connection"].create(
            {
                **{
                    name: value
                    for name, value in self.connection_values().items()
                    if "client" not in name and "secret" not in name
                },
                "company_id": self.company.id,
                **values,
            }
        )

    def credentials(self):
        return {
            name: value
            for name, value in self.connection_values().items()
            if "client" in name or "secret" in name
        }

    def as_far_as_test(self):
        self.connection.action_onboarding_books()
        self.connection.action_onboarding_payers()
        return self.connection


@tagged("post_install", "-at_install")
class TestOnboardingSteps(OnboardingCase):
    """Left at any step and opened again, it is at the first unfinished one."""

    def test_from_step_to_step(self):
        # protects: mobilepay_connection_onboarding.py _finished_steps
        connection = self.begin()
        seen = [self.step(connection)]
        for go_on in (
            connection.action_onboarding_asked,
            lambda: connection.write(self.credentials()),
            lambda: self.connect(connection),
            connection.action_onboarding_books,
            connection.action_onboarding_payers,
            connection.action_onboarding_skip_test,
        ):
            go_on()
            seen.append(self.step(connection))
        self.assertEqual(
            seen,
            ["ask", "credentials", "connect", "books", "payers", "test", "done"],
        )
        self.assertEqual(connection.onboarding_progress, "All steps are done.")

    def test_a_step_that_is_undone_is_the_next_one(self):
        connection = self.as_far_as_test()
        self.assertEqual(self.step(), "test")
        connection.other_account_id = False
        self.assertEqual(self.step(), "books")
        connection.action_disconnect()
        self.assertEqual(self.step(), "connect")
        self.assertEqual(
            connection.onboarding_progress, "4 of 6 steps are done: 1, 2, 4, 5."
        )
        connection.write(MISSING)
        self.assertEqual(self.step(), "ask", "nobody has said that it was")
        connection.action_onboarding_asked()
        self.assertEqual(self.step(), "credentials")

    def test_credentials_alone_finish_the_first_step(self):
        self.assertEqual(self.step(self.begin(**self.credentials())), "connect")

    def test_a_step_that_was_clicked_on_stays_until_saved(self):
        # protects: mobilepay_connection_onboarding.py write
        self.as_far_as_test()
        with Form(self.connection, view=SETUP) as form:
            self.assertEqual(form.onboarding_step, "test")
            form.onboarding_step = "books"
            form.bank_journal_ids.clear()
            self.assertEqual(form.onboarding_step, "books", "while one works there")
            self.assertIn("No bank journal", form.onboarding_books_hint)
        self.assertEqual(self.connection.onboarding_step, "test", "once it is saved")

    def test_opening_leads_to_the_companys_own(self):
        settings = self.env["res.config.settings"].with_company(self.company)
        journal = self.company_data["default_journal_sale"]
        for open_it in (
            settings.create({}).action_mobilepay_onboarding,
            journal.action_mobilepay_onboarding,
            self.connection.action_open_onboarding,
        ):
            action = open_it()
            self.assertEqual(action["res_id"], self.connection.id)
            self.assertEqual(action["views"][0][0], self.env.ref(SETUP).id)
        self.connection.active = False
        action = journal.action_mobilepay_onboarding()
        self.assertFalse(action["res_id"])
        self.assertEqual(action["context"], {"default_company_id": self.company.id})

    def test_a_new_one_is_filled_in_as_a_form(self):
        self.connection.action_disconnect()
        self.connection.active = False
        Connection = self.env["mobilepay.connection"].with_company(self.company)
        form = Form(Connection, view=SETUP)
        self.assertEqual(form.onboarding_step, "ask")
        self.assertIn(form.redirect_uri, form.onboarding_letter)
        form.merchant_vat = "DK87654321"
        self.assertIn("VAT number: DK87654321", form.onboarding_letter)
        made = form.save()
        self.assertEqual(made.company_id, self.company)
        self.assertEqual(self.step(made), "ask")


@tagged("post_install", "-at_install")
class TestOnboardingDashboard(OnboardingCase):
    """The dashboard leads there until all is set up, and only who may."""

    def shown(self):
        journals = self.env["account.journal"].search(
            [("company_id", "=", self.company.id)]
        )
        journals.invalidate_recordset(["mobilepay_to_set_up"])
        return journals.filtered("mobilepay_to_set_up")

    def test_on_the_sales_journal_before_there_is_one(self):
        self.connection.action_disconnect()
        self.connection.active = False
        self.assertEqual(self.shown().type, "sale")

    def test_on_mobilepays_own_while_it_is_half_way(self):
        self.assertFalse(self.shown(), "connected without it")
        self.connection.action_onboarding_asked()
        self.assertEqual(self.shown(), self.connection.journal_id)
        self.as_far_as_test().action_onboarding_skip_test()
        self.assertFalse(self.shown())

    def test_not_for_a_branch_that_uses_its_parents(self):
        branch = self.env["res.company"].create(
            {"name": "Havnens Cykler, Aarhus", "parent_id": self.company.id}
        )
        journal = self.env["account.journal"].create(
            {"name": "Aarhus", "code": "AAR", "type": "sale", "company_id": branch.id}
        )
        self.assertFalse(journal.mobilepay_to_set_up)

    def test_who_sees_it(self):
        self.connection.action_disconnect()
        self.connection.active = False
        journals = self.shown()
        menu = self.env.ref("account_mobilepay.menu_mobilepay_setup")
        for group, may in (
            ("account.group_account_manager", True),
            ("account.group_account_invoice", False),
            ("account.group_account_readonly", False),
        ):
            with self.subTest(group):
                user = new_test_user(
                    self.env,
                    group,
                    group,
                    company_id=self.company.id,
                    company_ids=self.company.ids,
                )
                journal = journals.with_user(user)
                journal.invalidate_recordset(["mobilepay_to_set_up"])
                self.assertEqual(journal.mobilepay_to_set_up, may)
                visible = menu.with_user(user)._visible_menu_ids()
                self.assertEqual(menu.id in visible, may)


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
        self.assertIn("the country (DK or FI) and eight digits", told)

    # --------------------------------------------------------------- 3. connect

    def connect_problem(self, connection):
        """Press Connect in vain; return what the step says."""
        self.assertIs(connection.action_onboarding_connect(), True)
        self.assertFalse(
            self.env["mobilepay.attempt"].sudo().search([]), "nobody went there"
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
        self.assertNotIn("discovery", self.text("onboarding_connect_problem", connection))

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

    # ------------------------------------------------------------------ 6. test

    def test_a_test_arrives_and_is_cancelled(self):
        connection = self.as_far_as_test()
        connection.onboarding_phone = ANNA
        connection.action_onboarding_send_test()
        move = connection.onboarding_move_id
        self.assertRecordValues(
            move, [{"ref": "MobilePay test", "state": "posted", "amount_total": 1.0}]
        )
        request = move.mobilepay_invoice_id
        self.assertRecordValues(
            request, [{"kind": "direct", "state": "created", "phone": ANNA}]
        )
        self.assertEqual(self.step(), "done")
        self.assertIn("waits in your MobilePay app", self.text("onboarding_test_text"))
        connection.action_onboarding_cancel_test()
        self.assertEqual(move.payment_state, "reversed")
        self.assertIn("is credited", self.text("onboarding_test_text"))
        self.env.ref("account_mobilepay.cron_cancel").method_direct_trigger()
        connection.action_onboarding_refresh_test()
        self.assertEqual(request.state, "canceled")
        self.assertEqual(self.step(), "done", "it did arrive")
        credits = move.reversal_move_ids
        connection.action_onboarding_cancel_test()
        self.assertEqual(move.reversal_move_ids, credits, "credited once")

    def test_a_number_of_nobody_is_told_and_tried_again(self):
        connection = self.as_far_as_test()
        connection.onboarding_phone = UNKNOWN_PHONE
        connection.action_onboarding_send_test()
        self.assertEqual(self.step(), "test")
        first = connection.onboarding_move_id
        told = self.text("onboarding_test_problem")
        self.assertIn("MobilePay refused the test", told)
        connection.onboarding_phone = ANNA
        connection.action_onboarding_send_test()
        self.assertEqual(connection.onboarding_move_id, first, "no second invoice")
        self.assertFalse(self.text("onboarding_test_problem"))
        self.assertEqual(self.step(), "done")

    def test_what_is_no_number(self):
        connection = self.as_far_as_test()
        connection.onboarding_phone = "12"
        connection.action_onboarding_send_test()
        self.assertIn("no Danish or Finnish mobile", self.text("onboarding_test_problem"))
        self.assertEqual(self.create_calls(), 0)
        connection.onboarding_phone = False
        with self.assertRaisesRegex(UserError, "Enter the number"):
            connection.action_onboarding_send_test()

    def test_a_test_that_was_paid_stays(self):
        connection = self.as_far_as_test()
        connection.onboarding_phone = ANNA
        connection.action_onboarding_send_test()
        self.pay(connection.onboarding_move_id.mobilepay_invoice_id)
        connection.action_onboarding_refresh_test()
        self.assertIn("It was paid", self.text("onboarding_test_text"))
        connection.action_onboarding_cancel_test()
        self.assertFalse(connection.onboarding_move_id.reversal_move_ids)

    def test_production_says_so_and_can_be_skipped(self):
        connection = self.as_far_as_test()
        self.assertFalse(connection.onboarding_is_real)
        connection.action_onboarding_skip_test()
        self.assertEqual(self.step(), "done")
        self.assertFalse(connection.onboarding_move_id)
        connection.action_disconnect()
        connection.environment = "production_dk"
        self.assertTrue(connection.onboarding_is_real)

    def test_the_number_is_kept_on_ones_own_contact(self):
        user = new_test_user(
            self.env,
            "bodil",
            "account.group_account_manager",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        own = self.connection.with_user(user)
        own.onboarding_phone = ANNA
        self.assertEqual(user.partner_id.mobilepay_phone, ANNA)
        self.assertFalse(self.env.user.partner_id.mobilepay_phone)
        own.action_onboarding_send_test()
        self.assertEqual(own.onboarding_move_id.partner_id, user.partner_id)
