"""Whatever is sent to our public addresses, nothing breaks and nothing leaks.

At least 50,000 requests under ``dev/test --slow``. Two errors 500 are Odoo's own, at
any address, before our code is reached (``odoo/http.py``): no Host header at all
(``_get_session_and_dbname``), which no browser and no proxy sends, and a CSRF token
that is a file (``validate_csrf``).
"""

import sys
import time

from odoo.tests import tagged

from ..doors import make_doors, visit
from ..real import RealDatabaseCase, make_invoices
from ..scale import scaled

# two processes, each with an open door of its own
KINDS = ["apikey", "basic", "disconnected", "archived"]
# examples of each process; most are six requests
ON_THE_WIRE = scaled(100, 200)
INSIDE = scaled(60, 1050)
ROUNDS = scaled(1, 5)
WANTED = scaled(1500, 50_000)
# tables that grow by what is delivered with the right key
GROWING = {"mobilepay_event", "ir_cron_trigger"}


@tagged("post_install", "-at_install", "mobilepay_scaled")
class TestDoorsInput(RealDatabaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # one database, known by its name: Odoo need not list them at each request
        cls.server = cls.serve(workers=2, dbfilter="")

    def prepare(self):
        self.doors = self.run_real(make_doors, kinds=KINDS)
        [self.invoice] = self.run_real(make_invoices)
        self.counted = self.count_everything()

    def count_everything(self):
        """Return the number of rows of every table."""
        tables = self.sql(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
        )
        query = " UNION ALL ".join(
            f"SELECT '{name}', count(*) FROM \"{name}\"" for [name] in tables
        )
        return dict(self.sql(query))

    def visits(self, start, **values):
        """Let each process visit with a door and a seed of its own."""
        *mine, disconnected, archived = self.doors
        calls = [
            {"doors": [door, disconnected, archived], "start": start + number}
            for number, door in enumerate(mine)
        ]
        outcomes = self.race(visit, calls, invoice=self.invoice, **values)
        for outcome in outcomes:
            self.assertFalse(outcome.error, f"{outcome.message}\n{self._tail()}")
        return [outcome.value for outcome in outcomes]

    def test_whatever_is_sent(self):
        log_start = self.server.log_file.stat().st_size
        began = time.monotonic()
        counts = self.visits(1, examples=ON_THE_WIRE, url=self.server.url)
        self.tell("over the wire", counts)
        minutes = 1 + (time.monotonic() - began) / 60
        log = self.server.log_file.read_bytes()[log_start:].decode(errors="replace")
        for number in range(ROUNDS):
            counts += self.visits(100 * number + 3, examples=INSIDE)
        self.assert_calm_log(log, minutes)
        for count in counts:
            self.assertEqual(count["errors"], [])
            # one line a minute for each reason: tools/rate_limited_log.py:
            # RateLimitedLog._due
            self.assertLessEqual(len(count["own"]), 4 * (1 + count["seconds"] / 60))
        self.assert_stored(counts)

    def assert_calm_log(self, log, minutes):
        self.assertNotIn("Traceback", log)
        self.assertNotIn(" ERROR ", log)
        own = [line for line in log.splitlines() if "MobilePay callback" in line]
        self.assertTrue(own)
        # of each of the two workers, for each reason
        self.assertLessEqual(len(own), 2 * 3 * minutes)

    def assert_stored(self, counts):
        total = self.tell("in all", counts)
        self.assertGreaterEqual(total["requests"], WANTED)
        self.assertGreater(total["delivered"], 0)
        grown = {
            name: count - self.counted[name]
            for name, count in self.count_everything().items()
            if count != self.counted[name]
        }
        self.assertLessEqual(set(grown), GROWING)
        self.assertLessEqual(grown["ir_cron_trigger"], total["delivered"])

    def tell(self, where, counts):
        """Return the sums of what was counted; ``-rP`` shows them."""
        names = ("requests", "examples", "delivered", "seconds", "busy")
        total = {name: round(sum(count[name] for count in counts)) for name in names}
        sys.stderr.write(f"strangers at the doors {where}: {total}\n")
        return total
