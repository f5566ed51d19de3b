from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..common import MobilepayCommon


@tagged("post_install", "-at_install")
class TestEarlyDiscount(MobilepayCommon):
    """2 % for paying within a week: in the amount, and in the books as Odoo does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.early = cls.env["account.payment.term"].create(
            {
                "name": "2 % within 7 days, 30 days net",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 7,
                "early_pay_discount_computation": "included",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )

    def discounted(self):
        return self.invoice(
            invoice_payment_term_id=self.early.id, invoice_date_due=False
        )

    def pay_and_hear(self, request):
        self.pay(request)
        self.deliver(self.news(request, "paid", 2))
        self.process()

    def test_discount_is_in_the_amount(self):
        move = self.discounted()
        request = self.send(move)
        self.assertEqual(request.amount, 980.0)
        self.assertTrue(request.early_discount)
        self.assertEqual(request.due_date, move.invoice_date + timedelta(days=7))

    def test_books_are_those_of_odoos_wizard(self):
        move, twin = self.discounted(), self.discounted()
        request = self.send(move)
        self.pay_and_hear(request)
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=twin.ids)
            .create({"payment_date": request.payment_id.date})
        )
        payment = wizard._create_payments()
        self.assertEqual(payment.amount, 980.0)
        self.assertEqual(self.books(request.payment_id), self.books(payment))
        self.assertEqual(move.payment_state, twin.payment_state)
        self.assertEqual(move.amount_residual, 0)
        self.assertFalse(move.activity_ids)

    def books(self, payment):
        """Return the lines of a payment but for its own outstanding account."""
        return sorted(
            (
                line.account_id.code if line.balance < 0 else line.account_type,
                line.balance,
                line.tax_ids.ids,
                line.tax_line_id.id,
            )
            for line in payment.move_id.line_ids
        )

    def test_without_the_discount_date_the_whole_is_due(self):
        move = self.discounted()
        term = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        term.discount_date = fields.Date.today() - timedelta(days=1)
        request = self.send(move)
        self.assertEqual(request.amount, 1000.0)
        self.assertFalse(request.early_discount)

    def test_lost_discount_is_asked_for_anew(self):
        move = self.discounted()
        request = self.send(move)
        yesterday = fields.Date.today() - timedelta(days=1)
        request.sudo().due_date = yesterday
        move.line_ids.filtered("discount_date").discount_date = yesterday
        for name in ("cron_instalments", "cron_cancel"):
            self.env.ref(f"account_mobilepay.{name}").method_direct_trigger()
        self.assertEqual(request.state, "canceled")
        self.assertEqual(move.mobilepay_invoice_id.amount, 1000.0)

    def test_paid_too_late_leaves_the_discount_open(self):
        move = self.discounted()
        request = self.send(move)
        move.line_ids.filtered("discount_date").discount_date = (
            fields.Date.today() - timedelta(days=1)
        )
        self.pay_and_hear(request)
        self.assertEqual(move.payment_state, "partial")
        self.assertEqual(move.amount_residual, 20.0)
