"""The guided set-up: where it goes on, who is led there, and its test."""

from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import ANNA, UNKNOWN_PHONE, MobilepayCommon

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
        # protects: onboarding/mobilepay_connection.py _finished_steps
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
        # protects: onboarding/mobilepay_connection.py write
        connection = self.as_far_as_test()
        [shown] = connection.web_save(
            {"onboarding_step": "books"}, {"onboarding_step": {}}
        )
        self.assertEqual(shown["onboarding_step"], "test")
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
        # protects: onboarding/account_journal.py _mobilepay_may_begin
        self.begin()
        branch = self.env["res.company"].create(
            {"name": "Havnens Cykler, Aarhus", "parent_id": self.company.id}
        )
        journal = self.env["account.journal"].create(
            {"name": "Aarhus", "code": "AAR", "type": "sale", "company_id": branch.id}
        )
        self.assertFalse(journal.mobilepay_to_set_up)

    def test_not_where_mobilepay_is_not(self):
        # protects: onboarding/account_journal.py _mobilepay_may_begin
        self.connection.action_disconnect()
        self.connection.active = False
        self.company.account_fiscal_country_id = self.env.ref("base.se")
        self.assertFalse(self.shown())
        self.company.account_fiscal_country_id = self.env.ref("base.fi")
        self.assertEqual(self.shown().type, "sale")

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
class TestOnboardingTest(OnboardingCase):
    """The last step: a small invoice to one's own phone."""

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
        reversals = move.reversal_move_ids
        connection.action_onboarding_cancel_test()
        self.assertEqual(move.reversal_move_ids, reversals, "credited once")

    def test_a_test_takes_no_number_of_the_real_ones(self):
        before = self.invoice()
        connection = self.as_far_as_test()
        connection.onboarding_phone = ANNA
        connection.action_onboarding_send_test()
        move = connection.onboarding_move_id
        self.assertNotEqual(move.journal_id, before.journal_id)
        self.assertEqual(self.invoice().sequence_number, before.sequence_number + 1)
        self.assertFalse(
            move.line_ids.filtered(
                lambda item: item.account_id.internal_group == "income"
            )
        )
        request = move.mobilepay_invoice_id
        self.assertRecordValues(request, [{"is_test": True, "situation": False}])
        self.pay(request)
        connection.action_onboarding_refresh_test()
        # it is money now
        self.assertRecordValues(request, [{"is_test": False, "situation": "owed"}])
        self.assertFalse(request.search([("is_test", "=", True)]))

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
        self.assertIn("12 is no mobile number", self.text("onboarding_test_problem"))
        connection.action_onboarding_send_test()
        self.assertFalse(connection.onboarding_move_id, "nothing was posted for it")
        connection.onboarding_phone = False
        with self.assertRaisesRegex(UserError, "Enter the number"):
            connection.action_onboarding_send_test()

    def test_a_test_pressed_twice_is_one_test(self):
        # protects: onboarding/mobilepay_connection_test.py: send_test / waits
        connection = self.as_far_as_test()
        connection.onboarding_phone = ANNA
        connection.action_onboarding_send_test()
        move = connection.onboarding_move_id
        connection.action_onboarding_send_test()
        self.assertEqual(connection.onboarding_move_id, move)
        tests = self.env["account.move"].search([("ref", "=", "MobilePay test")])
        self.assertEqual(tests, move)

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
