from dataclasses import replace

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.sending.mobilepay_sender import PAUSES
from ..common import ANNA, BO, UNKNOWN_PHONE, MobilepayCommon

BATCH_CALL = "POST /invoice-restapi/*/*/*/*/invoices/batch"


@tagged("post_install", "-at_install")
class TestBatch(MobilepayCommon):
    """Many invoices at once: few calls, and an outcome for each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner_a.invoice_sending_method = "mobilepay"
        cls.partner_b.invoice_sending_method = "mobilepay"

    def customer(self, phone=""):
        return self.env["res.partner"].create(
            {
                "name": f"Customer {phone}",
                "mobilepay_phone": phone,
                "invoice_sending_method": "mobilepay",
            }
        )

    def send_together(self, moves):
        """Press Send in the list; return the batch."""
        wizard = self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [Command.set(moves.ids)]}
        )
        action = wizard.action_send_and_print()
        self.run_batch()
        return self.env["mobilepay.batch"].browse(action.get("res_id"))

    def run_batch(self):
        self.env.ref("account_mobilepay.cron_batch").method_direct_trigger()

    def hear_back(self):
        """Deliver what MobilePay has to say, and process it."""
        self.control("callbacks/flush")
        for element in self.told():
            self.deliver(element)
        self.process()
        self.run_batch()

    def told(self):
        """Return every element that MobilePay wanted to call back with."""
        deliveries = self.inspect()["callbacks"]["deliveries"]
        return [one for delivery in deliveries for one in delivery["messages"]]

    def calls(self):
        return {k: n for k, n in self.inspect()["create_calls"].items() if n}

    def test_one_call_per_kind(self):
        moves = self.env["account.move"]
        for _number in range(4):
            moves += self.invoice() + self.invoice(self.partner_b)
        batch = self.send_together(moves)
        self.assertEqual(self.calls(), {"direct_batch": 1, "link_batch": 1})
        self.assertEqual(set(batch.request_ids.mapped("state")), {"sending"})
        self.assertEqual(batch.out_count, 8)
        self.assertEqual(batch.waiting_count, 0)

    def test_nothing_is_called_created_before_mobilepay_said_so(self):
        move = self.invoice()
        batch = self.send_together(move + self.invoice())
        self.assertEqual(move.mobilepay_state, "sending")
        self.assertFalse(move.is_move_sent)
        self.hear_back()
        self.assertEqual(set(batch.request_ids.mapped("state")), {"created"})

    def test_link_comes_with_the_callback(self):
        moves = self.invoice(self.partner_b) + self.invoice(self.partner_b)
        self.send_together(moves)
        self.assertEqual(moves.mapped("mobilepay_link_url"), [False, False])
        self.hear_back()
        self.assertTrue(all(url for url in moves.mapped("mobilepay_link_url")))

    def test_documents_wait_for_the_link(self):
        moves = self.invoice(self.partner_b) + self.invoice(self.partner_b)
        self.send_together(moves)
        self.assertFalse(any(moves.mapped("is_being_sent")), "no link yet")
        self.hear_back()
        self.assertTrue(all(moves.mapped("is_being_sent")), "let go with the link")
        before = self.create_calls()
        self.env.ref("account.ir_cron_account_move_send").method_direct_trigger()
        self.assertTrue(all(moves.mapped("is_move_sent")))
        self.assertEqual(self.create_calls(), before, "Odoo's sending sends no more")

    def test_each_line_has_its_own_outcome(self):
        good = self.invoice(self.customer(BO))
        unknown = self.invoice(self.customer(UNKNOWN_PHONE))
        too_much = self.invoice(self.customer(ANNA), amount=400000)
        batch = self.send_together(good + unknown + too_much)
        self.hear_back()
        self.assertEqual(good.mobilepay_state, "created")
        self.assertEqual(unknown.mobilepay_state, "invalid")
        self.assertIn("phone number", unknown.mobilepay_error)
        self.assertEqual(too_much.mobilepay_state, "invalid")
        self.assertIn("limit", too_much.mobilepay_error)
        self.assertFalse(too_much.mobilepay_invoice_id.mobilepay_id, "never sent")
        self.assertEqual(batch.refused_count, 2)
        self.assertEqual(batch.out_count, 1)

    def test_what_is_asked_for_or_paid_stands(self):
        moves = self.invoice() + self.invoice(self.customer(BO))
        waiting, paid = (self.send(move) for move in moves)
        self.pay(paid)
        self.deliver(self.news(paid, "paid", 1))
        self.process()
        other = self.invoice()
        batch = self.send_together(moves + other)
        self.assertEqual(batch.move_ids, other)
        self.assertEqual(moves.mapped("mobilepay_state"), ["created", "paid"])
        self.assertEqual(moves.mobilepay_invoice_ids, waiting + paid)

    # protects sending/mobilepay_batch_sender.py: _is_tried_out
    def test_a_batch_that_is_not_found_waits_and_ends(self):
        moves = self.invoice() + self.invoice()
        rule = {"kind": "status", "status": 404, "body": "own", "match": BATCH_CALL}
        self.control("faults", seed=1, rules=[{**rule, "times": 1 + len(PAUSES)}])
        self.send_together(moves)
        requests = moves.mobilepay_invoice_ids
        for _pause in PAUSES:
            self.assertEqual(set(requests.mapped("state")), {"queued"})
            requests.sudo().next_try_on = "2020-01-01 00:00:00"
            self.run_batch()
        self.assertEqual(set(requests.mapped("state")), {"invalid"})
        self.assertTrue(all(requests.mapped("error_text")))
        self.assertTrue(all(moves.mapped("mobilepay_can_send")))

    def test_refused_lines_can_be_corrected_and_sent_again(self):
        partner = self.customer(UNKNOWN_PHONE)
        move = self.invoice(partner)
        self.send_together(move + self.invoice())
        self.hear_back()
        self.assertEqual(move.mobilepay_state, "invalid")
        partner.mobilepay_phone = BO
        request = self.send(move)
        self.assertEqual(request.state, "created")
        self.assertEqual(request.phone, BO)

    def test_unreachable_waits_and_goes_out_later(self):
        base = self.connection.custom_api_base
        self.repoint(custom_api_base="http://127.0.0.1:9")
        moves = self.invoice() + self.invoice()
        batch = self.send_together(moves)
        self.assertEqual(batch.waiting_count, 2)
        self.assertEqual(set(batch.request_ids.mapped("state")), {"queued"})
        self.repoint(custom_api_base=base)
        batch.request_ids.sudo().next_try_on = "2020-01-01"
        self.run_batch()
        self.assertEqual(self.calls(), {"direct_batch": 1})
        self.assertEqual(batch.out_count, 2)

    def test_more_than_a_call_takes(self):
        service = self.connection._service()
        self.patch(
            type(service), "abilities", replace(service.abilities, largest_batch=3)
        )
        moves = self.env["account.move"]
        for number in range(7):
            moves += self.invoice(self.customer(f"+45111111{number + 1:02}"))
        self.send_together(moves)
        self.assertEqual(self.calls(), {"direct_batch": 3})

    def test_sent_twice_goes_out_once(self):
        moves = self.invoice() + self.invoice()
        self.send_together(moves)
        wizard = self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [Command.set(moves.ids)]}
        )
        wizard.action_send_and_print()
        self.run_batch()
        self.assertEqual(self.calls(), {"direct_batch": 1})

    def test_consent_lost_waits(self):
        moves = self.invoice() + self.invoice()
        self.connection.state = "consent_lost"
        batch = self.send_together(moves)
        self.assertEqual(self.calls(), {})
        self.assertEqual(batch.refused_count, 2)
        self.assertIn("connect again", batch.request_ids[:1].error_text)

    def test_other_methods_are_left_alone(self):
        self.partner_b.write(
            {"invoice_sending_method": "email", "email": "cafe@example.com"}
        )
        mailed = self.invoice(self.partner_b)
        sent = self.invoice()
        batch = self.send_together(mailed + sent)
        self.assertTrue(mailed.is_being_sent)
        self.assertFalse(sent.is_being_sent)
        self.assertEqual(batch.move_ids, sent)

    def test_a_draft_is_refused_by_odoo(self):
        draft = self.invoice().copy()
        with self.assertRaises(UserError):
            self.send_together(draft + self.invoice())

    def test_more_than_ten_a_day_to_one_payer(self):
        """Counted within the batch, and with what went out before it."""
        self.connection.max_per_day = 3
        self.send(self.invoice())
        moves = self.env["account.move"]
        for _number in range(4):
            moves += self.invoice()
        batch = self.send_together(moves)
        self.assertEqual(batch.out_count, 2)
        self.assertEqual(batch.refused_count, 2)
        refused = batch.request_ids.filtered(lambda r: r.state == "invalid")
        self.assertIn("tomorrow", refused[0].error_text)

    def test_links_go_by_email_too(self):
        self.partner_b.email = "cafe@example.com"
        methods = self.env["account.move.send"]._get_default_sending_methods
        self.assertEqual(methods(self.invoice(self.partner_b)), {"mobilepay", "email"})
        self.assertEqual(methods(self.invoice()), {"mobilepay"})
        self.connection.show_in_email = False
        self.assertEqual(methods(self.invoice(self.partner_b)), {"mobilepay"})

    def test_documents_of_a_line_rejected_meanwhile_send_no_second_request(self):
        move = self.invoice()
        self.send_together(move + self.invoice())
        self.hear_back()
        request = move.mobilepay_invoice_id
        self.control(f"invoices/{request.mobilepay_id}/reject", phone=ANNA)
        self.deliver(self.news(request, "rejected", 3))
        self.process()
        self.assertEqual(move.mobilepay_state, "rejected")
        before = self.create_calls()
        self.env.ref("account.ir_cron_account_move_send").method_direct_trigger()
        self.assertEqual(self.create_calls(), before)
        self.assertEqual(move.mobilepay_invoice_ids, request)
