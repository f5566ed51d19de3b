"""A wrong key, an unknown path and a closed connection are one and the same.

That no time can be measured is not tested by a clock, which proves nothing on a busy
machine, but by counting the work: queries, decryptions, comparisons.
"""

import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from odoo.tests import BaseCase, tagged

from ...tools.rate_limited_log import PAUSE, RateLimitedLog
from ..deliveries import CallbackCase, keep_secret, news, secret
from ..doors import MISSING, UNKNOWN, make_doors
from ..knocks import HostileRequest
from ..real import RealDatabaseCase
from ..scale import scaled
from ..senders import Wire

REFUSALS = scaled(300, 3000)
LIMIT = 64 * 1024
# what the time could tell of: Python's and C's functions by their name
COSTLY = ("compare_digest", "decrypt", "execute", "openssl_sha256", "_search")


def work(env, path, key):
    """Return how often refusing this called each of ``COSTLY``."""
    Connection = env["mobilepay.connection"]
    return work_of(env, lambda: Connection._take_delivery(path, key, b"[]"))


def work_for_monitor(env, token):
    """Return the same for a monitor's token."""
    Connection = env["mobilepay.connection"]
    return work_of(env, lambda: Connection._answer_monitor(token)[0])


def work_of(env, answer):
    """Return the status that is answered, and how often ``COSTLY`` were called."""

    def refuse():
        env.invalidate_all()
        return answer()

    # the first one fills caches that all others share
    refuse()
    calls = Counter()

    def note(frame, event, function):
        if event == "call":
            calls[frame.f_code.co_name] += 1
        elif event == "c_call":
            calls[function.__name__] += 1

    sys.setprofile(note)
    try:
        status = refuse()
    finally:
        sys.setprofile(None)
    return {"status": status, **{name: calls[name] for name in COSTLY}}


@tagged("post_install", "-at_install")
class TestDoorsWork(RealDatabaseCase):
    def prepare(self):
        kinds = ["apikey", "basic", "disconnected", "archived"]
        self.doors = self.run_real(make_doors, kinds=kinds)

    def test_refusing_is_the_same_work(self):
        # protects models/connection/mobilepay_secret.py: _get_all (the -1 and the
        # decoy) and
        # models/connection/mobilepay_connection_callback.py: _find_by_path (the state),
        # _callback_secrets (as many for none)
        apikey, _basic, disconnected, archived = self.doors
        asked = [(UNKNOWN.rpartition("/")[2], "x" * 64)]
        asked += [(door["path"].rpartition("/")[2], "x" * 64) for door in self.doors]
        asked += [
            (door["path"].rpartition("/")[2], apikey["key"])
            for door in (disconnected, archived)
        ]
        works = [self.run_real(work, path=path, key=key) for path, key in asked]
        for done in works:
            self.assertEqual(done, works[0])
        self.assertEqual(works[0]["status"], 401)
        self.assertGreaterEqual(works[0]["decrypt"], 3)
        self.assertGreaterEqual(works[0]["compare_digest"], 7)

    def test_refusing_a_monitor_is_the_same_work(self):
        # protects models/health/mobilepay_connection_monitor.py: _is_monitor (the
        # decoy), _find_by_number (the -1)
        numbers = [door["token"].partition(".")[0] for door in self.doors]
        tokens = ["", "x", "7" * 40, f"{MISSING}.{'x' * 43}"]
        tokens += [f"{number}.{'x' * 43}" for number in numbers]
        # an archived one's own
        tokens.append(self.doors[-1]["token"])
        works = [self.run_real(work_for_monitor, token=token) for token in tokens]
        for done in works:
            self.assertEqual(done, works[0])
        self.assertEqual(works[0]["status"], 401)
        self.assertGreaterEqual(works[0]["decrypt"], 1)
        self.assertGreaterEqual(works[0]["compare_digest"], 1)


@tagged("post_install", "-at_install", "mobilepay_scaled")
class TestDoorsCallback(CallbackCase):
    """Over HTTP: what a stranger sees, and what the administrator does."""

    def knock(self, key, path=None):
        good = HostileRequest("POST", "", (), b"[]", "length")
        return Wire(self.server.url).send(good, path or self.path, key)

    def test_many_refusals_are_few_lines(self):
        # protects tools/rate_limited_log.py: RateLimitedLog._due (the pause)
        began = time.monotonic()
        paths = [self.path, UNKNOWN, f"{UNKNOWN}%00"]
        with ThreadPoolExecutor(4) as pool:
            replies = list(
                pool.map(
                    lambda number: self.knock("x" * 64, paths[number % 3]),
                    range(REFUSALS),
                )
            )
        self.assertEqual({reply.status for reply in replies}, {401})
        self.assertEqual(len(set(replies)), 1)
        log = self.server.log_file.read_bytes()[self.log_start :].decode()
        lines = [line for line in log.splitlines() if "MobilePay" in line]
        # two processes, a line a minute
        self.assertLessEqual(len(lines), 2 * (1 + (time.monotonic() - began) / PAUSE))

    def test_an_empty_or_short_secret_refuses_everything(self):
        # protects mobilepay/classic/callbacks.py: _hit (`strong and`)
        # the next Connect must not find what is planted here
        forget = "DELETE FROM mobilepay_secret WHERE purpose LIKE 'callback%%'"
        self.addCleanup(self.sql, forget)
        for weak in ("w", "w" * 15):
            for purpose in ("callback", "callback_next", "callback_old"):
                self.keep(purpose, weak)
            self.sql("UPDATE mobilepay_connection SET callback_rotated_on = now()")
            for key in (weak, self.key, "", None):
                with self.subTest(secret=weak, key=key):
                    self.assertEqual(self.knock(key).status, 401)
        self.keep("callback", "w" * 16)
        self.assertEqual(self.knock("w" * 16).status, 204)

    def keep(self, purpose, text):
        values = {"connection_id": self.connection_id, "purpose": purpose}
        self.run_real(keep_secret, text=text, **values)

    def test_the_old_secret_ends_with_the_grace(self):
        # protects models/connection/mobilepay_connection_callback.py: _callback_secrets
        # (GRACE)
        self.run_real(renew, connection_id=self.connection_id)
        new = self.run_real(secret, connection_id=self.connection_id)
        self.assertEqual(self.knock(self.key).status, 204)
        self.assertEqual(self.knock(new).status, 204)
        for age, status in (("71:59", 204), ("72:01", 401)):
            self.sql(
                "UPDATE mobilepay_connection SET callback_rotated_on ="
                " (now() at time zone 'UTC') - %s::interval",
                age,
            )
            self.assertEqual(self.knock(self.key).status, status, age)
            self.assertEqual(self.knock(new).status, 204)
        self.sql("UPDATE mobilepay_connection SET callback_rotated_on = NULL")
        self.assertEqual(self.knock(self.key).status, 401)

    def test_parameters_do_not_get_in_the_way(self):
        # protects controllers/door.py: opened (params.pop, MethodNotAllowed)
        wire = Wire(self.server.url)
        for method, status in (("POST", 204), ("OPTIONS", 405), ("GET", 405)):
            knock = HostileRequest(method, "self=1&path=x&debug=1", (), b"[]", "length")
            with self.subTest(method):
                self.assertEqual(wire.send(knock, self.path, self.key).status, status)

    def test_the_largest_answer_of_the_login_page(self):
        # protects controllers/oidc.py: park (max_content_length, MAX_STATE)
        wire = Wire(self.server.url)
        form = (("Content-Type", "application/x-www-form-urlencoded"),)
        for size, status in ((LIMIT, 303), (LIMIT + 1, 413)):
            body = b"state=" + b"x" * (size - 6)
            knock = HostileRequest("POST", "", form, body, "length")
            reply = wire.send(knock, "/mobilepay/oidc/callback")
            self.assertEqual(reply.status, status)
            if status == 303:
                self.assertEqual(reply.location, "/mobilepay/oidc/finish?state=")

    def test_deepest_delivery(self):
        # protects mobilepay/classic/callbacks.py: _check_depth
        for depth, status in ((500, 204), (501, 400)):
            element = "[" * depth + "]" * depth
            self.assertEqual(self.post(f"[{element}]"), status)
        self.assertEqual([row[0] for row in self.stored()], ["bad"])

    def test_most_elements(self):
        # protects mobilepay/classic/callbacks.py: _elements (max_elements)
        self.assertEqual(self.post([news()] + [0] * 50_000), 400)
        self.assertFalse(self.stored())
        self.assertEqual(self.post([news()] + [0] * 49_999), 204)
        self.assertEqual(len(self.stored()), 50_000)


def renew(env, connection_id):
    """Press the button that renews the secret."""
    env["mobilepay.connection"].browse(connection_id).action_renew_callback_secret()


class _Lines:
    """A logger that keeps what it is told."""

    def __init__(self):
        self.lines = []

    def log(self, _level, text, *values):
        self.lines.append(text % values)


class _Yielding(dict):
    """Lets other threads run between a look-up and what is written after it."""

    def get(self, *args):
        found = super().get(*args)
        time.sleep(0)
        return found


@tagged("post_install", "-at_install")
class TestTally(BaseCase):
    def setUp(self):
        super().setUp()
        self.logger, self.now = _Lines(), 0.0
        self.tally = RateLimitedLog(self.logger, "Door", clock=lambda: self.now)

    def test_one_line_a_minute(self):
        for second in range(0, 180):
            self.now = float(second)
            self.tally.note("wrong")
        self.assertEqual(
            self.logger.lines,
            [
                "Door (1 times): wrong",
                "Door (60 times): wrong",
                "Door (60 times): wrong",
            ],
        )

    def test_each_reason_has_its_own(self):
        self.tally.note("wrong")
        self.tally.note("key", "put it back")
        self.assertEqual(
            self.logger.lines, ["Door (1 times): wrong", "Door (1 times): put it back"]
        )

    def test_threads_count_together(self):
        # protects tools/rate_limited_log.py: RateLimitedLog._due (the lock)
        self.tally._counts = _Yielding()

        def note():
            for _time in range(200):
                self.tally.note("wrong")

        threads = [threading.Thread(target=note) for _number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.now = float(PAUSE)
        self.tally.note("wrong")
        self.assertEqual(self.logger.lines[-1], "Door (1600 times): wrong")
        self.assertEqual(len(self.logger.lines), 2)
