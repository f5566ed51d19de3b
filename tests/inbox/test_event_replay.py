"""Process again: news that were of nobody, not confirmed, or could not be read."""

import json

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..news import NewsCase


@tagged("post_install", "-at_install")
class TestEventReplay(NewsCase):
    def forgotten(self):
        """Return a request that is not known here, and its events: orphans."""
        request = self.paid()
        told = self.history(request, "created", "paid")
        known = request.mobilepay_id
        # sudo: as if the database had been restored from before it was sent
        request.sudo().write({"mobilepay_id": False, "state": "canceled", "tries": 1})
        self.tell(*told)
        events = self.env["mobilepay.event"].search([("mobilepay_id", "=", known)])
        events.filtered(lambda event: event.source == "answer").sudo().unlink()
        return request, events.exists()

    def test_what_was_of_nobody_finds_its_request(self):
        request, events = self.forgotten()
        self.assertEqual(set(events.mapped("state")), {"orphan"})
        request.sudo().state = "unconfirmed"
        # inbox/mobilepay_event_replay.py: _replayed takes the others along, else the
        # one that stays an orphan makes the InvoiceId foreign
        events[:1].action_replay()
        self.assertEqual(request.state, "paid")
        self.assertEqual(len(self.payments(request)), 1)

    def test_again_changes_nothing(self):
        request, events = self.forgotten()
        request.sudo().state = "unconfirmed"
        events.action_replay()
        with self.assertRaisesRegex(UserError, "recorded already"):
            events.action_replay()
        self.assertEqual(len(self.payments(request)), 1)

    def test_still_of_nobody(self):
        event = self.orphan()
        before = self.gets()
        event.action_replay()
        self.assertEqual(self.gets(), before + 1, "MobilePay is asked again")
        self.assertIn(event.state, ("new", "orphan"))
        self.assertTrue(event.reason)

    def test_what_was_unreadable_is_read_by_a_later_version(self):
        request = self.sent()
        element = self.news(request, "rejected", 7)
        self.tell({**element, "Status": "declined by payer"})
        [event] = self.events(state="bad")
        event.action_replay()
        self.assertEqual(event.state, "bad", "it cannot be read yet")
        self.assertIn("Status is missing or unknown", event.reason)
        # sudo: as if this version read what is there
        event.sudo().raw = json.dumps(element)
        # inbox/mobilepay_event_replay.py: _read_again
        event.action_replay()
        self.assertEqual((event.state, event.sequence), ("done", 7))
        self.assertEqual(request.state, "rejected")

    def test_what_was_unreadable_and_came_again_readable(self):
        request = self.sent()
        element = self.news(request, "accepted", 4)
        self.tell({**element, "Date": "yesterday"})
        [event] = self.events(state="bad")
        self.tell(element)
        event.sudo().raw = json.dumps(element)
        # inbox/mobilepay_event_replay.py: _is_known, else the unique index raises
        event.action_replay()
        self.assertEqual(event.state, "stale")
        self.assertEqual(request.state, "accepted")

    def test_what_was_not_confirmed_is_asked_again(self):
        request = self.sent()
        self.tell(self.news(request, "paid", 9))
        [event] = self.events(request, status="paid")
        event.sudo().write({"state": "bad", "doubts": 8, "tries": 8})
        self.pay(request)
        event.action_replay()
        self.assertEqual((event.state, request.state), ("done", "paid"))
        self.assertEqual(event.doubts, 0)

    def test_an_advisor_only_looks(self):
        event = self.orphan()
        advisor = new_test_user(
            self.env,
            "replay_advisor",
            "base.group_user,account.group_account_readonly",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        with self.assertRaisesRegex(UserError, "Only billing staff"):
            event.with_user(advisor).action_replay()
        self.assertEqual(event.state, "orphan")
