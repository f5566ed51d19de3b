"""Vipps MobilePay's service, held against the protocol; many creates at once."""

import inspect
import json
import threading
import time
from decimal import Decimal

import pytest
from wire_server import Reply, ScriptedServer
from wire_vipps import (
    KEYS,
    MSN,
    REFERENCE,
    RETURN,
    payment,
    problem,
    request,
    sent,
    service_at,
)

from mobilepay.errors import (
    BadAnswer,
    OutcomeUnknown,
    RateLimited,
    Reason,
    Rejected,
    Unauthorized,
)
from mobilepay.parts import PrintedCodes, Reservations, SingleCalls, Webhooks
from mobilepay.service import Service
from mobilepay.types import Created, Kind, Status
from mobilepay.vipps.service import VippsService

PARTS = (Service, SingleCalls, Reservations, Webhooks, PrintedCodes)
NAMES = [f"INV-2026-{number:05}-k3f9" for number in range(24)]
EVERY_HEADER = {
    "Ocp-Apim-Subscription-Key": KEYS["subscription_key"],
    "Merchant-Serial-Number": MSN,
    "Vipps-System-Name": "odoo",
    "Vipps-System-Version": "19.0",
    "Vipps-System-Plugin-Name": "account_mobilepay",
    "Vipps-System-Plugin-Version": "19.0.1.0.0",
    "Content-Type": "application/json",
}


class Payments(ScriptedServer):
    """Creates what it is asked to, but for what the test has against it."""

    def __init__(self):
        super().__init__()
        self.against = {}
        self.delay = 0.0
        self.most = self._open = 0
        self._count = threading.Lock()

    def next_step(self, asked):
        with self._lock:
            self.asked.append(asked)
        reference = asked.json["reference"]
        steps = self.against.get(reference, [])
        step = steps.pop(0) if steps else Reply(201, {"reference": reference})
        step.delay = step.delay or self.delay
        return _Counted(self, step)


class _Counted:
    def __init__(self, server, step):
        self._server, self._step = server, step

    def play(self, handler):
        server = self._server
        with server._count:
            server._open += 1
            server.most = max(server.most, server._open)
        try:
            time.sleep(self._step.delay)
        finally:
            with server._count:
                server._open -= 1
        self._step.delay = 0
        self._step.play(handler)


@pytest.fixture
def payments():
    with Payments() as running:
        yield running


@pytest.fixture
def many(payments, bearer):
    """The service at that server."""
    with service_at(payments, bearer) as service:
        yield service


def texts(service, names=NAMES):
    return [
        (service.encode(request(payment_reference=name)), f"key-{name}")
        for name in names
    ]


def public(thing):
    return {
        name: member
        for name, member in vars(thing).items()
        if not name.startswith("_") or name in ("__enter__", "__exit__")
    }


def test_each_method_is_the_protocols():
    wanted = {name: member for part in PARTS for name, member in public(part).items()}
    assert wanted.keys() == public(VippsService).keys()
    for name, member in wanted.items():
        if inspect.isfunction(member):
            own = inspect.signature(getattr(VippsService, name)).parameters
            given = inspect.signature(member).parameters
            assert {n: p.kind for n, p in own.items()} == {
                n: p.kind for n, p in given.items()
            }, name


def test_what_asks_nobody_connects_nowhere(server, bearer):
    made = []
    with service_at(server, bearer, made=made) as service:
        assert service.encode(request())
        assert service.make_reference("INV/1", unique="k3f9") == "INV-1-k3f9"
        assert service.parse(b"{}")
        assert not service.is_signed({}, b"", url="", secrets=[""], now=None)
        assert service.event_names()
        assert service.payer_id("11 11 11 01") == "+4511111101"
        assert service.default_limits("DK").max_days == 60
        assert service.abilities.captures
    assert made == bearer.asked == server.asked == []


def test_the_markets_currency_is_the_services(server, bearer):
    for country, currency in (("DK", "DKK"), ("FI", "EUR"), ("NO", "NOK")):
        with service_at(server, bearer, country) as service:
            assert sent(service)["amount"]["currency"] == currency


def test_every_header_of_the_contract_is_on_every_call(vipps, server):
    held = payment("AUTHORIZED", "360")
    server.answers(Reply(200, held))
    vipps.status(REFERENCE)
    vipps.capture(REFERENCE, Decimal(1), "DKK", idempotency_key="key-1")
    vipps.refund(REFERENCE, Decimal(1), "DKK", idempotency_key="key-1")
    vipps.release(REFERENCE, idempotency_key="key-1")
    vipps.cancel(REFERENCE, idempotency_key="key-1")
    vipps.payer("+4511111101").accept(REFERENCE, None)
    server.answers(Reply(201, {"reference": REFERENCE}))
    vipps.create(Kind.DIRECT, vipps.encode(request()), idempotency_key="key-1")
    server.answers(Reply(200, []))
    vipps.events(REFERENCE)
    server.answers(Reply(200, {"webhooks": []}))
    vipps.webhooks()
    for number, asked in enumerate(server.asked, start=1):
        for name, value in EVERY_HEADER.items():
            assert asked.headers[name] == value
        assert asked.headers["Authorization"] == f"Bearer access-token-{number}"
        money = asked.method == "POST" and "/test/" not in asked.path
        assert ("Idempotency-Key" in asked.headers) is money


def test_the_sales_unit_is_proved_by_a_list_that_needs_all_keys(vipps, server):
    server.answers(Reply(200, {"webhooks": []}))
    assert vipps.merchant() == MSN
    assert server.last.path == "/webhooks/v1/webhooks"
    [issuer] = vipps.issuers()
    assert issuer.id == MSN and issuer.enabled
    server.answers(Reply(401, {"statusCode": 401}))
    with pytest.raises(Unauthorized):
        vipps.merchant()


def test_an_address_that_is_wrong_is_told_from_a_payment_that_is_unknown(vipps, server):
    server.answers(Reply(200, {"webhooks": []}))
    assert vipps.is_reached()
    server.answers(Reply(404, b"<html>"))
    assert not vipps.is_reached()
    server.answers(Reply(200, b"[]"))
    with pytest.raises(BadAnswer):
        vipps.is_reached()


def test_the_end_of_the_block_gives_the_connections_back(server, bearer):
    made = []
    server.answers(Reply(200, payment("CREATED")))
    with service_at(server, bearer, made=made) as service:
        service.status(REFERENCE)
        closed = []
        made[0].close = lambda: closed.append(True)
    assert closed == [True]


def test_many_details_have_one_token_and_a_connection_for_each_thread(server, bearer):
    made = []

    def told(asked):
        with server._lock:
            server.asked.append(asked)
        name = asked.path.rsplit("/", 1)[1]
        return Reply(200, payment("CREATED", reference=name), delay=0.05)

    server.next_step = told
    with service_at(server, bearer, made=made) as service:
        found = service.details_of(NAMES[:6], at_once=3, seconds=5)
    assert {name: one.status for name, one in found.items()} == dict.fromkeys(
        NAMES[:6], Status.CREATED
    )
    assert len(made) == 3 and bearer.asked == [False]


# many creates


def test_each_is_created_once_with_its_own_key(many, payments, bearer):
    found = dict(many.create_each(Kind.DIRECT, texts(many), at_once=6, seconds=20))
    assert {key: one.invoice_id for key, one in found.items()} == {
        f"key-{name}": name for name in NAMES
    }
    assert len(payments.asked) == len(NAMES)
    for asked in payments.asked:
        name = asked.json["reference"]
        assert asked.headers["Idempotency-Key"] == f"key-{name}"
        assert asked.body.decode() == dict(
            (key, text) for text, key in texts(many)
        ).get(f"key-{name}")
    assert bearer.asked == [False], "one token for all, read by the caller"


def test_as_many_at_the_same_time_as_are_wanted_and_no_more(many, payments):
    payments.delay = 0.03
    dict(many.create_each(Kind.DIRECT, texts(many), at_once=4, seconds=20))
    assert 2 <= payments.most <= 4


def test_each_has_its_own_outcome(many, payments):
    payments.against = {
        NAMES[1]: [Reply(400, problem("7010"))],
        NAMES[2]: [Reply(500)],
        NAMES[3]: [Reply(400, problem("5080"))],
    }
    found = dict(many.create_each(Kind.DIRECT, texts(many), at_once=3, seconds=20))
    assert found[f"key-{NAMES[1]}"].reason is Reason.PAYER_NOT_FOUND
    assert isinstance(found[f"key-{NAMES[2]}"], OutcomeUnknown)
    assert found[f"key-{NAMES[3]}"].reason is Reason.PUSH_NOT_ALLOWED
    assert sum(isinstance(one, Created) for one in found.values()) == len(NAMES) - 3


def test_outcomes_come_before_all_are_done(many, payments):
    payments.against = {NAMES[-1]: [Reply(201, {"reference": NAMES[-1]}, delay=0.3)]}
    outcomes = many.create_each(Kind.DIRECT, texts(many), at_once=4, seconds=20)
    next(outcomes)
    assert len(payments.asked) < len(NAMES)
    assert len(list(outcomes)) == len(NAMES) - 1


def test_too_many_calls_wait_as_long_as_mobilepay_asks(many, payments):
    payments.against = {NAMES[0]: [Reply(429, b"", {"Retry-After": "1"})]}
    begun = time.monotonic()
    found = dict(many.create_each(Kind.DIRECT, texts(many), at_once=2, seconds=20))
    assert time.monotonic() - begun >= 1
    assert all(isinstance(one, Created) for one in found.values())
    keys = [asked.headers["Idempotency-Key"] for asked in payments.asked]
    assert keys.count(f"key-{NAMES[0]}") == 2, "the same key again"


def test_a_wait_that_is_too_long_is_the_callers(many, payments):
    payments.against = {
        name: [Reply(429, b"", {"Retry-After": "60"})] for name in NAMES
    }
    found = dict(many.create_each(Kind.DIRECT, texts(many), at_once=1, seconds=10))
    [error] = found.values()
    assert isinstance(error, RateLimited) and error.retry_after == 60


def test_a_refused_token_is_renewed_once_in_the_callers_thread(many, payments, bearer):
    refused = [Reply(401), Reply(401)]
    payments.against = {NAMES[0]: refused}
    threads = []
    many._bearer = lambda renew: (
        threads.append(threading.current_thread()) or bearer(renew)
    )
    found = dict(many.create_each(Kind.DIRECT, texts(many), at_once=2, seconds=20))
    assert len(found) == len(NAMES)
    assert all(isinstance(one, Created) for one in found.values())
    assert bearer.asked == [False, True]
    assert set(threads) == {threading.main_thread()}


def test_a_token_that_is_refused_again_ends_it(many, payments, bearer):
    payments.against = {name: [Reply(401) for _time in range(9)] for name in NAMES}
    found = dict(many.create_each(Kind.DIRECT, texts(many), at_once=1, seconds=20))
    assert [type(one) for one in found.values()] == [Unauthorized]
    assert bearer.asked == [False, True]


def test_nothing_is_asked_without_time_or_requests(many, payments, bearer):
    assert dict(many.create_each(Kind.DIRECT, [], at_once=2, seconds=9)) == {}
    assert bearer.asked == []
    assert dict(many.create_each(Kind.DIRECT, texts(many), at_once=2, seconds=0)) == {}
    assert payments.asked == []


def test_two_requests_with_one_key_are_a_fault(many):
    text = many.encode(request())
    with pytest.raises(ValueError):
        many.create_each(Kind.DIRECT, [(text, "k"), (text, "k")], at_once=1, seconds=9)


def test_a_stopped_caller_leaves_no_call_behind(many, payments):
    payments.delay = 0.05
    outcomes = many.create_each(Kind.DIRECT, texts(many), at_once=2, seconds=20)
    next(outcomes)
    outcomes.close()
    begun = len(payments.asked)
    assert begun < len(NAMES)
    assert payments._open == 0


def test_attempts_may_be_created_together_as_well(many, payments):
    for name in NAMES[:3]:
        answer = {"reference": name, "redirectUrl": "https://landing.example/"}
        payments.against[name] = [Reply(201, answer)]
    some = [
        (many.encode(request(Kind.LINK, payment_reference=name)), name)
        for name in NAMES[:3]
    ]
    found = dict(many.create_each(Kind.LINK, some, at_once=3, seconds=9))
    assert {one.link_url for one in found.values()} == {"https://landing.example/"}
    assert json.loads(some[0][0])["returnUrl"] == RETURN


def test_the_classic_way_of_many_is_not_there(vipps):
    assert vipps.abilities.largest_batch == 0
    assert not hasattr(vipps, "create_batch")


def test_a_refusal_is_the_caller_s_to_read(vipps, server):
    server.answers(Reply(400, problem("6060")))
    with pytest.raises(Rejected) as caught:
        vipps.release(REFERENCE, only_unapproved=True, idempotency_key="k")
    assert caught.value.reason is Reason.APPROVED_ALREADY
