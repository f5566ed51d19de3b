from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...mobilepay.transport.failures import from_answer
from ...mobilepay.types import Status
from ..common import ANNA, UNKNOWN_PHONE, simulator
from ..sending_case import SendingCase


@tagged("post_install", "-at_install")
class TestSendingOutcomes(SendingCase):
    """What MobilePay answers, or does not, and that nothing goes out twice."""

    # ----------------------------------------------------------------- refused

    def test_refusal_in_words_with_code_and_correlation_id(self):
        move = self.invoice()
        problem = self.problem(move, mobilepay_phone=UNKNOWN_PHONE)
        request = move.mobilepay_invoice_id
        self.assertIn("was not sent with MobilePay", problem)
        self.assertIn("No MobilePay user has this phone number", problem)
        self.assertIn("code 10101", problem)
        self.assertIn(request.correlation_id, problem)
        self.assertEqual(request.state, "invalid")
        self.assertEqual(request.error_code, "10101")
        self.assertIn("No MobilePay user", move.mobilepay_error)
        self.assertIn("No MobilePay user", self.chatter(move))

    def test_refused_invoice_is_corrected_and_sent_again(self):
        move = self.invoice()
        self.problem(move, mobilepay_phone=UNKNOWN_PHONE)
        refused = move.mobilepay_invoice_id
        request = self.send(move, mobilepay_phone=ANNA)
        self.assertEqual(request.state, "created")
        self.assertEqual(request.payment_reference, refused.payment_reference)
        self.assertEqual(refused.state, "invalid")
        self.assertEqual(len(self.inspect()["invoices"]), 1)

    def test_corrected_invoice_keeps_its_earlier_request(self):
        move = self.invoice()
        self.control("settings", amount_limits={"DK": "500"})
        self.problem(move)
        move.button_draft()
        move.invoice_line_ids.price_unit = 300
        move.action_post()
        request = self.send(move)
        self.assertEqual((request.state, request.amount), ("created", 375))
        self.assertEqual(
            move.mobilepay_invoice_ids.sorted("id").mapped("state"),
            ["invalid", "created"],
        )

    def test_after_a_rejection_the_reference_is_counted(self):
        move = self.invoice()
        first = self.send(move)
        self.deliver(self.news(first, "rejected", 2))
        self.process()
        second = self.send(move)
        self.assertEqual(second.payment_reference, f"{first.payment_reference}-2")
        self.assertEqual(second.state, "created")
        self.assertTrue(first.superseded)

    def test_code_without_words_of_ours_has_mobilepays(self):
        move = self.invoice()
        self.control("settings", error_code_as="null", amount_limits={"DK": "1"})
        self.assertIn("The amount exceeds the limit", self.problem(move))
        self.assertEqual(move.mobilepay_state, "invalid")

    # ------------------------------------------------------------------- twice

    def test_second_click_sends_nothing(self):
        move = self.invoice()
        self.send(move)
        self.assertIn("open MobilePay request", self.problem(move))
        self.assertEqual(self.create_calls(), 1)

    def test_two_wizards_open_at_once_send_one(self):
        move = self.invoice()
        first, second = self.wizard(move), self.wizard(move)
        for wizard in (first, second):
            self.assertNotIn("mobilepay_not_sendable", wizard.alerts or {})
        first.action_send_and_print()
        # the alerts of the second were computed before
        self.env["account.move.send"]._generate_and_send_invoices(
            move, **second._get_sending_settings()
        )
        self.assertEqual(self.create_calls(), 1)
        self.assertEqual(len(move.mobilepay_invoice_ids), 1)

    def test_engine_called_again_sends_nothing_and_complains_not(self):
        move = self.invoice()
        Send = self.env["account.move.send"]
        for _time in range(3):
            Send._generate_and_send_invoices(move, sending_methods={"mobilepay"})
        self.assertEqual(self.create_calls(), 1)
        self.assertEqual(move.mobilepay_state, "created")

    def test_cron_leaves_alone_what_went_out(self):
        move = self.invoice()
        request = self.send(move)
        self.work_queue(request)
        self.assertEqual(self.create_calls(), 1)

    # ------------------------------------------------------------- unreachable

    def test_unreachable_mobilepay_keeps_it_queued_until_the_cron(self):
        move = self.invoice(self.partner_b)
        with self.unreachable():
            problem = self.problem(move)
        request = move.mobilepay_invoice_id
        self.assertIn("The MobilePay request waits", problem)
        self.assertIn("goes out by itself", problem)
        self.assertEqual(request.state, "queued")
        self.assertIn("open MobilePay request", self.problem(move))
        self.assertEqual(self.create_calls(), 0)
        self.work_queue(request)
        self.assertEqual(request.state, "created")
        self.assertTrue(request.link_url)
        self.assertFalse(request.error_text)
        self.assertEqual((self.create_calls(), request.tries), (1, 2))

    def test_a_pause_comes_before_the_next_try(self):
        with self.unreachable():
            self.problem(self.invoice())
        self.work_queue()
        self.assertEqual(self.create_calls(), 0)

    def test_wrong_gateway_secret_keeps_it_queued(self):
        self.control("gateway-apps", client_id="other", client_secret="app")
        self.repoint(gateway_client_id="other")
        move = self.invoice()
        problem = self.problem(move)
        self.assertIn("Check the gateway client ID", problem)
        self.assertIn("goes out by itself", problem)
        self.repoint(gateway_client_id="demo-ibm-id")
        self.work_queue(move.mobilepay_invoice_id)
        self.assertEqual(move.mobilepay_state, "created")
        self.assertEqual(len(self.inspect()["invoices"]), 1)

    def test_lost_consent_loses_nothing(self):
        move = self.invoice()
        vat = self.connection.merchant_vat
        self.control(f"merchants/{vat}/revoke")
        self.env.cr.execute("UPDATE mobilepay_token SET expires_at = '2020-01-01'")
        self.env["mobilepay.token"].sudo().invalidate_model()
        problem = self.problem(move)
        self.assertIn("no longer accepts this connection", problem)
        self.assertEqual(move.mobilepay_state, "queued")
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.state, "consent_lost")
        self.work_queue(move.mobilepay_invoice_id)
        self.assertEqual(self.create_calls(), 0)
        self.connect(self.connection)
        self.work_queue(move.mobilepay_invoice_id)
        self.assertEqual(move.mobilepay_state, "created")
        self.assertEqual(self.create_calls(), 1)

    def test_secrets_that_cannot_be_read_keep_it_queued(self):
        row = self.env["mobilepay.secret"].sudo().search([("purpose", "=", "gateway")])
        good = row.ciphertext
        row.ciphertext = "gibberish"
        move = self.invoice()
        self.assertIn("cannot be read", self.problem(move))
        self.assertEqual(move.mobilepay_state, "queued")
        row.ciphertext = good
        self.work_queue(move.mobilepay_invoice_id)
        self.assertEqual(move.mobilepay_state, "created")

    def test_paid_while_it_waited_it_is_not_sent(self):
        move = self.invoice()
        with self.unreachable():
            self.problem(move)
        request = move.mobilepay_invoice_id
        self._register_payment(move)
        self.work_queue(request)
        self.assertEqual(request.state, "canceled")
        self.assertEqual(self.create_calls(), 0)

    def test_one_request_in_trouble_does_not_stop_the_queue(self):
        bad, good = self.invoice(), self.invoice()
        with self.unreachable():
            self.problem(bad)
            self.problem(good)
        requests = bad.mobilepay_invoice_id + good.mobilepay_invoice_id
        requests[0].sudo().payload = "{}"
        self.work_queue(*requests)
        self.assertEqual(requests.mapped("state"), ["invalid", "created"])

    # ------------------------------------------------------------- unconfirmed

    def lose(self, move, *, arrives, **choices):
        """Send, with the answer lost; return the request."""
        with self.losing(arrives=arrives) as trouble:
            problem = self.problem(move, **choices)
        self.assertEqual(trouble.lost, 1)
        self.assertIn("do not send another", problem)
        request = move.mobilepay_invoice_id
        self.assertEqual(request.state, "unconfirmed")
        return request

    def test_lost_answer_is_found_out_by_the_same_bytes(self):
        move = self.invoice()
        request = self.lose(move, arrives=True)
        sent = request.sudo().payload
        self.assertIn("open MobilePay request", self.problem(move))
        self.work_queue(request)
        self.assertEqual(request.error_code, "10104")
        self.assertEqual(request.state, "unconfirmed")
        self.assertEqual(request.sudo().payload, sent)
        self.assertIn("MobilePay has this request", request.error_text)
        self.assertEqual(len(self.inspect()["invoices"]), 1)
        # it is known now: not asked again
        self.assertFalse(request.next_try_on)

    def test_lost_link_is_found_out_likewise(self):
        request = self.lose(self.invoice(self.partner_b), arrives=True)
        self.work_queue(request)
        self.assertEqual((request.error_code, request.state), ("10301", "unconfirmed"))

    def test_news_complete_what_lost_its_answer(self):
        move = self.invoice()
        request = self.lose(move, arrives=True)
        [invoice] = self.inspect()["invoices"]
        self.deliver(*invoice["history"])
        self.process()
        self.assertEqual(request.mobilepay_id, invoice["id"])
        self.assertEqual(request.state, "created")
        self.assertFalse(request.error_text)
        self.pay(request)
        self.deliver(self.news(request, "paid", 9))
        self.process()
        self.assertEqual(move.payment_state, "paid")

    def test_what_never_arrived_is_sent_by_the_cron(self):
        move = self.invoice()
        request = self.lose(move, arrives=False)
        self.work_queue(request)
        self.assertEqual(request.state, "created")
        self.assertEqual(len(self.inspect()["invoices"]), 1)

    def test_one_that_breaks_something_says_so_and_waits(self):
        # protects: sending/mobilepay_sender.py: _send_due / _note_unexpected
        request = self.send(self.invoice())
        request.sudo().write({"state": "queued", "mobilepay_id": False})
        now = fields.Datetime.now()
        sender = type(self.env["mobilepay.sender"])
        with (
            patch.object(sender, "_outdated", side_effect=ZeroDivisionError),
            patch.object(self.env.cr, "rollback"),
            self.assertLogs("odoo.addons.account_mobilepay", "ERROR"),
        ):
            self.work_queue(request)
        self.assertEqual(request.state, "queued")
        self.assertIn("unexpected", request.error_text)
        self.assertGreater(request.next_try_on, now)

    def test_refused_for_its_contents_it_never_arrived(self):
        move = self.invoice()
        request = self.lose(move, arrives=False, mobilepay_phone=UNKNOWN_PHONE)
        self.work_queue(request)
        self.assertEqual(request.state, "invalid")
        self.assertEqual(self.send(move, mobilepay_phone=ANNA).state, "created")

    def test_refused_for_the_moment_it_stays_unconfirmed(self):
        request = self.lose(self.invoice(), arrives=False)
        self.control("settings", daily_limit=0)
        self.work_queue(request)
        self.assertEqual((request.state, request.error_code), ("unconfirmed", "10314"))
        self.control("settings", daily_limit=10)
        self.work_queue(request)
        self.assertEqual(request.state, "created")

    def test_refused_without_a_readable_code_it_stays_unconfirmed(self):
        sender = self.env["mobilepay.sender"].sudo()
        request = self.lose(self.invoice(), arrives=True)
        for body in (b"<html>Bad Request</html>", b'{"error_code": "103', b"{}"):
            error = from_answer(400, {}, body, write=True, correlation_id="")
            sender._note_failure(request.sudo(), error)
            self.assertEqual(request.state, "unconfirmed")
            self.assertTrue(request.next_try_on)

    def test_mobilepays_own_news_override_a_refusal_of_our_call(self):
        for status in ("created", "accepted"):
            request = self.send(self.invoice())
            request.sudo().event_ids.unlink()
            request.sudo().write({"state": "sending", "last_sequence": -1})
            self.note_refusal(request)
            self.assertEqual(request.state, "invalid")
            self.deliver(self.news(request, status, 1))
            self.process()
            self.assertEqual(request.state, status)

    def test_a_refusal_of_our_call_does_not_override_mobilepays_news(self):
        request = self.send(self.invoice())
        self.deliver(self.news(request, "accepted", 1))
        self.process()
        self.note_refusal(request)
        self.assertEqual(request.state, "accepted")

    def note_refusal(self, request):
        sender = self.env["mobilepay.sender"].sudo()
        sender._note_answer(request.sudo(), Status.INVALID)
        sender._process_answer(request.sudo())

    def test_unreachable_again_it_stays_unconfirmed(self):
        request = self.lose(self.invoice(), arrives=True)
        with self.unreachable():
            self.work_queue(request)
        self.assertEqual(request.state, "unconfirmed")

    def test_news_of_what_seemed_invalid_is_booked_all_the_same(self):
        move = self.invoice()
        request = self.lose(move, arrives=True)
        # the payer's number is gone when the bytes are sent again
        self.control("payers", phone=ANNA, available=True, amount_limit="1")
        self.work_queue(request)
        self.assertEqual(request.state, "invalid")
        self.control("payers", phone=ANNA, amount_limit=None)
        [invoice] = self.inspect()["invoices"]
        self.control(f"invoices/{invoice['id']}/accept", phone=ANNA)
        history = self.inspect()["invoices"][0]["history"]
        self.deliver(*history)
        self.process()
        self.assertEqual(request.state, "paid")
        self.assertEqual(move.payment_state, "paid")

    # ------------------------------------------------------------------ others

    def test_news_before_the_answer_is_not_lost(self):
        move = self.invoice()
        request = self.send(move)
        [invoice] = self.inspect()["invoices"]
        # as if the create call were still on its way
        request.sudo().write({"mobilepay_id": False, "state": "sending"})
        self.deliver(*invoice["history"])
        self.process()
        self.assertEqual(request.state, "created")
        self.assertEqual(request.mobilepay_id, invoice["id"])

    def test_simulator_is_the_one_of_this_run(self):
        self.assertIn(simulator().url, self.connection.sudo().custom_api_base)
