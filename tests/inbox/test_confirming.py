"""Many payments at once are asked about at the same time, each for itself."""

import threading
import time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...mobilepay.classic.invoices import InvoiceApi
from ...models.inbox import mobilepay_asker, mobilepay_confirmer
from ..common import ANNA, simulator
from ..interceptor import Interceptor
from ..news import NewsCase

QUESTION = "GET /invoice-restapi/api/v1/merchants/*/invoices/"
# longer than anybody waits: nothing is asked a second time by the way
BUSY = {"kind": "status", "status": 503, "retry_after": 3600}


class Gate(Interceptor):
    """The way to MobilePay, where questions about payments are counted.

    :param refuse: ``refuse(number, token)`` says which question is answered with
        401, by how many came before it and the token it came with
    :param seconds: how long each takes at least
    """

    def __init__(self, refuse=lambda number, token: False, seconds=0):
        super().__init__(simulator().url)
        self.asked = []
        self.refused = 0
        self.most = 0
        self._refuse, self._seconds = refuse, seconds
        self._lock = threading.Lock()
        self._inside = 0

    def answer(self, method, path, headers, body):
        """Count who is inside at the same time."""
        if method != "GET" or "/invoices/" not in path:
            return super().answer(method, path, headers, body)
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
            refused = self._refuse(len(self.asked), headers["Authorization"])
            if refused:
                self.refused += 1
            else:
                self.asked.append(path.rpartition("/")[2].lower())
        time.sleep(self._seconds)
        try:
            return (401, {}) if refused else super().answer(method, path, headers, body)
        finally:
            with self._lock:
                self._inside -= 1


@tagged("post_install", "-at_install")
class TestConfirming(NewsCase):
    SOME, MANY = 12, 30

    def setUp(self):
        super().setUp()
        self.control("settings", daily_limit=100)
        self.connection.max_per_day = 100

    def sent_together(self, count):
        """Return requests in Anna's app; nobody has paid them."""
        moves = [self.invoice() for _number in range(count)]
        wish = {"kind": "direct", "phone": ANNA}
        refused = self.env["mobilepay.sender"]._send(
            self.connection, {move: wish for move in moves}
        )
        self.assertFalse(refused)
        return self.env["mobilepay.invoice"].union(
            *(move.mobilepay_invoice_id for move in moves)
        )

    def paid_together(self, count):
        """Return requests that Anna has paid; nobody told us."""
        requests = self.sent_together(count)
        for request in requests:
            self.control(f"invoices/{request.mobilepay_id}/accept", phone=ANNA)
        return requests

    def tell_paid(self, requests):
        """Deliver that they are paid, and process; return these news."""
        self.tell(*(self.news(request, "paid", 2) for request in requests))
        return self.env["mobilepay.event"].search(
            [("request_id", "in", requests.ids), ("sequence", "=", 2)], order="id"
        )

    def through(self, gate):
        self.repoint(custom_api_base=f"{gate.url}/invoice-restapi")

    def strike(self, request, **fault):
        """Return a rule that strikes the question about one request."""
        return {**fault, "match": f"{QUESTION}{request.mobilepay_id}$"}

    def refreshes(self):
        return self.inspect()["openid"].get("refreshes", 0)

    def check_paid(self, requests):
        self.assertEqual(set(requests.mapped("state")), {"paid"})
        self.assertEqual(len(self.payments(*requests)), len(requests))
        self.assertEqual(
            set(requests.move_id.mapped("payment_state")) - {"in_payment"}, {"paid"}
        )

    def check_waits(self, event, doubts=0):
        """It was asked in vain, is asked later, and changed nothing."""
        self.assertEqual((event.state, event.confirmed), ("new", False))
        self.assertEqual((event.tries, event.doubts), (1, doubts), event.reason)
        self.assertGreater(event.next_try_on, fields.Datetime.now())
        self.assertTrue(event.reason)
        self.assertEqual(event.request_id.state, "created")
        self.assertFalse(self.payments(event.request_id))

    # ------------------------------------------------------------ one of many

    @mute_logger("odoo.addons.account_mobilepay.models.inbox.mobilepay_worker")
    def test_an_answer_that_breaks_us_is_no_trouble_of_the_others(self):
        # protects: together.py: work / except Exception; inbox/mobilepay_confirmer.py:
        # _note / raise, _ask_about / _together; inbox/mobilepay_worker.py: _together /
        # for
        requests = self.paid_together(self.SOME)
        broken = requests[5]
        # read here: threads must not read records
        details, bad = InvoiceApi.details, broken.mobilepay_id
        asked = []

        def break_down(api, mobilepay_id):
            asked.append(mobilepay_id)
            if mobilepay_id == bad:
                raise ZeroDivisionError
            return details(api, mobilepay_id)

        self.patch(InvoiceApi, "details", break_down)
        events = self.tell_paid(requests)
        self.check_waits(events.filtered(lambda event: event.request_id == broken))
        self.check_paid(requests - broken)
        self.assertEqual(sorted(asked), sorted(requests.mapped("mobilepay_id")))

    def test_trouble_with_some_is_no_trouble_of_the_others(self):
        # protects: inbox/mobilepay_confirmer.py: _note / each branch; together.py: work
        # / except
        requests = self.paid_together(self.MANY)
        forged = self.sent_together(1)
        busy, broken, strange, unknown = (requests[n] for n in (3, 11, 17, 29))
        self.control(
            "faults",
            rules=[
                self.strike(busy, **BUSY),
                self.strike(broken, kind="truncated"),
                self.strike(strange, kind="not_json"),
                self.strike(unknown, kind="status", status=404),
            ],
        )
        self.control("settings", latency_seconds=0.05)
        events = self.tell_paid(requests[:15] + forged + requests[15:])
        struck = busy + broken + strange + unknown
        self.check_paid(requests - struck)
        doubted = unknown + forged
        for event in events.filtered(lambda e: e.request_id in struck + forged):
            self.check_waits(event, doubts=int(event.request_id in doubted))
        self.control("faults", rules=[])
        events.filtered(lambda e: e.state == "new").sudo().next_try_on = "2020-01-01"
        self.process()
        self.check_paid(requests)
        self.assertEqual(forged.state, "created")
        self.assertFalse(self.payments(forged))

    # ------------------------------------------------------------ how many at once

    def test_no_more_at_once_than_the_connection_allows(self):
        # protects: mobilepay/classic/service.py: details_of / at_once
        requests = self.paid_together(self.SOME)
        self.connection.calls_at_once = 3
        with Gate(seconds=0.1) as gate:
            self.through(gate)
            self.tell_paid(requests)
        self.assertEqual(gate.most, 3)
        self.assertEqual(sorted(gate.asked), sorted(requests.mapped("mobilepay_id")))
        self.check_paid(requests)

    def test_how_many_are_allowed(self):
        # protects: connection/mobilepay_connection_pace.py: _check_calls_at_once
        for number in (-1, 0, 17):
            with self.assertRaisesRegex(ValidationError, "Between 1 and 16 questions"):
                self.connection.calls_at_once = number
        for number in (1, 16):
            self.connection.calls_at_once = number
        self.assertEqual(self.connection.calls_at_once, 16)

    # ------------------------------------------------------------ nobody is there

    def test_mobilepay_that_is_down_is_asked_about_a_few(self):
        # protects: inbox/mobilepay_confirmer.py: _ask_about / rest, _others
        self.patch(mobilepay_confirmer, "CHUNK", 4)
        requests = self.paid_together(10)
        self.control("faults", rules=[{**BUSY, "match": QUESTION}])
        events = self.tell_paid(requests)
        self.assertEqual(len(events), 10)
        for event in events:
            self.check_waits(event)
        self.assertEqual(self.inspect()["faults"]["struck"], {"status": 4})
        # none was lost
        self.control("faults", rules=[])
        events.sudo().next_try_on = "2020-01-01"
        self.process()
        self.check_paid(requests)

    def test_time_that_is_up_leaves_the_others_as_they_are(self):
        # protects: inbox/mobilepay_confirmer.py: _ask_about / asked
        requests = self.paid_together(6)
        self.patch(mobilepay_confirmer, "CHUNK", 6)
        self.patch(mobilepay_asker, "SECONDS", 0.25)
        self.connection.calls_at_once = 1
        with Gate(seconds=0.1) as gate:
            self.through(gate)
            events = self.tell_paid(requests)
        # what one run did not come to, the next did; nothing twice
        self.assertEqual(sorted(gate.asked), sorted(requests.mapped("mobilepay_id")))
        self.assertEqual(set(events.mapped("tries")), {0})
        self.check_paid(requests)

    # ------------------------------------------------------------ the token

    def test_token_refused_in_the_middle_is_renewed_once(self):
        # protects: inbox/mobilepay_asker.py: _details / renew, again
        requests = self.paid_together(self.SOME)
        before, spoiled = self.refreshes(), []

        def refuse(number, token):
            if number == 5 and not spoiled:
                spoiled.append(token)
            return token in spoiled

        with Gate(refuse) as gate:
            self.through(gate)
            events = self.tell_paid(requests)
        self.assertEqual(self.refreshes(), before + 1)
        self.assertEqual(set(events.mapped("tries")), {0})
        # what was answered before is not asked again
        self.assertEqual(sorted(gate.asked), sorted(requests.mapped("mobilepay_id")))
        self.check_paid(requests)

    def test_refused_with_any_token_all_wait(self):
        # protects: together.py: work / _drain
        self.connection.calls_at_once = 2
        requests = self.paid_together(self.SOME)
        before = self.refreshes()
        with Gate(lambda _number, _token: True) as gate:
            self.through(gate)
            events = self.tell_paid(requests)
        self.assertEqual(self.refreshes(), before + 1)
        # each of those who ask at once, with either token, and twice by its transport
        self.assertLessEqual(gate.refused, 4 * self.connection.calls_at_once)
        for event in events:
            self.check_waits(event)
        self.assertEqual(self.connection.state, "connected")
