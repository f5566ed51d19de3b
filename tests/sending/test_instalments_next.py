from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from ..paying import PayerCase


@tagged("post_install", "-at_install")
class TestInstalmentsNext(PayerCase, HttpCase):
    """The rule as it is by default: what Odoo's own page asks for now is asked."""

    def thirds(self, days_ago, amount=800.0):
        """Return an invoice of 300, 300 and 400, due after 10, 20 and 90 days."""
        term = self.env["account.payment.term"].create(
            {
                "name": "thirds",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": share, "nb_days": days}
                    )
                    for share, days in ((30, 10), (30, 20), (40, 90))
                ],
            }
        )
        return self.invoice(
            self.partner_b,
            amount,
            invoice_date=fields.Date.today() - timedelta(days=days_ago),
            invoice_payment_term_id=term.id,
            invoice_date_due=False,
        )

    def setUp(self):
        super().setUp()
        self.repoint(base_url=self.base_url())

    def asks_as_odoo(self, move, amount):
        """The request, its texts and the page ask for what Odoo's own page asks."""
        asked = move._get_invoice_next_payment_values()["next_amount_to_pay"]
        self.assertEqual(asked, amount)
        words = f"{move.currency_id.format(amount)} due "
        self.assertIn(words, move._mobilepay_asked_message())
        page = html.fromstring(self.url_open(move.get_portal_url()).text)
        self.assertIn(words, page.text_content())
        link = move._mobilepay_link_for_payer()
        request = move.mobilepay_invoice_id
        self.assertEqual((request.link_url, request.amount), (link, amount))
        self.assertIn(words, move._mobilepay_asked_message())
        return request

    def test_this_is_the_default(self):
        self.assertEqual(self.connection.instalment_rule, "next")

    def test_one_after_another(self):
        move = self.thirds(days_ago=0)
        for amount, number in ((300.0, 1), (300.0, 2), (400.0, 3)):
            request = self.asks_as_odoo(move, amount)
            self.assertEqual(request.instalment, number)
            self.assertFalse(move.mobilepay_can_send, "one at a time")
            self.hear(request)
        self.assertEqual(move.payment_state, "paid")
        self.assert_shown(move, "paid", "paid")

    def test_all_that_is_overdue_at_once(self):
        move = self.thirds(days_ago=30)
        request = self.asks_as_odoo(move, 600.0)
        self.assertEqual(request.due_date, self.connection._today())
        self.hear(request)
        lines = move._mobilepay_receivable_lines()
        self.assertEqual(lines.mapped("reconciled"), [True, True, False])
        self.hear(self.asks_as_odoo(move, 400.0))
        self.assertEqual(move.payment_state, "paid")
        self.assertFalse(move.activity_ids)

    def test_partly_paid_and_overdue(self):
        move = self.thirds(days_ago=30)
        self.register_payment(move, 100.0)
        request = self.asks_as_odoo(move, 500.0)
        self.register_payment(move, 200.0)
        self.take_back()
        self.assertEqual(request.state, "canceled")
        request = self.asks_as_odoo(move, 300.0)
        self.hear(request)
        self.asks_as_odoo(move, 400.0)

    def test_what_gets_overdue_is_added(self):
        move = self.thirds(days_ago=15)
        first = self.asks_as_odoo(move, 300.0)
        second_line = move._mobilepay_receivable_lines()[1]
        second_line.date_maturity = fields.Date.today() - timedelta(days=1)
        # sudo: as if it had been sent before that day
        first.sudo().due_date = fields.Date.today() - timedelta(days=5)
        self.env.ref("account_mobilepay.cron_instalments").method_direct_trigger()
        self.take_back()
        self.assertEqual(first.state, "canceled")
        self.asks_as_odoo(move, 600.0)
        self.env.ref("account_mobilepay.cron_instalments").method_direct_trigger()
        self.assertEqual(len(move.mobilepay_invoice_ids), 2)

    def test_the_next_follows_when_its_day_comes_near(self):
        move = self.thirds(days_ago=0)
        self.hear(self.send(move))
        cron = self.env.ref("account_mobilepay.cron_instalments")
        self.connection.instalment_days = 15
        cron.method_direct_trigger()
        self.assertEqual(len(move.mobilepay_invoice_ids), 1)
        self.connection.instalment_days = 25
        cron.method_direct_trigger()
        cron.method_direct_trigger()
        request = move.mobilepay_invoice_ids.sorted("id")[1:]
        self.assertEqual((request.instalment, request.state), (2, "created"))

    def test_terms_in_one_part_ask_for_the_whole(self):
        request = self.send(self.invoice())
        self.assertEqual((request.instalment, request.amount), (0, 1000.0))

    def test_many_at_once(self):
        move, other = self.thirds(days_ago=30), self.invoice(self.partner_b)
        batch = self.env["mobilepay.batch"].sudo()._start(move + other)
        self.env["mobilepay.batch_sender"].sudo()._prepare_some()
        asked = batch.request_ids.sorted(lambda request: request.move_id.id)
        self.assertEqual(asked.mapped("amount"), [600.0, 1000.0])
