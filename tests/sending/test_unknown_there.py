import uuid
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...models.takeback.mobilepay_canceler import PAUSES
from ..common import simulator
from ..news import NewsCase

UNTIL = timedelta(days=30)


class UnknownCase(NewsCase):
    """MobilePay answers 404 about what was sent."""

    def forgotten(self, over=False, **values):
        """Return a request that MobilePay does not know; over: after its last day."""
        request = self.sent().sudo()
        days = UNTIL + timedelta(days=1) if over else UNTIL
        due_date = fields.Date.today() - days
        request.write(
            {"mobilepay_id": str(uuid.uuid4()), "due_date": due_date, **values}
        )
        return request

    def poll(self, request):
        request.next_poll_on = "2020-01-01"
        self.env.ref("account_mobilepay.cron_poll").method_direct_trigger()
        self.process()

    def cancel(self, request):
        request.next_cancel_on = "2020-01-01"
        self.env.ref("account_mobilepay.cron_cancel").method_direct_trigger()
        self.process()

    def at_a_wrong_address(self):
        self.repoint(custom_api_base=f"{simulator().url}/nowhere")


@tagged("post_install", "-at_install")
class TestUnknownThere(UnknownCase):
    """After its last day it has expired; before it, it is doubted and shown."""

    def test_after_the_last_day_it_has_expired(self):
        for state in ("created", "accepted", "sending", "unconfirmed"):
            request = self.forgotten(over=True, state=state)
            self.poll(request)
            self.assertEqual(request.state, "expired", state)
            self.assertFalse(request.move_id._mobilepay_open_request())

    def test_the_button_hears_it_too(self):
        request = self.forgotten(over=True)
        request.action_refresh_status()
        self.assertEqual(request.state, "expired")

    def test_until_the_last_day_it_is_doubted_and_shown(self):
        request = self.forgotten()
        pauses = []
        for _time in range(3):
            self.poll(request)
            pauses.append(request.next_poll_on - fields.Datetime.now())
        self.assertEqual(request.state, "created")
        self.assertIn("does not know this invoice", request.error_text)
        self.assertIn("cancel the request", request.error_text)
        self.assertEqual(pauses, sorted(pauses))
        self.assertGreater(pauses[-1], 3 * pauses[0])
        self.assertEqual(len(self.help_calls(request.move_id)), 1)

    def test_what_it_knows_again_is_doubted_no_more(self):
        request = self.forgotten()
        known = request.event_ids.mobilepay_id
        self.poll(request)
        request.mobilepay_id = known
        self.poll(request)
        self.assertFalse(request.error_text)
        self.assertFalse(self.help_calls(request.move_id))

    def test_at_a_wrong_address_nothing_is_known(self):
        request = self.forgotten(over=True)
        self.at_a_wrong_address()
        self.poll(request)
        self.assertEqual(request.state, "created")


@tagged("post_install", "-at_install")
class TestTakingBackUnknown(UnknownCase):
    """Taking back what MobilePay does not know has an end, too."""

    def test_after_the_last_day_it_has_expired(self):
        request = self.forgotten(over=True)
        request.action_cancel()
        self.cancel(request)
        self.assertEqual(request.state, "expired")
        self.cancel(request)
        self.assertFalse(request.next_cancel_on)

    def test_before_it_it_is_tried_for_hours(self):
        request = self.forgotten()
        request.action_cancel()
        for _pause in PAUSES:
            self.cancel(request)
            self.assertEqual(request.state, "created")
        self.cancel(request)
        self.assertEqual(request.state, "canceled")
        self.assertFalse(request.move_id._mobilepay_open_request())

    def test_at_a_wrong_address_it_is_tried_on(self):
        request = self.forgotten()
        request.action_cancel()
        request.cancel_tries = len(PAUSES)
        self.at_a_wrong_address()
        self.cancel(request)
        self.assertEqual(request.state, "created")
        self.assertGreater(request.next_cancel_on, fields.Datetime.now())
