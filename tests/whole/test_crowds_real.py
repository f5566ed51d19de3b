"""Eight workers do the same thing at once: it is done once, and nobody gets stuck.

The crons themselves Odoo runs one at a time; a person's button, several hosts and a
cron that was begun anew meet all the same, so here all of them run side by side.
"""

from collections import Counter

from odoo.tests import tagged

from ...models.sending import mobilepay_sender
from ..connection.test_token import TOKEN_CALL, ask_merchant
from ..crashing import CrashCase
from ..flow_items import lost_news, paid, paid_news, posted, posted_pairs, queued
from ..flow_runs import store
from ..scale import scaled
from ..sending.test_sending_real import send

WORKERS = 8


@tagged("post_install", "-at_install", "mobilepay_scaled")
class TestCrowds(CrashCase):
    """What row locks and unique indexes are for, seen from outside."""

    ROUNDS = scaled(1, 4)
    COUNT = scaled(5, 30)

    def setUp(self):
        super().setUp()
        self.deadlocks = self.count_deadlocks()
        self.addCleanup(self.check_no_deadlock)

    def count_deadlocks(self):
        """Return how many deadlocks PostgreSQL ever had to break in this database."""
        [[number]] = self.sql(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        return number

    def check_no_deadlock(self):
        self.assertEqual(self.count_deadlocks(), self.deadlocks)
        self.assertNotIn("deadlock detected", self.worker.log())

    def crowd(self, function, allowed=(), latency=0.05, **values):
        """Have eight workers do it at once; return the errors' names, counted."""
        self.control("settings", latency_seconds=latency)
        outcomes = self.race(function, WORKERS, **values)
        self.control("settings", latency_seconds=0)
        for outcome in outcomes:
            self.assertIn(
                outcome.error, ("", *allowed), f"{outcome.message}\n{self._tail()}"
            )
        return Counter(outcome.error for outcome in outcomes)

    def attempts(self, items):
        """Return how many create calls there were for each of the invoices."""
        moves = [move for item in items for move in item.moves]
        return [one["create_attempts"] for one in self.at_mobilepay(moves)]

    def asked(self, items, ending=""):
        """Return how often MobilePay was asked for each, by GET of such a path."""
        paths = [
            one["path"].lower()
            for one in self.inspect()["latest_requests"]
            if one["method"] == "GET"
        ]
        moves = [move for item in items for move in item.moves]
        ends = [f"/{one['id']}{ending}" for one in self.at_mobilepay(moves)]
        return [sum(path.endswith(end) for path in paths) for end in ends]

    # -------------------------------------------------------------------- sending

    def test_sending_one(self):
        # protects: sending/mobilepay_sender.py: _send / try_lock_for_update of the
        # moves
        for _round in range(self.ROUNDS):
            [item] = posted(self, 1)
            # a serialization failure is taken again by Odoo's web client layer
            allowed = ("UserError", "SerializationFailure")
            self.assertGreater(self.crowd(send, allowed, **item.values)[""], 0)
            self.assertEqual(self.attempts([item]), [1])
            self.check_all_right([item])

    def test_sending_what_waits(self):
        items = self.queued_and_due()
        self.crowd(do, model="mobilepay.sender", method="_cron_send")
        self.assertEqual(self.attempts(items), [1] * self.COUNT)
        self.check_all_right(items)

    def test_sending_what_takes_longer_than_the_pause(self):
        # protects: sending/mobilepay_sender.py: _claim / the second
        # try_lock_for_update: who
        # calls holds the row, and is not dead. The first one only saves others from
        # waiting: PostgreSQL refuses what they would write
        items = self.queued_and_due()
        self.crowd(send_without_pauses, latency=0.5)
        self.assertEqual(self.attempts(items), [1] * self.COUNT)
        self.recover(items)
        self.check_all_right(items)

    def queued_and_due(self):
        """Return invoices whose request waits in the queue, and need not any more."""
        items = queued(self, self.COUNT)
        self.sql(
            "UPDATE mobilepay_invoice SET next_try_on = '2020-01-01'"
            " WHERE next_try_on IS NOT NULL"
        )
        return items

    def test_sending_a_batch(self):
        # protects: sending/mobilepay_batch_sender.py: _prepare_some and _claim / locks
        items = posted_pairs(self, self.COUNT)
        for item in items:
            self.run_real(begin_batch, **item.values)
        self.crowd(do, model="mobilepay.batch_sender", method="_cron_batch")
        self.control("callbacks/flush")
        self.recover(items)
        self.assertEqual(self.attempts(items), [1] * 2 * self.COUNT)
        self.check_all_right(items)

    # ----------------------------------------------------------------------- news

    def test_processing(self):
        # protects: inbox/mobilepay_confirmer.py: _confirm / try_lock_for_update and the
        # domain that is looked at again
        items = paid_news(self, self.COUNT)
        elements = [one for item in items for one in item.values["elements"]]
        self.crowd(store, elements=elements)
        self.crowd(do, model="mobilepay.processor", method="_cron_process")
        self.assertEqual(self.asked(items), [1] * self.COUNT, "confirmed once")
        self.recover(items)
        self.check_all_right(items)

    def test_adopting(self):
        # protects: inbox/mobilepay_processor.py: _each / try_lock_for_update and the
        # domain that is looked at again
        items = lost_news(self, self.COUNT)
        elements = [one for item in items for one in item.values["elements"]]
        self.run_real(store, elements=elements)
        self.crowd(do, model="mobilepay.processor", method="_cron_process")
        self.assertEqual(self.asked(items), [1] * self.COUNT, "asked for once")
        self.recover(items)
        self.check_all_right(items)

    def test_polling(self):
        # protects: inbox/mobilepay_poller.py: _poll_one / filtered_domain(self._due())
        items = paid(self, self.COUNT)
        moves = [item.moves[0] for item in items]
        self.sql(
            "UPDATE mobilepay_invoice SET next_poll_on = '2020-01-01'"
            " WHERE move_id = ANY(%s)",
            moves,
        )
        self.crowd(do, model="mobilepay.poller", method="_cron_poll")
        self.assertEqual(self.asked(items, "/status"), [1] * self.COUNT)
        self.recover(items)
        self.check_all_right(items)

    # --------------------------------------------------------------------- tokens

    def test_refreshing(self):
        # protects: connection/mobilepay_token.py: _locked_row / FOR UPDATE, and _alone
        # / except SerializationFailure: who waited looks again, in a new transaction
        for _round in range(self.ROUNDS):
            before = self.inspect()["openid"].get("refreshes", 0)
            calls = self.inspect()["requests"].get(TOKEN_CALL, 0)
            self.sql("UPDATE mobilepay_token SET expires_at = '2020-01-01'")
            self.crowd(ask_merchant, connection_id=self.connection_id)
            self.assertEqual(self.inspect()["openid"]["refreshes"], before + 1)
            self.assertEqual(self.inspect()["requests"][TOKEN_CALL], calls + 1)
            self.check_tokens()

    # ----------------------------------------------------------------- everything

    def test_all_at_once(self):
        """Everything that is due, by everybody, with a token that has run out."""
        items = [*queued(self, 2), *paid(self, 2), *posted_pairs(self, 1)]
        self.run_real(begin_batch, move_ids=items[-1].moves)
        self.sql("UPDATE mobilepay_token SET expires_at = '2020-01-01'")
        before = self.inspect()["openid"].get("refreshes", 0)
        self.crowd(do_all)
        self.assertEqual(self.inspect()["openid"]["refreshes"], before + 1)
        self.recover(items)
        self.assertEqual(self.attempts(items), [1] * 6)
        self.check_all_right(items)


# ------------------------------------------------- what runs in the other process


def do(env, model, method):
    """Do a cron's work, as more than one may at a time."""
    getattr(env[model], method)()


def send_without_pauses(env):
    """Send what waits, and look again at once at what was taken up, by whomever.

    As if each call took longer than the pause after which a request is tried again.
    """
    # in this process only, which ends with it
    mobilepay_sender.PAUSES = (0,)
    do(env, model="mobilepay.sender", method="_cron_send")


def do_all(env):
    """Do the work of all crons of the flows, in turns."""
    for model, method in (
        ("mobilepay.sender", "_cron_send"),
        ("mobilepay.batch_sender", "_cron_batch"),
        ("mobilepay.poller", "_cron_poll"),
        ("mobilepay.processor", "_cron_process"),
        ("mobilepay.canceler", "_cron_cancel"),
    ):
        do(env, model, method)
        env.cr.commit()


def begin_batch(env, move_ids):
    """Begin a batch, which the cron sends."""
    env["mobilepay.batch"]._start(env["account.move"].browse(move_ids))
