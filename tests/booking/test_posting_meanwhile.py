from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import simulator
from ..interceptor import Interceptor
from ..news import NewsCase

BOOKING = "odoo.addons.account_mobilepay.models.booking.mobilepay_booking"


@tagged("post_install", "-at_install")
class TestPostingMeanwhile(NewsCase):
    """The payer paid, and the invoice is no longer what it was: nothing is lost."""

    def hear(self, *requests):
        """Let MobilePay tell that these are paid."""
        self.tell(*(self.news(request, "paid", 2) for request in requests))

    def check_open_credit(self, request, amount):
        """``amount`` is an open credit of the customer, and one person knows."""
        move = request.move_id
        self.assertEqual(request.state, "paid")
        payment = request.payment_id
        self.assertEqual(payment.amount, 1000)
        self.assertEqual(payment.move_id.state, "posted")
        credit = payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual(credit.partner_id, self.partner_a)
        self.assertEqual(credit.amount_residual, -amount)
        activity = self.help_calls(move)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.connection.responsible_id)
        self.assertIn(f"{amount:,.2f}", activity.note)
        self.assertIn("open credit of the customer", activity.note)
        return payment

    def test_paid_in_another_way(self):
        request = self.paid()
        self._register_payment(request.move_id)
        self.hear(request)
        self.check_open_credit(request, 1000)
        self.assertEqual(request.move_id.amount_residual, 0)

    def test_paid_in_part(self):
        request = self.paid()
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=request.move_id.ids
        )
        register.create({"amount": 300})._create_payments()
        self.hear(request)
        self.check_open_credit(request, 300)
        self.assertEqual(request.move_id.payment_state, "paid")

    def test_reset_to_draft(self):
        request = self.paid()
        request.move_id.button_draft()
        self.hear(request)
        payment = self.check_open_credit(request, 1000)
        self.assertEqual(request.move_id.state, "draft")
        self.assertFalse(payment.reconciled_invoice_ids)

    def test_cancelled(self):
        request = self.paid()
        request.move_id.button_draft()
        request.move_id.button_cancel()
        self.hear(request)
        self.check_open_credit(request, 1000)
        self.assertEqual(request.move_id.state, "cancel")

    def test_draft_without_lines(self):
        request = self.paid()
        request.move_id.button_draft()
        request.move_id.invoice_line_ids.unlink()
        self.hear(request)
        self.check_open_credit(request, 1000)

    def _credit(self, move, amount):
        credit = self.invoice(move_type="out_refund", amount=amount)
        (move + credit).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()

    def test_credited(self):
        request = self.paid()
        self._credit(request.move_id, 800)
        self.hear(request)
        self.check_open_credit(request, 1000)

    def test_credited_in_part(self):
        request = self.paid()
        self._credit(request.move_id, 200)
        self.hear(request)
        self.check_open_credit(request, 250)

    def test_nobody_responsible_the_salesperson_is_told(self):
        self.connection.responsible_id = False
        request = self.paid()
        self._register_payment(request.move_id)
        self.hear(request)
        activity = self.help_calls(request.move_id)
        self.assertEqual(activity.user_id, request.move_id.invoice_user_id)

    def test_responsible_has_left_the_company(self):
        leaver = (
            self.env["res.users"]
            .sudo()
            .create({"name": "Gone", "login": "gone", "active": False})
        )
        self.connection.responsible_id = leaver
        request = self.paid()
        self._register_payment(request.move_id)
        self.hear(request)
        activity = self.help_calls(request.move_id)
        self.assertEqual(activity.user_id, request.move_id.invoice_user_id)

    def test_nobody_can_be_told_the_money_is_booked_all_the_same(self):
        request = self.paid()
        self._register_payment(request.move_id)
        self.env.cr.execute(
            "ALTER TABLE mail_activity ADD CONSTRAINT nobody CHECK (false) NOT VALID"
        )
        with self.assertLogs("odoo.addons.account_mobilepay", "ERROR"):
            self.hear(request)
        self.assertEqual(request.payment_id.move_id.state, "posted")

    # ------------------------------------------------------- cannot be posted yet

    def check_unposted(self, request, words):
        """The request says why, one person knows, and nothing raises."""
        self.assertEqual(request.state, "paid")
        self.assertFalse(request.payment_id)
        self.assertIn("Paid, but not posted yet", request.error_text)
        self.assertIn(words, request.error_text)
        self.assertIn("not posted yet", request.move_id.mobilepay_error)
        self.process()
        self.assertEqual(len(self.help_calls(request.move_id)), 1)

    def check_posted(self, request):
        """The cron posted it, and the trouble is forgotten."""
        self.process()
        self.assertEqual(request.move_id.amount_residual, 0)
        self.assertFalse(request.error_text)
        self.assertEqual(len(self.payments(request)), 1)

    def test_no_journal(self):
        request = self.paid()
        journal = self.connection.journal_id
        self.connection.journal_id = False
        self.hear(request)
        self.check_unposted(request, "Choose a MobilePay journal")
        self.connection.journal_id = journal
        self.check_posted(request)

    def test_no_clearing_account(self):
        request = self.paid()
        line = self.connection._payment_method_line()
        account = line.payment_account_id
        line.payment_account_id = False
        self.hear(request)
        self.check_unposted(request, "outstanding account")
        line.payment_account_id = account
        self.check_posted(request)

    def test_closed_clearing_account(self):
        request = self.paid()
        account = self.connection._payment_method_line().payment_account_id
        account.active = False
        with self.assertLogs(BOOKING, "WARNING") as log:
            self.hear(request)
        self.assertFalse(log.records[-1].exc_info, "a person can mend it: no traceback")
        self.check_unposted(request, account.name)
        account.active = True
        self.check_posted(request)

    def test_what_is_not_posted_yet_is_not_asked_for_again(self):
        request = self.paid()
        account = self.connection._payment_method_line().payment_account_id
        account.active = False
        with self.assertLogs(BOOKING, "WARNING"):
            self.hear(request)
        move = request.move_id
        self.assertFalse(move.mobilepay_can_send)
        wish = {"kind": "link", "phone": ""}
        [problem] = self.env["mobilepay.sender"]._preview(self.connection, move, wish)
        self.assertIn("not posted yet", problem)
        self.assertFalse(move._mobilepay_portions(self.connection))
        account.active = True
        self.check_posted(request)

    @mute_logger("odoo.sql_db")
    def test_one_that_cannot_be_posted_stops_no_other(self):
        bad, good = self.paid(), self.paid()
        with Interceptor(simulator().url) as between:
            between.change(
                bad.mobilepay_id,
                # no payment can be below zero: the database says so
                lambda status, data: (status, {**data, "TotalAmount": -5}),
            )
            self.repoint(custom_api_base=f"{between.url}/invoice-restapi")
            with self.assertLogs(BOOKING, "WARNING") as log:
                self.hear(bad, good)
        self.assertTrue(log.records[-1].exc_info, "nobody can look into it")
        self.assertEqual(good.move_id.payment_state, "paid")
        self.check_unposted(bad, "Something unexpected")
