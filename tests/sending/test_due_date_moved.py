from datetime import timedelta

from odoo import fields
from odoo.tests import Form, tagged

from ..paying import PayerCase


@tagged("post_install", "-at_install")
class TestDueDateMoved(PayerCase):
    """More time to pay: the payer is asked anew for the day that counts, once."""

    def invoice(self, partner=None, amount=800.0, **values):
        # a term has its own days
        return super().invoice(
            partner, amount, **{"invoice_payment_term_id": False, **values}
        )

    def requests(self, move):
        return move.mobilepay_invoice_ids.sorted("id")

    def move_to(self, move, days):
        move.invoice_date_due = move.invoice_date + timedelta(days=days)

    def test_the_request_is_taken_back_and_made_anew(self):
        move = self.invoice()
        request = self.send(move)
        self.move_to(move, 40)
        self.assertEqual(request.cancel_reason, "moved")
        self.take_back()
        self.assertEqual(request.state, "canceled")
        again = self.requests(move)[1:]
        self.assertEqual(
            (again.state, again.kind, again.due_date),
            ("created", "direct", move.invoice_date_due),
        )
        calls = self.create_calls()
        for _time in range(2):
            self.take_back()
        self.assertEqual(self.create_calls(), calls)
        self.assertEqual(len(self.requests(move)), 2)

    def test_moved_twice_is_made_anew_once(self):
        move = self.invoice()
        self.send(move)
        for days in (40, 40, 50):
            self.move_to(move, days)
        self.take_back()
        self.take_back()
        self.assertEqual(len(self.requests(move)), 2)
        self.assertEqual(self.requests(move)[1].due_date, move.invoice_date_due)
        self.move_to(move, 60)
        self.take_back()
        self.assertEqual(len(self.requests(move)), 3)

    def test_on_the_form(self):
        move = self.invoice()
        request = self.send(move)
        with Form(move) as form:
            form.invoice_date_due = move.invoice_date + timedelta(days=40)
        self.assertEqual(request.cancel_reason, "moved")

    def test_on_the_journal_item(self):
        move = self.halves(5)
        self.send(move)
        first, second = move.mobilepay_invoice_ids.sorted("instalment")
        line = move._mobilepay_receivable_lines()[1]
        line.date_maturity += timedelta(days=1)
        self.assertFalse(first.cancel_reason)
        self.assertEqual(second.cancel_reason, "moved")
        self.take_back()
        again = self.requests(move)[-1]
        self.assertEqual((again.instalment, again.due_date), (2, line.date_maturity))

    def test_other_changes_leave_it(self):
        move = self.invoice()
        request = self.send(move)
        self.move_to(move, 14)
        move.ref = "Order 7"
        move._mobilepay_receivable_lines().date_maturity = move.invoice_date_due
        self.assertFalse(request.cancel_reason)

    def test_a_day_that_is_past_is_today_for_mobilepay(self):
        ago = fields.Date.today() - timedelta(days=5)
        move = self.invoice(invoice_date=ago, invoice_date_due=ago)
        request = self.send(move)
        self.move_to(move, 2)
        self.assertFalse(request.cancel_reason)
        self.move_to(move, 20)
        self.assertEqual(request.cancel_reason, "moved")

    def test_what_is_accepted_stays(self):
        move = self.invoice()
        request = self.send(move)
        self.hear(request, "accepted", PaymentDate="2030-05-18T00:00:00+00:00")
        self.move_to(move, 40)
        self.assertFalse(request.cancel_reason)

    def test_payer_was_faster(self):
        move = self.invoice()
        request = self.send(move)
        self.move_to(move, 40)
        self.pay(request)
        self.take_back()
        self.process()
        self.take_back()
        self.assertEqual(self.requests(move), request)
        self.assertEqual((request.state, move.payment_state), ("paid", "paid"))

    def test_news_while_it_is_taken_back(self):
        move = self.invoice()
        request = self.send(move)
        self.move_to(move, 40)
        # an old delivery that comes late
        self.deliver(self.news(request, "created", 0))
        self.process()
        self.take_back()
        self.deliver(self.news(request, "canceled", 9))
        self.process()
        self.take_back()
        self.assertEqual(self.requests(move).mapped("state"), ["canceled", "created"])

    def test_what_was_never_sent_is_made_anew(self):
        move = self.invoice()
        request = self.send(move)
        # sudo: as if MobilePay had not been reached
        request.sudo().write({"state": "queued", "mobilepay_id": False})
        self.move_to(move, 40)
        self.take_back()
        self.assertEqual(request.state, "canceled")
        self.assertEqual(self.requests(move)[-1].due_date, move.invoice_date_due)

    def test_draft_and_paid_are_left(self):
        move = self.invoice()
        request = self.send(move)
        move.button_draft()
        self.move_to(move, 40)
        self.assertEqual(request.cancel_reason, "draft")
