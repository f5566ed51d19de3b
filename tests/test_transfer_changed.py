"""A payment or refund that is no longer, or not yet, what MobilePay reports."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .settling import SettlementCase


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
