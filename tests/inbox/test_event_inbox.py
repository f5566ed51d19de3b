from datetime import timedelta

from odoo.tests import tagged

from ..common import ANNA
from ..news import NewsCase


@tagged("post_install", "-at_install")
class TestEventInbox(NewsCase):
    """What comes in is stored once, good or bad, before anybody acts on it."""

    def test_news_are_stored_and_the_processor_is_called(self):
        request = self.sent()
        cron = self.env.ref("account_mobilepay.cron_process")
        triggers = self.env["ir.cron.trigger"].sudo()
        # a run that is called for already would do
        triggers.search([("cron_id", "=", cron.id)]).unlink()
        element = self.news(request, "accepted", 2, PaymentDate="2026-05-02")
        self.assertEqual(self.deliver(element), 204)
        event = self.events(request, source="callback")
        self.assertEqual(event.state, "new")
        self.assertEqual((event.status, event.sequence), ("accepted", 2))
        self.assertEqual(str(event.payment_date), "2026-05-02")
        self.assertEqual(str(event.happened_on), "2026-04-24 07:29:47.750026")
        self.assertEqual(event.company_id, self.company)
        self.assertIn('"Sequence":2', event.sudo().raw)
        # storing is all that the callback does
        self.assertEqual(request.state, "created")
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), 1)

    def test_bad_elements_are_kept_and_cost_the_good_nothing(self):
        request = self.sent()
        good = self.news(request, "accepted", 2)
        bad = [
            ({**good, "InvoiceId": "17"}, "InvoiceId"),
            ({**good, "Status": "lost"}, "Status"),
            ({**good, "Date": "yesterday"}, "Date"),
            ({**good, "Sequence": -1}, "Sequence"),
            ({**good, "Sequence": "2"}, "Sequence"),
            ("paid", "not an object"),
            (None, "not an object"),
        ]
        elements = [element for element, _reason in bad]
        self.tell(*elements[:3], good, *elements[3:])
        self.assertEqual(request.state, "accepted")
        stored = self.events(state="bad")
        for event, (_element, reason) in zip(stored, bad, strict=True):
            self.assertIn(reason, event.reason)
        self.assertIn("yesterday", stored[2].sudo().raw)

    def test_mixed_invoices_in_one_delivery(self):
        first, second = self.sent(), self.paid()
        self.tell(
            self.news(second, "paid", 3),
            self.unknown(),
            self.news(first, "rejected", 1),
            self.news(second, "accepted", 1),
        )
        self.assertEqual((first.state, second.state), ("rejected", "paid"))
        self.assertEqual(len(self.payments(first, second)), 1)

    def test_empty_delivery_is_fine(self):
        self.assertEqual(self.deliver(), 204)
        self.assertFalse(self.events())

    def test_large_delivery_is_stored_whole(self):
        elements = [self.unknown(sequence=number) for number in range(350)]
        self.assertEqual(self.deliver(*elements), 204)
        self.assertEqual(len(self.events(state="new")), 350)

    def test_same_sequence_with_another_status_is_other_news(self):
        request = self.sent()
        self.deliver(
            self.news(request, "accepted", 2), self.news(request, "rejected", 2)
        )
        self.assertEqual(len(self.events(request, sequence=2)), 2)

    def test_news_of_a_branch_belong_to_the_branch(self):
        branch = self.branch()
        move = self.invoice(company_id=branch.id)
        request = self.send(move)
        self.assertEqual(request.connection_id, self.connection)
        self.tell(self.news(request, "accepted", 2))
        self.assertEqual(self.events(request).company_id, branch)

    def test_answer_poll_and_callback_are_the_same_kind_of_row(self):
        request = self.sent()
        self.control(
            f"invoices/{request.mobilepay_id}/accept",
            phone=ANNA,
            # not today: MobilePay would take the money at once
            payment_date=str(self.connection._today() + timedelta(days=1)),
        )
        request.action_refresh_status()
        [invoice] = self.inspect()["invoices"]
        self.tell(*invoice["history"])
        rows = self.events(request)
        self.assertEqual(
            rows.mapped(lambda row: (row.source, row.status, row.sequence)),
            [
                ("answer", "created", -1),
                ("poll", "accepted", -1),
                *[
                    ("callback", news["Status"], news["Sequence"])
                    for news in invoice["history"]
                ],
            ],
        )
        self.assertEqual(rows.request_id, request)
