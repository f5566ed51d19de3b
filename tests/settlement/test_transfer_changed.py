"""A payment or refund that is no longer, or not yet, what MobilePay reports."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestTransferChanged(SettlementCase):
    def matched_in_part(self, payment, amount):
        """Match some of a payment's clearing item with an entry made by hand."""
        line = payment._mobilepay_clearing_lines()
        other = self.env["account.move"].create(
            {
                "date": fields.Date.today(),
                "line_ids": [
                    Command.create(
                        {"account_id": line.account_id.id, "balance": -amount}
                    ),
                    Command.create(
                        {
                            "account_id": self.connection.other_account_id.id,
                            "balance": amount,
                        }
                    ),
                ],
            }
        )
        other.action_post()
        (line + other.line_ids.filtered("credit")).reconcile()
        return line

    def post_again(self, payment, **values):
        payment.action_draft()
        payment.write(values)
        payment.action_post()

    def check_waits(self, transfer, payment, *words):
        self.assertEqual(transfer.state, "waiting")
        self.assertFalse(transfer.move_id)
        for word in (payment.name, *words):
            self.assertIn(word, transfer.problem.replace("\N{NO-BREAK SPACE}", " "))

    # ------------------------------------------------------------------ payments

    def test_matched_in_part(self):
        self.use("daily")
        payment = self.paid_request(800.0).payment_id
        self.paid_request(400.0)
        line = self.matched_in_part(payment, 300.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.check_waits(transfer, payment, "700.00", "1,000.00")
        self.fetch_now()
        self.assertEqual(len(transfer.activity_ids), 1, "told once")
        line.remove_move_reconcile()
        self.fetch_now()
        self.assertEqual((transfer.state, transfer.problem), ("settled", False))
        self.assertEqual(self.in_transit(), 1500.0)

    def test_posted_again_with_another_amount(self):
        self.use("daily")
        payment = self.paid_request(800.0).payment_id
        self.post_again(payment, amount=900.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.check_waits(transfer, payment, "900.00", "1,000.00")
        self.post_again(payment, amount=1000.0)
        self.fetch_now()
        self.assertEqual(transfer.state, "settled")
        self.assertEqual(self.owed(), 0.0)

    def test_posted_again_on_another_account(self):
        self.use("daily")
        payment = self.paid_request(800.0).payment_id
        line = payment._mobilepay_clearing_lines()
        payment.move_id.button_draft()
        line.account_id = self.connection.other_account_id
        payment.move_id.action_post()
        self.night(self.DAYS - 1)
        self.check_waits(self.fetch(), payment, "0.00", "1,000.00")

    def test_posted_again_on_another_day(self):
        self.use("daily")
        payment = self.paid_request(800.0).payment_id
        self.post_again(payment, date=fields.Date.today())
        self.night(self.DAYS - 1)
        self.assertEqual(self.fetch().state, "settled")
        self.assertEqual(self.owed(), 0.0)

    def test_an_instant_payment_with_another_amount(self):
        self.use("instant")
        payment = self.paid_request(800.0).payment_id
        self.post_again(payment, amount=900.0)
        transfer = self.fetch()
        self.check_waits(transfer, payment, "900.00", "1,000.00")
        self.post_again(payment, amount=1000.0)
        self.fetch_now()
        self.assertEqual(transfer.state, "settled")

    def test_an_instant_payment_matched_in_part(self):
        self.use("instant")
        payment = self.paid_request(800.0).payment_id
        self.matched_in_part(payment, 300.0)
        self.check_waits(self.fetch(), payment, "700.00", "1,000.00")

    def test_an_instant_payment_that_was_canceled(self):
        self.use("instant")
        payment = self.paid_request(800.0).payment_id
        payment.action_draft()
        transfer = self.fetch()
        self.assertIn("canceled or reset", transfer.problem)

    def test_an_instant_payment_that_is_on_the_bank_already(self):
        self.use("instant")
        request = self.paid_request(800.0)
        self.bank_line(request.payment_reference, 1000.0)
        self.match()
        self.assertTrue(request.payment_id.is_matched)
        self.assertEqual(self.fetch().state, "settled")

    # ------------------------------------------------------------------- refunds

    def refund_by_hand(self, request, amount=None):
        """Pay a credit note back with Odoo's *Pay*, in the MobilePay journal."""
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=request.move_id.ids)
            .create({"journal_id": request.move_id.journal_id.id})
        )
        reversal.refund_moves()
        credit_note = reversal.new_move_ids
        credit_note.action_post()
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=credit_note.ids
        )
        values = {"journal_id": self.connection.journal_id.id}
        if amount:
            values["amount"] = amount
        return register.create(values)._create_payments()

    def paid_back(self, request):
        """Pay an amount back to a payer, for no credit note."""
        line = self.connection._payment_method_line("outbound")
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_id": request.partner_id.id,
                "amount": request.paid_amount,
                "journal_id": line.journal_id.id,
                "payment_method_line_id": line.id,
            }
        )
        payment.action_post()
        return payment

    def refunds_of(self, transfer):
        return transfer.transaction_ids.filtered(lambda row: row.type == "Refund")

    def outbound(self):
        return self.env["account.payment"].search(
            [
                ("journal_id", "=", self.connection.journal_id.id),
                ("payment_type", "=", "outbound"),
                ("company_id", "=", self.company.id),
            ],
            order="id",
        )

    def test_a_refund_that_was_booked_by_hand_is_not_booked_again(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.paid_request(1600.0)
        payment = self.refund_by_hand(request)
        self.refund(request, 1000.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(transfer.state, "settled", transfer.problem)
        self.assertEqual(self.refunds_of(transfer).payment_id, payment)
        self.assertEqual(payment.mobilepay_refund_id, self.refunds_of(transfer))
        self.assertEqual(self.outbound(), payment)
        self.assertEqual(self.owed(), 0.0)

    def test_another_amount_by_hand_is_another_refund(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.paid_request(1600.0)
        payment = self.refund_by_hand(request, amount=400.0)
        self.refund(request, 600.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(transfer.state, "settled", transfer.problem)
        self.assertFalse(payment.mobilepay_refund_id)
        self.assertEqual(len(self.outbound()), 2)

    def test_two_equal_refunds_do_not_share_a_payment(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.paid_request(1600.0)
        payment = self.refund_by_hand(request, amount=300.0)
        for _number in range(2):
            self.refund(request, 300.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(transfer.state, "settled", transfer.problem)
        self.assertEqual(len(self.refunds_of(transfer).payment_id), 2)
        self.assertEqual(len(self.outbound()), 2)
        self.assertIn(payment, self.refunds_of(transfer).payment_id)
        self.assertEqual(self.owed(), 0.0)

    def test_as_many_equal_refunds_as_payments_by_hand(self):
        self.use("daily")
        requests = [self.paid_request(800.0) for _number in range(2)]
        self.paid_request(3200.0)
        for request in requests:
            self.refund_by_hand(request)
            self.refund(request, 1000.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(transfer.state, "settled", transfer.problem)
        self.assertEqual(self.refunds_of(transfer).payment_id, self.outbound())
        self.assertEqual(self.owed(), 0.0)

    def test_that_of_the_request_s_own_credit_note_is_meant(self):
        self.use("daily")
        first, second = (self.paid_request(800.0) for _number in range(2))
        self.paid_request(1600.0)
        _other, meant = self.refund_by_hand(first), self.refund_by_hand(second)
        self.refund(second, 1000.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(transfer.state, "settled", transfer.problem)
        self.assertEqual(self.refunds_of(transfer).payment_id, meant)

    def test_several_payments_by_hand_wait_for_a_person(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.paid_request(1600.0)
        first, second = (self.paid_back(request) for _number in range(2))
        self.refund(request, 1000.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.check_waits(transfer, first, second.name)
        self.fetch_now()
        self.assertEqual(len(transfer.activity_ids), 1, "told once")
        self.assertEqual(self.outbound(), first + second, "nothing booked again")
        second.action_draft()
        self.fetch_now()
        self.assertEqual(transfer.state, "settled", transfer.problem)
        self.assertEqual(self.refunds_of(transfer).payment_id, first)
