from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..news import NewsCase

HISTORIES = {
    "paid": ["created", "accepted", "accepted", "paid"],
    "paid at once": ["created", "paid"],
    "only paid": ["paid"],
    "rejected": ["created", "accepted", "rejected"],
    "expired": ["created", "accepted", "expired"],
    "canceled": ["created", "canceled"],
    "invalid": ["invalid"],
    "accepted": ["created", "accepted", "accepted", "accepted"],
}


@st.composite
def deliveries(draw):
    """Draw two histories, mixed, repeated and out of order, in some deliveries."""
    names = draw(st.tuples(*[st.sampled_from(sorted(HISTORIES))] * 2))
    all_news = [
        (which, number)
        for which, name in enumerate(names)
        for number in range(len(HISTORIES[name]))
    ]
    again = draw(st.lists(st.sampled_from(all_news), max_size=4))
    order = draw(st.permutations(all_news + again))
    cut = draw(st.integers(0, len(order)))
    return names, [part for part in (order[:cut], order[cut:]) if part]


@tagged("post_install", "-at_install")
class TestProcessorOrder(NewsCase):
    """Callbacks come late, twice and mixed; only Sequence tells what is true."""

    # no shrinking: each example runs the cron
    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
    )
    @given(drawn=deliveries())
    def test_any_order_ends_alike(self, drawn):
        names, parts = drawn
        requests = self._two_paid_at_mobilepay()
        histories = [
            self.history(request, *HISTORIES[name])
            for request, name in zip(requests, names, strict=True)
        ]
        with self.env.cr.savepoint() as savepoint:
            for part in parts:
                self.tell(*(histories[which][number] for which, number in part))
            for request, name in zip(requests, names, strict=True):
                self._check_end(request, HISTORIES[name])
            self.assertFalse(self.events(state="new"))
            savepoint.rollback()

    def _two_paid_at_mobilepay(self):
        """Return two requests; hypothesis comes here again for each example."""
        if not hasattr(self, "_requests"):
            self._requests = [self.paid(), self.paid()]
            self.env.flush_all()
        return self._requests

    def _check_end(self, request, statuses):
        self.assertEqual(request.state, statuses[-1])
        is_paid = statuses[-1] == "paid"
        self.assertEqual(len(self.payments(request)), int(is_paid))
        if is_paid:
            self.assertEqual(request.move_id.payment_state, "paid")
        if statuses[-1] == "accepted":
            last = f"2026-05-{len(statuses):02d}"
            self.assertEqual(str(request.accepted_payment_date), last)

    def test_in_order(self):
        request = self.paid()
        for element in self.history(request, *HISTORIES["paid"]):
            self.tell(element)
            self.assertEqual(request.state, element["Status"])
        self.assertEqual(
            self.events(request, source="callback").mapped("state"), ["done"] * 4
        )

    def test_reversed_in_one_delivery(self):
        request = self.paid()
        self.tell(*reversed(self.history(request, *HISTORIES["paid"])))
        self.assertEqual(request.state, "paid")
        # ordered before they are applied: none of them is stale
        states = self.events(request, source="callback").mapped("state")
        self.assertEqual(states, ["done"] * 4)

    def test_reversed_one_by_one(self):
        request = self.paid()
        for element in reversed(self.history(request, *HISTORIES["paid"])):
            self.tell(element)
            self.assertEqual(request.state, "paid")
        stale = self.events(request, state="stale")
        self.assertEqual(len(stale), 3)
        self.assertEqual(set(stale.mapped("reason")), {stale[0].reason})
        self.assertIn("nothing comes after that", stale[0].reason)

    def test_sequence_goes_before_date(self):
        request = self.sent()
        later, earlier = "2026-04-25T00:00:00+00:00", "2026-04-24T00:00:00+00:00"
        self.tell(
            self.news(request, "rejected", 5, Date=earlier),
            self.news(request, "expired", 4, Date=later),
        )
        self.assertEqual(request.state, "rejected")

    def test_date_decides_where_the_sequence_is_the_same(self):
        request = self.sent()
        later, earlier = "2026-04-25T00:00:00+00:00", "2026-04-24T00:00:00+00:00"
        self.tell(
            self.news(request, "rejected", 4, Date=later),
            self.news(request, "accepted", 4, Date=earlier),
        )
        self.assertEqual(
            self.events(request, source="callback").mapped("state"), ["stale", "done"]
        )

    def test_the_same_delivery_again_is_not_stored(self):
        request = self.sent()
        history = self.history(request, "created", "accepted")
        self.tell(*history)
        stored = self.events(request)
        self.tell(*history, *history)
        self.assertEqual(self.events(request), stored)

    def test_accepted_twice_takes_the_newer_day(self):
        request = self.sent()
        first, second = (
            self.news(request, "accepted", sequence, PaymentDate=day)
            for sequence, day in ((2, "2026-05-02"), (4, "2026-05-09"))
        )
        self.tell(first)
        self.tell(second)
        self.assertEqual(str(request.accepted_payment_date), "2026-05-09")
        bodies = request.move_id.message_ids.mapped("body")
        self.assertEqual(sum("The payer pays on" in body for body in bodies), 2)

    def test_accepted_twice_out_of_order_keeps_the_newer_day(self):
        request = self.sent()
        self.tell(self.news(request, "accepted", 4, PaymentDate="2026-05-09"))
        self.tell(self.news(request, "accepted", 2, PaymentDate="2026-05-02"))
        self.assertEqual(str(request.accepted_payment_date), "2026-05-09")
        self.assertEqual(self.events(request, sequence=2).state, "stale")

    def test_nothing_goes_back_whatever_its_sequence(self):
        request = self.sent()
        self.tell(self.news(request, "rejected", 3))
        self.tell(self.news(request, "accepted", 7), self.news(request, "created", 8))
        self.assertEqual(request.state, "rejected")

    def test_an_old_answer_of_a_poll_takes_nothing_back(self):
        request = self.sent()
        self.events(request).sudo().unlink()
        self.tell(self.news(request, "accepted", 2))
        # MobilePay itself still says: created
        request.action_refresh_status()
        self.assertEqual(self.events(request, source="poll").state, "stale")
        self.assertEqual(request.state, "accepted")

    def test_payment_day_is_the_merchants(self):
        request = self.sent()
        self.tell(
            self.news(request, "accepted", 2, PaymentDate="2026-05-01T22:30:00+00:00")
        )
        self.assertEqual(str(request.accepted_payment_date), "2026-05-02")

    def test_words_in_capitals(self):
        request = self.paid()
        self.tell(self.news(request, "Created", 0), self.news(request, "Paid", 2))
        self.assertEqual(request.state, "paid")

    def test_the_answers_news_are_told_once(self):
        request = self.sent()
        self.tell(self.news(request, "created", 0))
        bodies = request.move_id.message_ids.mapped("body")
        self.assertEqual(sum("Waiting" in body for body in bodies), 1)

    def test_invalid_later_says_why_and_can_be_sent_again(self):
        request = self.sent()
        self.tell(
            self.news(request, "invalid", 1, ErrorCode="10201", ErrorMessage="Too much")
        )
        self.assertEqual(request.state, "invalid")
        self.assertIn("above MobilePay's limit", request.error_text)
        self.assertIn("10201", request.move_id.mobilepay_error)
        self.assertTrue(request.move_id.mobilepay_can_send)

    def test_invalid_with_a_code_that_is_unknown(self):
        request = self.sent()
        self.tell(
            self.news(request, "invalid", 1, ErrorCode=10106, ErrorMessage="Nope")
        )
        self.assertEqual(request.error_text, "Nope (code 10106)")

    def test_invalid_without_a_reason(self):
        request = self.sent()
        self.tell(self.news(request, "invalid", 1))
        self.assertIn("without a reason", request.error_text)

    def test_link_that_comes_with_the_news(self):
        request = self.send(self.invoice(self.partner_b))
        url = "https://pay.example/1"
        self.tell(
            self.news(
                request, "created", 0, Links=[{"Rel": "user-redirect", "Href": url}]
            )
        )
        self.assertEqual(request.link_url, url)
        self.assertEqual(request.move_id.mobilepay_link_url, url)
