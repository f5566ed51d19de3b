import requests

from odoo import fields
from odoo.tests import tagged

from ..common import simulator
from ..faults import TOKEN
from ..news import NewsCase
from .test_token import TOKEN_CALL

DOWN = {"kind": "status", "status": 503, "match": TOKEN}


class AskingCase(NewsCase):
    """Nobody is asked in vain again and again: not once for each that waits."""

    def run_cron(self, *names):
        for name in names:
            self.env.ref(f"account_mobilepay.cron_{name}").method_direct_trigger()

    def asked(self):
        """Return how often a new access token was asked for, in vain or not."""
        url = f"{simulator().url}/control/faults"
        rules = requests.get(url, timeout=60).json()["rules"]
        struck = sum(rule["struck"] for rule in rules)
        return struck + self.inspect()["requests"].get(TOKEN_CALL, 0)

    def expire(self):
        """Let the access token be over."""
        self.env.cr.execute("UPDATE mobilepay_token SET expires_at = '2020-01-01'")
        self.env["mobilepay.token"].sudo().invalidate_model()

    def taken_back(self, count=3):
        """Return requests that are to be taken back now."""
        taken = self.env["mobilepay.invoice"].union(
            *(self.sent() for _number in range(count))
        )
        taken.action_cancel()
        self.expire()
        return taken

    def queued(self, count=3):
        """Return requests that wait to be sent, and are due."""
        taken = self.taken_back(count).sudo()
        taken.event_ids.unlink()
        taken.write(
            {
                "state": "queued",
                "mobilepay_id": False,
                "next_cancel_on": False,
                "next_try_on": "2020-01-01",
                "payload": "{}",
            }
        )
        return taken


@tagged("post_install", "-at_install")
class TestConsentLost(AskingCase):
    """Until somebody connects again, nothing is asked; then all goes on by itself."""

    def revoke(self):
        self.control(f"merchants/{self.connection.merchant_vat}/revoke")

    def lose(self):
        """Have the loss found out, as the next call does."""
        self.revoke()
        self.expire()
        self.run_cron("cancel")
        self.connection.invalidate_recordset()
        self.assertEqual(self.connection.state, "consent_lost")

    def test_taking_back_waits(self):
        taken = self.taken_back()
        self.lose()
        self.assertEqual(self.asked(), 1)
        self.run_cron("cancel", "cancel")
        self.assertEqual(self.asked(), 1)
        self.connect(self.connection)
        taken.sudo().next_cancel_on = "2020-01-01"
        self.run_cron("cancel")
        self.assertEqual(set(taken.mapped("state")), {"canceled"})

    def test_news_wait(self):
        paid = [self.paid() for _number in range(3)]
        self.taken_back(1)
        self.lose()
        self.deliver(*(self.news(request, "paid", 2) for request in paid))
        self.deliver(*(self.unknown() for _number in range(3)))
        self.run_cron("process", "process")
        self.assertEqual(self.asked(), 1)
        waiting = self.events(state="new")
        self.assertEqual(set(waiting.mapped("tries")), {0}, "they wait as they are")
        # nothing that could be done now: Odoo need not come back at once
        self.assertEqual(self.env["mobilepay.processor"]._count(), 0)
        self.connect(self.connection)
        self.run_cron("process")
        self.assertEqual({request.state for request in paid}, {"paid"})

    def test_what_needs_nobody_goes_on(self):
        request, queued = self.sent(), self.queued(1)
        self.taken_back(1)
        self.lose()
        before = self.asked()
        queued._want_cancel("person")
        self.deliver(self.news(request, "accepted", 1))
        self.run_cron("process", "cancel")
        self.assertEqual(request.state, "accepted")
        self.assertEqual(queued.state, "canceled")
        self.assertEqual(self.asked(), before)

    def test_a_living_token_is_not_used_any_more(self):
        request = self.sent()
        self.connection.sudo().state = "consent_lost"
        self.env.flush_all()
        before = sum(self.inspect()["requests"].values())
        with self.assertRaisesRegex(Exception, "press Connect"):
            request.action_refresh_status()
        # but for what this test itself has asked
        self.assertEqual(sum(self.inspect()["requests"].values()), before + 1)


@tagged("post_install", "-at_install")
class TestAskingOnce(AskingCase):
    """A trouble that all share is found out once a pause, not once for each."""

    def away(self):
        self.control("faults", rules=[DOWN])

    def is_later(self, values):
        """Whether all wait for the same moment, and it is still to come."""
        self.assertEqual(len(set(values)), 1, values)
        self.assertGreater(min(values), fields.Datetime.now())

    def test_taking_back(self):
        taken = self.taken_back()
        self.away()
        self.run_cron("cancel", "cancel")
        self.assertEqual(self.asked(), 1)
        self.is_later(taken.mapped("next_cancel_on"))
        self.assertEqual(sum(taken.mapped("cancel_tries")), 1)
        self.control("faults", rules=[])
        taken.sudo().next_cancel_on = "2020-01-01"
        self.run_cron("cancel")
        self.assertEqual(set(taken.mapped("state")), {"canceled"})

    def test_sending(self):
        taken = self.queued()
        self.away()
        self.run_cron("send", "send")
        self.assertEqual(self.asked(), 1)
        self.is_later(taken.mapped("next_try_on"))
        self.assertEqual(set(taken.mapped("state")), {"queued"})

    def test_sending_in_place_of_others(self):
        self.connection.fallback_days = 3
        moves = self.env["account.move"].union(
            *(self.sent().move_id for _number in range(3))
        )
        moves.mobilepay_invoice_ids.sudo().state = "rejected"
        self.expire()
        self.away()
        self.run_cron("fallback", "fallback")
        self.assertEqual(self.asked(), 1)
        links = moves.mobilepay_invoice_id
        self.assertEqual(set(links.mapped("state")), {"queued"})
        self.is_later(links.mapped("next_try_on"))
        self.control("faults", rules=[])
        links.sudo().next_try_on = "2020-01-01"
        self.run_cron("send")
        self.assertEqual(set(links.mapped("state")), {"created"})

    def test_sending_batches(self):
        taken = self.queued()
        batch = (
            self.env["mobilepay.batch"]
            .sudo()
            .create(
                {
                    "company_id": self.company.id,
                    "user_id": self.env.user.id,
                    "prepared": True,
                }
            )
        )
        taken.batch_id = batch
        taken[0].kind = "link"
        self.away()
        self.run_cron("batch", "batch")
        self.assertEqual(self.asked(), 1)
        self.is_later(taken.mapped("next_try_on"))

    def test_news_of_unknown_invoices(self):
        self.expire()
        self.away()
        self.deliver(*(self.unknown() for _number in range(3)))
        self.run_cron("process", "process")
        self.assertEqual(self.asked(), 1)
        events = self.events(state="new")
        self.is_later(events.mapped("next_try_on"))
        self.assertEqual(sum(events.mapped("tries")), 1)

    def test_news_to_be_confirmed(self):
        paid = [self.paid() for _number in range(3)]
        self.expire()
        self.away()
        self.deliver(*(self.news(request, "paid", 2) for request in paid))
        self.run_cron("process", "process")
        self.assertEqual(self.asked(), 1)

    def test_consent(self):
        taken = self.env["mobilepay.invoice"].union(
            *(self.sent(self.partner_b) for _number in range(3))
        )
        taken.sudo().consent_wanted = True
        self.expire()
        self.away()
        self.env["mobilepay.consent"].sudo()._ask_some()
        self.assertEqual(self.asked(), 1)
        self.assertFalse(any(taken.mapped("consent_asked_on")))
        self.control("faults", rules=[])
        self.env["mobilepay.consent"].sudo()._ask_some()
        self.assertTrue(all(taken.mapped("consent_asked_on")))

    def test_missing_key(self):
        taken = self.taken_back()
        secret = self.env["mobilepay.secret"].sudo()
        row = secret.search([("purpose", "=", "gateway")])
        good, row.ciphertext = row.ciphertext, "gibberish"
        self.run_cron("cancel", "cancel")
        self.assertEqual(sum(taken.mapped("cancel_tries")), 1)
        self.is_later(taken.mapped("next_cancel_on"))
        row.ciphertext = good
        taken.sudo().next_cancel_on = "2020-01-01"
        self.run_cron("cancel")
        self.assertEqual(set(taken.mapped("state")), {"canceled"})
