from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ANNA, simulator
from ..interceptor import Interceptor
from ..news import NewsCase


@tagged("post_install", "-at_install")
class TestPoll(NewsCase):
    """Without any callback: button and cron ask MobilePay and write the same events."""

    def poll(self, *requests):
        """Run the poller's cron, then the processor's; these requests are due."""
        for request in requests:
            request.sudo().next_poll_on = "2020-01-01 00:00:00"
        self.env.ref("account_mobilepay.cron_poll").method_direct_trigger()
        self.process()

    def polls(self):
        """Return how often MobilePay was asked for a status."""
        return sum(
            count
            for call, count in self.inspect()["requests"].items()
            if call.startswith("GET ") and call.endswith("/status")
        )

    def test_button_hears_of_the_payment_and_books_it(self):
        request = self.paid()
        request.action_refresh_status()
        self.assertEqual(request.state, "paid")
        self.assertEqual(request.move_id.payment_state, "paid")
        event = self.events(request, status="paid")
        self.assertEqual((event.source, event.sequence), ("poll", -1))

    def test_cron_hears_of_the_payment_and_books_it(self):
        request = self.paid()
        self.poll(request)
        self.assertEqual(request.state, "paid")
        self.assertEqual(request.move_id.payment_state, "paid")

    def test_callback_after_the_poll_changes_nothing(self):
        request = self.paid()
        self.poll(request)
        self.tell(*self.history(request, "created", "accepted", "paid"))
        self.assertEqual(len(self.payments(request)), 1)
        stale = self.events(request, source="callback").mapped("state")
        self.assertEqual(stale, ["stale"] * 3)

    def test_poll_after_the_callback_changes_nothing(self):
        request = self.paid()
        self.tell(self.news(request, "paid", 2))
        request.action_refresh_status()
        self.assertEqual(len(self.payments(request)), 1)

    def test_every_final_state_is_heard(self):
        rejected, expired, canceled = self.sent(), self.sent(), self.sent()
        self.control(f"invoices/{rejected.mobilepay_id}/reject", phone=ANNA)
        self.control(f"invoices/{expired.mobilepay_id}/expire")
        with self.connection._service() as service:
            service.cancel(canceled.mobilepay_id)
        self.poll(rejected, expired, canceled)
        self.assertEqual(rejected.state, "rejected")
        self.assertEqual(expired.state, "expired")
        self.assertEqual(canceled.state, "canceled")

    def test_nothing_new_is_stored_once(self):
        request = self.sent()
        self.poll(request)
        self.poll(request)
        self.assertEqual(len(self.events(request)), 1)
        self.assertEqual(self.polls(), 2)

    def test_pause_grows_until_half_a_day(self):
        request = self.sent()
        pauses = []
        for _time in range(9):
            request.sudo().next_poll_on = "2020-01-01 00:00:00"
            self.env.ref("account_mobilepay.cron_poll").method_direct_trigger()
            pauses.append(request.next_poll_on - fields.Datetime.now())
        for pause, minutes in zip(
            pauses, (10, 20, 40, 80, 160, 320, 640, 720, 720), strict=True
        ):
            self.assertAlmostEqual(
                pause, timedelta(minutes=minutes), delta=timedelta(minutes=1)
            )

    # protects mobilepay_processor: _values / polls=0
    def test_pause_begins_anew_when_something_happened(self):
        request = self.sent()
        for _time in range(5):
            self.poll(request)
        self.assertEqual(request.polls, 5)
        later = fields.Date.to_string(fields.Date.today() + timedelta(days=3))
        self.pay(request, payment_date=later)
        self.poll(request)
        self.assertEqual((request.state, request.polls), ("accepted", 0))
        self.assertAlmostEqual(
            request.next_poll_on - fields.Datetime.now(),
            timedelta(minutes=10),
            delta=timedelta(minutes=1),
        )

    # protects mobilepay_poller: ASKED_STATES
    def test_every_open_state_is_asked_until_it_is_final(self):
        for state in ("sending", "unconfirmed", "created", "accepted"):
            request = self.paid()
            request.sudo().state = state
            self.poll(request)
            self.assertEqual(request.state, "paid", state)
            self.assertEqual(request.move_id.payment_state, "paid")

    def test_not_due_is_not_asked(self):
        self.sent()
        self.poll()
        self.assertEqual(self.polls(), 0)

    def test_final_is_never_asked_again(self):
        request = self.paid()
        self.poll(request)
        asked = self.polls()
        self.poll(request)
        self.assertEqual(self.polls(), asked)

    # protects mobilepay_poller: _poll_connection / break
    def test_one_bad_answer_goes_to_the_end_of_the_queue(self):
        bad, good = self.sent(), self.paid()
        with Interceptor(simulator().url) as between:
            between.change(
                f"{bad.mobilepay_id}/status",
                lambda _status, data: (200, {"Status": "?"}),
            )
            self.repoint(custom_api_base=f"{between.url}/invoice-restapi")
            self.poll(bad, good)
            self.assertEqual(good.state, "created", "the connection was left alone")
            self.assertGreater(bad.next_poll_on, fields.Datetime.now())
            self.poll()
        self.assertEqual(good.state, "paid")

    def test_what_mobilepay_does_not_know_stops_nobody(self):
        unknown, good = self.sent(), self.paid()
        unknown.sudo().mobilepay_id = "11111111-1111-4111-8111-111111111111"
        self.poll(unknown, good)
        self.assertIn("does not know this invoice", unknown.error_text)
        self.assertEqual(good.state, "paid")

    def test_disconnected_company_is_not_asked(self):
        request = self.sent()
        self.connection.sudo().state = "consent_lost"
        self.poll(request)
        self.assertEqual(self.polls(), 0)

    def test_line_of_a_batch_is_asked_for_its_verdict(self):
        request = self.sent()
        request.sudo().state = "sending"
        self.env["mobilepay.event"].search([]).sudo().unlink()
        self.poll(request)
        self.assertEqual(request.state, "created")

    def test_button_before_it_was_sent(self):
        request = self.sent()
        request.sudo().mobilepay_id = False
        with self.assertRaisesRegex(UserError, "Send it first"):
            request.action_refresh_status()

    def test_button_for_several_companies_trouble_keeps_the_news(self):
        first, second = self.paid(), self.sent()
        second.sudo().mobilepay_id = "11111111-1111-4111-8111-111111111111"
        try:
            (first + second).action_refresh_status()
        except UserError as error:
            self.assertIn("does not know this invoice", str(error))
        self.process()
        self.assertEqual(first.state, "paid")
