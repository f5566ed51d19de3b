from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..common import MobilepayCommon


@tagged("post_install", "-at_install")
class TestInstalments(MobilepayCommon):
    """Payment terms with several due dates: one request each, or one for all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.thirds = cls.env["account.payment.term"].create(
            {
                "name": "30 % in 10 days, 30 % in 20, the rest in 90",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((30, 10), (30, 20), (40, 90))
                ],
            }
        )

    def setUp(self):
        super().setUp()
        self.connection.write({"instalment_rule": "each", "instalment_days": 30})
        self.move = self.invoice(
            invoice_payment_term_id=self.thirds.id, invoice_date_due=False
        )

    def requests(self):
        return self.move.mobilepay_invoice_ids.sorted("id")

    def pay_and_hear(self, request):
        self.pay(request)
        self.deliver(self.news(request, "paid", 2))
        self.process()

    def test_one_request_for_each_that_is_due_soon(self):
        self.send(self.move)
        self.assertEqual(self.requests().mapped("amount"), [300.0, 300.0])
        self.assertEqual(self.requests().mapped("instalment"), [1, 2])
        begin = self.move.invoice_date
        self.assertEqual(
            self.requests().mapped("due_date"),
            [begin + timedelta(days=10), begin + timedelta(days=20)],
        )
        references = self.requests().mapped("payment_reference")
        self.assertEqual(references, [f"{self.move.name}/1", f"{self.move.name}/2"])

    def test_each_payment_settles_its_own_instalment(self):
        self.send(self.move)
        second = self.requests()[1]
        self.pay_and_hear(second)
        lines = self.move._mobilepay_receivable_lines()
        self.assertEqual(lines.mapped("reconciled"), [False, True, False])
        self.assertEqual(self.move.payment_state, "partial")
        self.assertEqual(self.requests()[0].state, "created", "the other one stays")

    def test_all_instalments_pay_the_invoice(self):
        self.connection.instalment_days = 365
        self.send(self.move)
        for request in self.requests():
            self.pay_and_hear(request)
        self.assertEqual(self.move.amount_residual, 0)
        self.assertEqual(self.move.payment_state, "paid")
        self.assertFalse(self.move.activity_ids)

    def test_later_ones_follow_by_themselves(self):
        self.send(self.move)
        cron = self.env.ref("account_mobilepay.cron_instalments")
        cron.method_direct_trigger()
        self.assertEqual(len(self.requests()), 2, "not due within 30 days")
        self.connection.instalment_days = 120
        cron.method_direct_trigger()
        self.assertEqual(self.requests().mapped("amount"), [300.0, 300.0, 400.0])
        cron.method_direct_trigger()
        self.assertEqual(len(self.requests()), 3)

    def test_second_click_sends_nothing(self):
        self.send(self.move)
        before = self.create_calls()
        self.assertFalse(self.move.mobilepay_can_send)
        sender = self.env["mobilepay.sender"]
        wish = {"kind": "direct", "phone": self.partner_a.mobilepay_phone}
        sender._send(self.connection, {self.move: wish})
        self.assertEqual(self.create_calls(), before)

    def test_none_due_soon_is_said(self):
        self.connection.instalment_days = 3
        problem = self.env["account.move.send"]._mobilepay_problem(
            self.connection, self.move, {}
        )
        self.assertEqual(problem, "No instalment is due within 3 days.")

    def test_one_request_for_the_whole(self):
        self.connection.instalment_rule = "whole"
        request = self.send(self.move)
        self.assertEqual(self.requests(), request)
        self.assertEqual(request.amount, 1000.0)
        self.pay_and_hear(request)
        self.assertEqual(self.move.payment_state, "paid")

    def test_instalment_paid_another_way_takes_its_request_back(self):
        self.send(self.move)
        first = self.move._mobilepay_receivable_lines()[0]
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_id": self.partner_a.id,
                "amount": 300.0,
                "date": fields.Date.today(),
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        credit = payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        (first + credit).reconcile()
        self.assertEqual(self.requests()[0].cancel_reason, "settled")
        self.assertFalse(self.requests()[1].cancel_reason)
