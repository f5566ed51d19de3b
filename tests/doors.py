"""Strangers at the doors: the callback URL, and the way back from MobilePay.

What runs in the processes of ``real_worker.py``: :func:`visit` sends many knocks,
each to several doors, and fails at the first answer that tells or does too much.
"""

import base64
import logging
import secrets
import time
from dataclasses import replace
from urllib.parse import urlsplit

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from odoo import http

from .knocks import EVIL, knocks, latin, quoted, token, word
from .senders import Inside, Wire

HEALTH = "/mobilepay/health"
UNKNOWN = "/mobilepay/callback/" + "x" * 43
# a slash would make another address of it: nobody's, and not ours
STRANGE_PATHS = word.filter(lambda text: "/" not in text).map(
    lambda text: f"/mobilepay/callback/x{quoted(text)}"
)
ROUTES = st.sampled_from(["deliver"] * 8 + ["come_back", "park", "monitor"])
MISSING = 2**31 - 1


def make_doors(env, kinds):
    """Make a connection of each kind, with secrets, in a company of its own.

    ``apikey`` and ``basic`` ones are open, and named after what opens them;
    ``disconnected`` and ``archived`` ones keep their secrets, which is more than
    happens to them in earnest: it must not be what protects them.
    """
    return [_make_door(env, kind) for kind in kinds]


def _make_door(env, kind):
    name = f"Nordlys {kind} {secrets.token_hex(4)}"
    connection = env["mobilepay.connection"].create(
        {
            "company_id": env["res.company"].create({"name": name}).id,
            "callback_auth": "basic" if kind == "basic" else "apikey",
        }
    )
    connection._prepare_callback_secret()
    Secret = env["mobilepay.secret"]
    key = Secret._get(connection, "callback_next")
    for purpose in ("callback", "callback_old"):
        Secret._put(connection, purpose, key[::-1] + purpose)
    address = connection.action_renew_monitor_address()["context"]["default_address"]
    connection.state = "not_connected" if kind == "disconnected" else "connected"
    connection.active = kind != "archived"
    pair = f"{connection._callback_username()}:{key}"
    basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return {
        "kind": kind,
        "id": connection.id,
        "path": f"/mobilepay/callback/{connection.callback_path}",
        "key": basic if kind == "basic" else key,
        "token": address.partition("token=")[2],
    }


def visit(env, doors, examples, start, url="", invoice=0):
    """Play ``examples`` knocks; return what was counted.

    :param doors: of :func:`make_doors`; the first one is open, and this process's
    :param start: the seed
    :param url: of a server; '' calls Odoo's WSGI application in this process
    :param invoice: id of an invoice
    """
    sender = Wire(url) if url else Inside(http.root)
    log = _Log()
    logging.getLogger().addHandler(log)
    visitor = Visitor(env.registry, sender, doors, invoice)
    began, busy = time.monotonic(), time.process_time()
    _play(visitor, examples, start)
    return {
        **visitor.counts,
        "seconds": time.monotonic() - began,
        "busy": time.process_time() - busy,
        "errors": log.errors,
        "own": log.own,
    }


def _play(visitor, examples, start):
    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        # the first that fails is told as it is
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def play(data):
        getattr(visitor, data.draw(ROUTES))(data.draw)

    play()


def _wrong_keys(good):
    """Return a strategy of headers, many of them nearly ``good``."""
    bent = [good[:-1], f"{good}x", good.swapcase(), f"Bearer {good}", good[1:]]
    pairs = latin.map(lambda text: base64.b64encode(text.encode()).decode())
    return (
        st.none()
        | latin.map(str.strip)
        | st.sampled_from([*bent, "", "Basic", "x" * 5000])
        | pairs.map(lambda pair: f"Basic {pair}")
    )


def _wrong_tokens(doors):
    """Return a strategy of a monitor's tokens, many of them nearly right."""
    number, _dot, key = doors[0]["token"].partition(".")
    others = [door["token"].partition(".")[2] for door in doors[1:]]
    archived = [door["token"] for door in doors if door["kind"] == "archived"]
    numbers = [number, "", "0", "-1", "٣", "9" * 30, str(MISSING)]
    keys = [key[:-1], key.swapcase(), "", *others]
    return (
        latin.map(str.strip)
        | st.sampled_from([*archived, key, number, f"{number}.", "x" * 5000])
        | st.sampled_from(keys).map(lambda bad: f"{number}.{bad}")
        | st.sampled_from(numbers[1:]).map(lambda bad: f"{bad}.{key}")
    )


class _Log(logging.Handler):
    """Keeps what an administrator would see."""

    def __init__(self):
        super().__init__()
        self.errors, self.own = [], []

    def emit(self, record):
        text = record.getMessage()
        if record.exc_info or record.levelno >= logging.ERROR:
            self.errors.append(text)
        if "account_mobilepay" in record.name:
            self.own.append(text)


class Visitor:
    """Sends knocks, and fails where an answer says or does too much."""

    def __init__(self, registry, sender, doors, invoice):
        self._registry = registry
        self._sender = sender
        self._open, *self._closed = doors
        self._ids = [door["id"] for door in doors]
        self._invoice = invoice
        self.counts = {"requests": 0, "delivered": 0, "examples": 0}
        self._before = self._rows()
        self._wrong_keys = _wrong_keys(self._open["key"])
        self._wrong_tokens = _wrong_tokens(doors)
        # a good key for another door, and the closed doors' own
        self._no_ways_in = [(UNKNOWN, self._open["key"])]
        self._no_ways_in += [(door["path"], door["key"]) for door in self._closed]

    def _send(self, knock, path, key=None):
        self.counts["requests"] += 1
        reply = self._sender.send(knock, path, key)
        assert reply.status < 500, f"{reply.status} for {knock} at {path}"
        assert EVIL not in urlsplit(reply.location).netloc, f"{reply} for {knock}"
        return reply

    def _rows(self):
        """Return what strangers must not be able to change."""
        with self._registry.cursor() as cr:
            cr.execute(
                "SELECT (SELECT count(*) FROM mobilepay_event"
                " WHERE connection_id = ANY(%s)),"
                " (SELECT count(*) FROM mobilepay_login WHERE answer IS NOT NULL)",
                [self._ids],
            )
            return cr.fetchone()

    # ------------------------------------------------------------------ callback

    def deliver(self, draw):
        """Send one knock to every door with keys that are none, then rightly."""
        self.counts["examples"] += 1
        knock, wrong = draw(knocks()), draw(self._wrong_keys)
        refused = self._send(knock, self._open["path"], wrong)
        for path, key in [*self._no_ways_in, (draw(STRANGE_PATHS), wrong)]:
            assert self._send(knock, path, key) == refused, f"{knock}: {path} is known"
        assert refused.status >= 400, f"{refused} for {knock}"
        if knock.is_plain:
            assert refused.status == 401, f"{refused} for {knock}"
        self._assert_unchanged(knock)
        self._deliver_rightly(knock)

    def _assert_unchanged(self, knock):
        assert self._rows() == self._before, f"stored without the key: {knock}"

    def _deliver_rightly(self, knock):
        reply = self._send(knock, self._open["path"], self._open["key"])
        if reply.status == 204:
            assert knock.method == "POST", knock
            self.counts["delivered"] += 1
            self._before = self._rows()
        else:
            self._assert_unchanged(knock)

    # ------------------------------------------------------------------- monitors

    def monitor(self, draw):
        """Ask how a connection is doing, with tokens that are none."""
        self.counts["examples"] += 1
        knock = draw(knocks(st.sampled_from(["GET", "POST", "HEAD", "OPTIONS"])))
        replies = {self._send(knock, HEALTH)}
        for _time in range(3):
            token = draw(self._wrong_tokens)
            query = f"{knock.query}&token={quoted(token)}"
            replies.add(self._send(replace(knock, query=query), HEALTH))
            if token.isascii():
                replies.add(self._send(knock, HEALTH, f"Bearer {token}"))
        assert len(replies) == 1, f"{knock}: {replies}"
        assert replies.pop().status >= 400, knock

    # ------------------------------------------------------------- ways back to us

    def park(self, draw):
        """Send one knock to each of the addresses that MobilePay's login uses."""
        self.counts["examples"] += 1
        knock = draw(knocks())
        parked = self._send(knock, "/mobilepay/oidc/callback")
        if 300 <= parked.status < 400:
            assert parked.location.startswith("/mobilepay/oidc/finish?state="), parked
            assert len(parked.location) < 2000, parked
        self._send(knock, "/mobilepay/oidc/finish")
        self._assert_unchanged(knock)

    def come_back(self, draw):
        """Send one knock for an invoice that is there, and one that is not."""
        self.counts["examples"] += 1
        knock = draw(knocks(st.sampled_from(["GET", "POST", "HEAD", "OPTIONS"])))
        absent = draw(st.sampled_from([0, MISSING, 2**63, 10**30]))
        address = draw(
            st.sampled_from(
                [
                    f"/mobilepay/return/ID/{quoted(draw(token))}",
                    "/my/invoices/ID/mobilepay/state",
                    "/my/invoices/ID/mobilepay",
                ]
            )
        )
        there, nowhere = (
            self._come_back(knock, address, number)
            for number in (self._invoice, absent)
        )
        assert there == nowhere, f"{knock} at {address}: {there}, {nowhere}"

    def _come_back(self, knock, address, number):
        reply = self._send(knock, address.replace("ID", str(number)))
        return reply.status, reply.location.replace(f"/{number}/", "/…/")
