from contextlib import suppress
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..common import ANNA, MobilepayCommon


@tagged("post_install", "-at_install")
class TestTakingBack(MobilepayCommon):
    """An invoice that need not be paid at MobilePay any more is taken back there."""

    def run_cancel(self):
        self.env.ref("account_mobilepay.cron_cancel").method_direct_trigger()

    def at_mobilepay(self, request):
        """Return MobilePay's own word for the request."""
        found = {one["id"]: one for one in self.inspect()["invoices"]}
        return found[request.mobilepay_id]["status"].lower()

    def register_payment(self, move, amount=None):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"amount": amount} if amount else {})
        )
        wizard.action_create_payments()

    def test_by_hand(self):
        request = self.send(self.invoice())
        request.action_cancel()
        self.assertEqual(request.state, "created", "asked for, not yet done")
        self.run_cancel()
        self.assertEqual(request.state, "canceled")
        self.assertEqual(self.at_mobilepay(request), "canceled")
        self.assertFalse(request.next_cancel_on)

    def test_after_accepted(self):
        request = self.send(self.invoice())
        self.pay(request, str(fields.Date.today() + timedelta(days=3)))
        self.deliver(self.news(request, "accepted", 1))
        self.process()
        request.action_cancel()
        self.run_cancel()
        self.assertEqual(self.at_mobilepay(request), "canceled")

    def test_reset_to_draft(self):
        move = self.invoice()
        request = self.send(move)
        move.button_draft()
        self.assertEqual(request.cancel_reason, "draft")
        self.run_cancel()
        self.assertEqual(self.at_mobilepay(request), "canceled")

    def test_invoice_cancelled(self):
        move = self.invoice()
        request = self.send(move)
        move.button_draft()
        move.button_cancel()
        self.run_cancel()
        self.assertEqual(self.at_mobilepay(request), "canceled")

    def test_paid_another_way(self):
        move = self.invoice()
        request = self.send(move)
        self.register_payment(move)
        self.assertEqual(request.cancel_reason, "settled")
        self.run_cancel()
        self.assertEqual(self.at_mobilepay(request), "canceled")

    def test_paid_another_way_right_after_it_came_to_life(self):
        move = self.invoice()
        request = self.send(move).sudo()
        request.state = "invalid"
        self.env.flush_all()
        # still in the cache when the payment is registered
        request.state = "created"
        self.assertEqual(request._open_of(move), request)

    def test_fully_credited(self):
        move = self.invoice()
        request = self.send(move)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        wizard.refund_moves()
        wizard.new_move_ids.action_post()
        lines = (move + wizard.new_move_ids).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.filtered(lambda line: not line.reconciled).reconcile()
        self.assertEqual(move.amount_residual, 0)
        self.run_cancel()
        self.assertEqual(self.at_mobilepay(request), "canceled")

    def test_partly_paid_sends_the_rest_anew(self):
        move = self.invoice()
        request = self.send(move)
        self.register_payment(move, 400.0)
        self.assertEqual(request.cancel_reason, "changed")
        self.run_cancel()
        self.assertEqual(self.at_mobilepay(request), "canceled")
        rest = move.mobilepay_invoice_id
        self.assertNotEqual(rest, request)
        self.assertEqual(rest.state, "created")
        self.assertEqual(rest.amount, 600.0)
        self.assertNotEqual(rest.payment_reference, request.payment_reference)

    def test_partly_paid_is_left_where_the_company_wants_it(self):
        self.connection.resend_rest = False
        move = self.invoice()
        request = self.send(move)
        self.register_payment(move, 400.0)
        self.run_cancel()
        self.assertEqual(self.at_mobilepay(request), "created")

    def test_payer_was_faster(self):
        """409 already paid is news: the payment is booked, an open credit."""
        move = self.invoice()
        request = self.send(move)
        self.register_payment(move)
        self.pay(request)
        self.run_cancel()
        self.process()
        self.assertEqual(request.state, "paid")
        self.assertTrue(request.payment_id)
        self.assertFalse(request.payment_id.is_reconciled)
        self.assertEqual(len(move.activity_ids), 1)
        request.sudo().next_cancel_on = fields.Datetime.now()
        self.run_cancel()
        self.assertFalse(request.next_cancel_on)

    def test_payer_rejected_meanwhile(self):
        request = self.send(self.invoice())
        self.control(f"invoices/{request.mobilepay_id}/reject", phone=ANNA)
        request.action_cancel()
        self.run_cancel()
        self.process()
        self.assertEqual(request.state, "rejected")
        request.sudo().next_cancel_on = fields.Datetime.now()
        self.run_cancel()
        self.assertFalse(request.next_cancel_on)

    def test_unreachable_is_tried_again(self):
        request = self.send(self.invoice())
        base = self.connection.custom_api_base
        self.repoint(custom_api_base="http://127.0.0.1:9")
        request.action_cancel()
        self.run_cancel()
        self.assertEqual(request.state, "created")
        self.assertGreater(request.next_cancel_on, fields.Datetime.now())
        self.repoint(custom_api_base=base)
        request.sudo().next_cancel_on = fields.Datetime.now()
        self.run_cancel()
        self.assertEqual(self.at_mobilepay(request), "canceled")

    def test_never_sent_needs_no_call(self):
        self.repoint(custom_api_base="http://127.0.0.1:9")
        move = self.invoice()
        # no assertRaises: it would roll back what sending has committed
        with suppress(UserError):
            self.send(move)
        request = move.mobilepay_invoice_id
        self.assertEqual(request.state, "queued")
        request.action_cancel()
        self.run_cancel()
        self.assertEqual(request.state, "canceled")

    def test_advisor_cannot_cancel(self):
        request = self.send(self.invoice())
        advisor = new_test_user(
            self.env,
            "advisor",
            groups="account.group_account_readonly",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(UserError):
            request.with_user(advisor).action_cancel()
        self.assertFalse(request.next_cancel_on)

    def test_closed_request_cannot_be_cancelled(self):
        request = self.send(self.invoice())
        request.action_cancel()
        self.run_cancel()
        with self.assertRaises(UserError):
            request.action_cancel()

    def test_of_many_those_that_wait_are_taken_back(self):
        over, waiting = self.send(self.invoice()), self.send(self.invoice())
        over.action_cancel()
        self.run_cancel()
        (over | waiting).action_cancel()
        self.run_cancel()
        self.assertEqual((over | waiting).mapped("state"), ["canceled", "canceled"])
