"""Phone numbers and payloads go after the company's period; the books stay."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .news import NewsCase


@tagged("post_install", "-at_install")
class TestErasing(NewsCase):
    def erase(self):
        self.env.ref("account_mobilepay.cron_erase").method_direct_trigger()

    def over(self, days):
        """Return a request that was paid and booked some days ago."""
        request = self.paid()
        request.action_refresh_status()
        self.assertTrue(request.payment_id)
        request.sudo().paid_on = fields.Date.today() - timedelta(days=days)
        return request.sudo()

    def check_kept(self, request):
        self.erase()
        self.assertTrue(request.payload)
        self.assertTrue(request.phone)
        self.assertTrue(all(request.event_ids.mapped("raw")))

    def test_what_is_personal_goes_and_the_rest_stays(self):
        self.connection.keep_days = 90
        request = self.over(days=92)
        stays = ["state", "amount", "paid_amount", "payment_reference", "payment_id"]
        before = request.read(stays)
        self.erase()
        self.assertFalse(request.payload)
        self.assertFalse(request.phone)
        self.assertFalse(request.phone_masked)
        self.assertFalse(any(request.event_ids.mapped("raw")))
        self.assertEqual(request.read(stays), before)
        self.assertTrue(request.event_ids)

    def test_before_its_time_everything_is_kept(self):
        self.connection.keep_days = 90
        self.check_kept(self.over(days=89))

    def test_nothing_goes_unless_the_company_wants_it(self):
        self.assertEqual(self.connection.keep_days, 0)
        self.check_kept(self.over(days=9000))

    def test_what_is_open_or_not_booked_is_kept(self):
        self.connection.keep_days = 1
        request = self.over(days=30)
        for values in ({"state": "unconfirmed"}, {"payment_id": False}):
            with self.subTest(values=values):
                before = request.read(list(values))[0]
                request.write(values)
                self.check_kept(request)
                del before["id"]
                request.write(
                    {
                        name: value[0] if isinstance(value, tuple) else value
                        for name, value in before.items()
                    }
                )

    def test_a_request_that_failed_counts_from_its_due_date(self):
        self.connection.keep_days = 30
        request = self.sent().sudo()
        request.write({"state": "canceled", "due_date": "2020-01-01"})
        self.erase()
        self.assertFalse(request.phone)

    def test_negative_days_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "from 0"):
            self.connection.keep_days = -1
