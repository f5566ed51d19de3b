"""What a request's form says is to be done next, in each state."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..states import StatesCase

NOTHING = "Nothing to do"


@tagged("post_install", "-at_install")
class TestNextStep(StatesCase):
    # protects: request/mobilepay_invoice_next_step.py

    def assert_says(self, request, *words):
        for word in words:
            self.assertIn(word, request.next_step)

    def day(self, days):
        return fields.Date.today() + timedelta(days=days)

    def test_every_state_says_something(self):
        states = dict(self.env["mobilepay.invoice"]._fields["state"].selection)
        told = {state: self.request(state).next_step for state in states}
        self.assertTrue(all(told.values()), told)
        self.assertEqual(len(set(told.values())), len(states), "each says its own")

    def test_queued(self):
        request = self.request("queued")
        self.assert_says(request, NOTHING, "sent by itself")
        self.connection.state = "consent_lost"
        self.assert_says(request, "press Connect")

    def test_sending(self):
        self.assert_says(self.request("sending"), NOTHING)

    def test_unconfirmed(self):
        self.assert_says(self.request("unconfirmed"), "Do not send another")

    def test_taking_back(self):
        request = self.request("created", next_cancel_on=fields.Datetime.now())
        self.assert_says(request, NOTHING, "taken back")

    def test_created(self):
        self.assert_says(self.request("created"), NOTHING, "payer's app")
        self.assert_says(
            self.request("created", kind="link"), "payment link", "copy it"
        )
        overdue = self.request("created", due_date=self.day(-3))
        # MobilePay's 30 days after the due date
        self.assert_says(overdue, "Remind the payer", self.words(self.day(27)))

    def words(self, day):
        return self.env["ir.qweb.field.date"].value_to_html(day, {})

    def test_accepted(self):
        later = self.request("accepted", accepted_payment_date=self.day(2))
        self.assert_says(later, NOTHING, self.words(self.day(2)))
        missed = self.request("accepted", accepted_payment_date=self.day(-1))
        self.assert_says(missed, "Press Refresh status", self.words(self.day(-1)))

    def test_paid(self):
        today = fields.Date.today()
        self.assert_says(self.request("paid", paid_on=today), NOTHING, "posted")
        stuck = self.request("paid", paid_on=today, error_text="No journal.")
        self.assert_says(stuck, "Correct what the problem says")
        posted = self.posted()
        posted.issuer_id.transfer_method = "daily"
        self.assert_says(posted, NOTHING, "next transfers")
        posted.issuer_id.transfer_method = "instant"
        self.assert_says(posted, "Import the bank statement", "this payment")

    def test_paid_out(self):
        request = self.paid_out()
        reference = request.transfer_id.reference
        self.assert_says(request, "Import the bank statement", reference)
        request.transfer_id.state = "waiting"
        self.assert_says(request, f"Open transfer {reference}", "waits for")
        request.transfer_id.state = "undone"
        self.assert_says(request, f"Open transfer {reference}", "Post again")

    def test_failed(self):
        self.assert_says(self.request("invalid"), "press Send again", "problem")
        self.assert_says(self.request("rejected"), "press Send again", "Ask the payer")
        self.assert_says(self.request("expired"), "press Send again", "Remind")
        self.assert_says(self.request("canceled"), "Press Send again")

    def test_failed_and_over(self):
        for state in ("invalid", "rejected", "expired", "canceled"):
            with self.subTest(state):
                later = self.request(state, superseded=True)
                self.assert_says(later, NOTHING, "another request stands")
                paid = self.request(state)
                paid.move_id.payment_state = "paid"
                self.assert_says(paid, NOTHING, "nothing is due")

    def test_failed_and_the_invoice_was_reset(self):
        request = self.request("canceled")
        self.assertTrue(request.can_send_again)
        request.move_id.button_draft()
        self.assert_says(request, "Post the invoice first", "press Send again")
        self.assertFalse(request.can_send_again)
        request.move_id.button_cancel()
        self.assert_says(request, NOTHING, "nothing is due")

    def test_a_branch_reads_it_too(self):
        """Its requests go through the parent's connection."""
        request = self.request("queued", self.branch)
        own = request.sudo(False).with_context(allowed_company_ids=self.branch.ids)
        self.env.invalidate_all()
        self.assertIn(NOTHING, own.next_step)
