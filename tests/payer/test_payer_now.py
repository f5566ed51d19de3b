from datetime import timedelta

from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from ..paying import PayerCase


@tagged("post_install", "-at_install")
class TestPayerNow(PayerCase):
    """What an invoice says of MobilePay is what is open of it now."""

    def test_half_paid_leaves_the_other_half(self):
        move = self.halves()
        self.hear(self.send(move))
        self.assertEqual(move.amount_residual, 500.0)
        self.assert_shown(move, "payable", False)

    def test_whoever_wants_to_pay_early_can(self):
        move = self.halves()
        self.hear(self.send(move))
        link = move._mobilepay_link_for_payer()
        second = move.mobilepay_invoice_ids.sorted("id")[-1]
        self.assertEqual((second.instalment, second.amount), (2, 500.0))
        self.assertEqual(link, second.link_url)
        self.assert_shown(move, "payable", "created", second)
        self.hear(second)
        self.assert_shown(move, "paid", "paid")

    def test_what_is_due_first_is_shown(self):
        move = self.halves(5)
        self.send(move)
        first, second = move.mobilepay_invoice_ids.sorted("instalment")
        self.assert_shown(move, "payable", "created", first)
        self.hear(second)
        self.assert_shown(move, "payable", "created", first)
        self.hear(first)
        self.assert_shown(move, "paid", "paid")

    def test_what_is_accepted_leaves_the_rest_to_pay(self):
        move = self.halves(5)
        self.send(move)
        first, second = move.mobilepay_invoice_ids.sorted("instalment")
        self.hear(first, "accepted", PaymentDate="2030-05-18T00:00:00+00:00")
        self.assert_shown(move, "payable", "created", second)
        self.hear(second)
        self.assertEqual(move._mobilepay_payer_view(), "accepted")

    def test_a_rejected_half_is_not_hidden_by_the_paid_one(self):
        move = self.halves(5)
        self.send(move)
        first, second = move.mobilepay_invoice_ids.sorted("instalment")
        self.hear(first, "rejected")
        self.hear(second)
        self.assert_shown(move, "payable", "rejected")

    def test_half_paid_by_bank(self):
        move = self.invoice(self.partner_b)
        request = self.send(move)
        self.register_payment(move, 400.0)
        # too much: it is being taken back, and asked for anew within a minute
        self.assert_shown(move, "payable", "created")
        self.assertNotIn(request.link_url, move._mobilepay_pay_url())
        self.take_back()
        rest = move.mobilepay_invoice_ids.sorted("id")[-1]
        self.assertEqual(rest.amount, 600.0)
        self.assert_shown(move, "payable", "created", rest)

    def test_half_paid_by_bank_where_the_request_stays(self):
        self.connection.resend_rest = False
        move = self.invoice(self.partner_b)
        request = self.send(move)
        self.register_payment(move, 400.0)
        self.assertEqual(request.amount, 1000.0)
        self.assert_shown(move, "payable", "created", request)

    def test_taken_back_by_a_person_cannot_be_paid(self):
        move = self.invoice(self.partner_b)
        self.send(move).action_cancel()
        self.assert_shown(move, "", "created")
        self.take_back()
        self.assert_shown(move, "payable", "canceled")

    def test_raised_after_payment(self):
        move = self.invoice(self.partner_b)
        request = self.send(move)
        self.hear(request)
        self.assert_shown(move, "paid", "paid")
        move.button_draft()
        move.invoice_line_ids.price_unit = 1000.0
        move.action_post()
        self.assertTrue(move.amount_residual)
        self.assert_shown(move, "payable", False)

    def test_unmatched_after_payment(self):
        move = self.invoice(self.partner_b)
        request = self.send(move)
        self.hear(request)
        receivable = move._mobilepay_receivable_lines()
        receivable.remove_move_reconcile()
        self.assertEqual(move.amount_residual, 1000.0)
        self.assert_shown(move, "payable", False)
        credit = request.payment_id.move_id.line_ids.filtered(
            lambda line: line.account_id == receivable.account_id
        )
        (receivable + credit).reconcile()
        self.assert_shown(move, "paid", "paid")

    def test_paid_and_not_posted_yet_is_not_asked_for_again(self):
        move = self.invoice(self.partner_b)
        request = self.send(move)
        values = {"state": "paid", "paid_amount": 1000.0, "transaction_id": "1"}
        # sudo: as the processor does, before the payment is posted
        request.sudo().write(values)
        self.assert_shown(move, "paid", "paid")
        request.sudo().paid_amount = 900.0
        self.assert_shown(move, "", "paid")

    def test_later_attempt_hides_the_earlier(self):
        move = self.invoice(self.partner_b)
        self.hear(self.send(move), "rejected")
        self.assert_shown(move, "payable", "rejected")
        again = self.send(move)
        self.assert_shown(move, "payable", "created", again)

    def test_early_discount_is_in_the_text(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % within 7 days",
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
        move = self.invoice(
            self.partner_b, invoice_payment_term_id=term.id, invoice_date_due=False
        )
        request = self.send(move)
        self.assertEqual(request.amount, 980.0)
        self.assert_shown(move, "payable", "created", request)

    def test_instalments_take_the_place_of_a_refused_whole(self):
        move = self.halves()
        self.connection.instalment_rule = "whole"
        whole = self.send(move)
        self.hear(whole, "rejected")
        self.connection.instalment_rule = "each"
        self.hear(self.send(move))
        self.assertTrue(whole.superseded)
        self.assert_shown(move, "payable", False)


@tagged("post_install", "-at_install")
class TestPayersPageNow(PayerCase, HttpCase):
    """The payer comes back from paying one part: the page offers the other."""

    def test_page_after_one_part_is_paid(self):
        self.repoint(base_url=self.base_url())
        move = self.halves(5)
        self.send(move)
        back = f"{move.get_portal_url()}&mobilepay=back"
        state = (
            f"/my/invoices/{move.id}/mobilepay/state?access_token={move.access_token}"
        )
        page = self.url_open(back).text
        self.assertIn("waiting for MobilePay to confirm", page)
        self.assertEqual(self.url_open(state).json(), {"state": "payable"})
        first, second = move.mobilepay_invoice_ids.sorted("instalment")
        self.hear(first)
        self.assertEqual(self.url_open(state).json(), {"state": "more"})
        page = self.url_open(back).text
        self.assertNotIn("waiting for MobilePay to confirm", page)
        self.assertIn("o_mobilepay_pay", page)
        self.assertNotIn("Paid with MobilePay", page)
        self.hear(second)
        self.assertIn("Paid with MobilePay", self.url_open(back).text)

    def test_coming_back_asks_for_each_part(self):
        move = self.halves(5)
        self.send(move)
        requests = move.mobilepay_invoice_ids.sudo()
        requests.next_poll_on = requests[0].create_date + timedelta(days=9)
        move._mobilepay_ask_soon()
        for request in requests:
            self.assertLess(
                request.next_poll_on, request.create_date + timedelta(days=1)
            )
