"""How often the hot paths ask the database; whatever the number of invoices."""

import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..settling import SettlementCase

FEW, MANY = 4, 12
# an idle cron, besides what Odoo needs to run one that does nothing
IDLE = 8
# the card of the MobilePay journal, whatever is on it
DASHBOARD = 14


@tagged("post_install", "-at_install")
class TestQueryCounts(SettlementCase):
    """More invoices are no more queries, but for the numbers that are written.

    Each first run is not counted: what the first of its kind loads is not the path.
    """

    def setUp(self):
        super().setUp()
        self.connection.max_per_day = 1000
        self.control("settings", daily_limit=1000)

    def queries(self, work):
        """Return how many queries ``work()`` needs with nothing in the cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def compare(self, prepare, work, times=1):
        """Return the queries of ``work(prepare(n))`` for few and for many.

        :param times: how often it is done, where it only reads: the least counts, as
            one of Odoo's caches may have been emptied before the first
        """
        found = []
        for count in (FEW, FEW, MANY):
            made = prepare(count)
            runs = [self.queries(lambda made=made: work(made)) for _n in range(times)]
            found.append(min(runs))
        return found[1:]

    def invoices(self, count):
        """Return so many invoices, each to a customer of its own."""
        Partner = self.env["res.partner"]
        moves = [
            self.invoice(Partner.create({"name": f"Customer {number}"}))
            for number in range(count)
        ]
        return self.env["account.move"].union(*moves)

    def requests(self, count):
        """Return requests for so many invoices, paid at MobilePay; unheard of."""
        requests = self.env["mobilepay.invoice"]
        for move in self.invoices(count):
            requests += self.send(move)
        for request in requests:
            self.pay(request)
        return requests.sudo()

    # ------------------------------------------------------------------ booking

    def test_booking(self):
        # protects: booking/account_payment.py _mobilepay_join; booking/account_move.py
        def paid(count):
            requests = self.requests(count)
            for number, request in enumerate(requests):
                request.write(
                    {
                        "state": "paid",
                        "paid_on": self.connection._today(),
                        "paid_amount": request.amount,
                        "transaction_id": f"{request.id}-{number}",
                    }
                )
            return requests

        booking = self.env["mobilepay.booking"].sudo()
        few, many = self.compare(paid, booking._book)
        # the numbers are taken one by one
        self.assertLessEqual(many - few, 2 * (MANY - FEW))

    def test_applying_news(self):
        def heard(count):
            requests = self.requests(count)
            news = [self.news(request, "accepted", 1) for request in requests]
            self.assertEqual(self.deliver(*news), 204)
            return requests

        def apply(requests):
            processor = self.env["mobilepay.processor"].sudo()
            processor._assign()
            processor._apply(requests)

        few, many = self.compare(heard, apply)
        # each step is told on its invoice
        self.assertLessEqual(many - few, 12 * (MANY - FEW))

    # ------------------------------------------------------------------ hearing

    def test_hearing(self):
        # protects: connection/mobilepay_connection_callback.py TAKING_IN, and
        # inbox/mobilepay_connection.py _is_called
        request = self.send(self.invoice())
        Connection = self.env["mobilepay.connection"].sudo()
        path = self.connection.sudo().callback_path
        key = self.env["mobilepay.secret"]._get(self.connection, "callback")

        first, second = (
            self.news(request, "accepted", sequence, PaymentDate="2030-05-18")
            for sequence in (1, 2)
        )

        def hear(news):
            body = json.dumps([news]).encode()
            self.assertEqual(Connection._take_delivery(path, key, body), 204)

        hear(first)
        # connection, secrets, the row, and whether somebody is called already
        self.assertEqual(self.queries(lambda: hear(second)), 4)

    # ------------------------------------------------------------------ sending

    def test_pre_flight(self):
        # protects: sending/mobilepay_prefetch.py _prefetch;
        # connection/mobilepay_connection_lookup.py
        def alerts(moves):
            data = {move: {"sending_methods": {"mobilepay"}} for move in moves}
            return self.env["account.move.send"]._mobilepay_alerts_of_many(moves, data)

        few, many = self.compare(self.invoices, alerts)
        self.assertEqual(few, many)

    def test_the_wizard_for_many(self):
        # protects: account_move_send_batch_wizard.py _mobilepay_knowing
        def ways(moves):
            moves.partner_id.write(
                {"invoice_sending_method": self.method, "email": "a@example.com"}
            )
            wizard = self.env["account.move.send.batch.wizard"]
            wizard.create({"move_ids": moves.ids}).read(["summary_data", "alerts"])

        more = {}
        for self.method in ("email", "mobilepay"):
            few, many = self.compare(self.invoices, ways)
            more[self.method] = many - few
        # what Odoo asks for each invoice, whatever the way
        self.assertEqual(more["mobilepay"], more["email"])

    def test_preparing_a_batch(self):
        # protects: sending/mobilepay_sender_batch.py _queue_many
        def batch(count):
            return self.env["mobilepay.batch"].sudo()._start(self.invoices(count))

        sender = self.env["mobilepay.batch_sender"].sudo()
        few, many = self.compare(batch, lambda _batch: sender._prepare_some())
        self.assertEqual(few, many)

    # --------------------------------------------------------------------- bank

    def test_matching(self):
        self.use("instant")

        def lines(count):
            made = self.env["account.bank.statement.line"]
            for request in self.requests(count):
                request.action_refresh_status()
                made += self.bank_line(request.payment_reference, request.amount)
            return made

        matcher = self.env["mobilepay.matcher"].sudo()
        few, many = self.compare(
            lines, lambda made: matcher._match(self.connection.sudo(), made.sudo())
        )
        self.assertLessEqual(many - few, 3 * (MANY - FEW))

    def test_lines_without_a_reference(self):
        # protects: bank/mobilepay_bank_guess.py: two queries, however many lines
        self.use("instant")

        def lines(count):
            made = self.env["account.bank.statement.line"]
            for number in range(count):
                text = f"Husleje {number}\n{number:06}\n{number:016}"
                made += self.bank_line(text, 1.0, ref=f"{number:012}")
            return made

        clue = self.env["mobilepay.bank.clue"].sudo()

        def judge(made):
            clue._match_candidates(
                self.connection.sudo(), made.sudo(), dict.fromkeys(made)
            )

        few, many = self.compare(lines, judge)
        self.assertEqual(few, many)

    # ------------------------------------------------------------------ screens

    def test_the_list_of_invoices(self):
        names = ["name", "mobilepay_state", "mobilepay_error", "mobilepay_can_send"]

        def sent(count):
            moves = self.invoices(count)
            for move in moves:
                self.send(move)
            return moves

        few, many = self.compare(sent, lambda moves: moves.read(names))
        self.assertEqual(few, many)

    def test_the_dashboard(self):
        # protects: health/account_journal.py: one query for each situation
        journal = self.connection.journal_id

        def sent(count):
            for move in self.invoices(count):
                self.send(move)
            return journal

        def fill(journals):
            journals._fill_mobilepay_dashboard_data({one.id: {} for one in journals})

        few, many = self.compare(sent, fill, times=2)
        self.assertEqual(few, many)
        self.assertLessEqual(many, DASHBOARD)
        others = self.company_data["default_journal_bank"]
        self.assertLessEqual(self.queries(lambda: fill(others)), 3)

    def test_the_form_of_a_request(self):
        # protects: health/mobilepay_step.py
        def told(count):
            request = self.send(self.invoice())
            news = [self.news(request, "accepted", 1 + n) for n in range(count)]
            self.assertEqual(self.deliver(*news), 204)
            self.process()
            # as a request of the web client: nothing is fetched along with it
            return request.browse(request.id)

        names = {name: {} for name in ("name", "detail", "result", "user_id")}
        shown = {"next_step": {}, "step_ids": {"fields": names}}
        few, many = self.compare(told, lambda request: request.web_read(shown))
        self.assertEqual(few, many)

    def test_the_list_of_requests(self):
        def sent(count):
            return self.env["mobilepay.invoice"].union(
                *(self.send(move) for move in self.invoices(count))
            )

        names = ["state", "situation", "next_step", "days_to_pay"]
        few, many = self.compare(sent, lambda requests: requests.read(names))
        self.assertEqual(few, many)

    # --------------------------------------------------------------------- idle

    def test_idle_crons(self):
        self.daily_transfer(800.0)
        nothing = self.env["ir.cron"].create(
            {
                "name": "Does nothing",
                "model_id": self.env["ir.model"]._get_id("mobilepay.processor"),
                "state": "code",
                "code": "model",
            }
        )
        # these ask MobilePay, whatever there is to do here
        asking = self.env.ref("account_mobilepay.cron_fetch")
        asking += self.env.ref("account_mobilepay.cron_consent")
        crons = self.env["mobilepay.watcher"]._crons() - asking
        self.assertGreater(len(crons), 8)
        # in a run that takes long they would be overdue, which is looked into
        due = fields.Datetime.now() + timedelta(hours=1)
        (crons + asking).nextcall = due
        self.trigger(nothing)
        bare = self.queries(lambda: self.trigger(nothing))
        for cron in crons:
            with self.subTest(cron=cron.name):
                self.trigger(cron)
                own = self.queries(lambda cron=cron: self.trigger(cron)) - bare
                self.assertLessEqual(own, IDLE)

    def trigger(self, cron):
        self.assertTrue(cron.method_direct_trigger())
