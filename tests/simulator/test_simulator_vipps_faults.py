"""The fault modes at the routes and webhooks of Vipps MobilePay."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from simclient import wait_for
from vippsclient import code_of

CREATE = "POST /epayment/v1/payments$"
CAPTURE = "POST /epayment/v1/payments/*/capture$"
ALL = 36050


@pytest.fixture(autouse=True)
def calm_after_all(simulator):
    yield
    simulator.control("faults", {"rules": []})


@pytest.fixture
def paused(simulator, vipps, hook):
    """Nothing is sent by itself; a registration is there."""
    simulator.control("callbacks/pause", {})
    vipps.register(hook.url)
    return hook


def rule(simulator, kind: str, **options) -> None:
    simulator.control("faults", {"seed": 1, "rules": [{"kind": kind, **options}]})


def captures(vipps, reference) -> int:
    names = [event["name"] for event in vipps.events(reference)]
    return names.count("CAPTURED")


# requests


@pytest.mark.parametrize("kind", ["timeout_after", "drop_after"])
def test_a_lost_answer_is_fetched_with_the_same_key(simulator, vipps, kind):
    reference = vipps.approved()
    options = {"seconds": 0.1} if kind == "timeout_after" else {}
    rule(simulator, kind, match=CAPTURE, times=1, **options)
    with pytest.raises(requests.ConnectionError):
        vipps.capture(reference, ALL, "key-1")
    assert vipps.capture(reference, ALL, "key-1").status_code == 200
    assert captures(vipps, reference) == 1


def test_lost_before_its_effect(simulator, vipps):
    rule(simulator, "timeout_before", match=CREATE, seconds=0.1, times=1)
    body = vipps.payment()
    with pytest.raises(requests.ConnectionError):
        vipps.write("", body, "key-1")
    path = f"/epayment/v1/payments/{body['reference']}"
    assert vipps.call("GET", path).status_code == 404
    assert vipps.write("", body, "key-1").status_code == 201


@pytest.mark.parametrize("status", [500, 503, 429, 401, 423])
def test_status_in_the_gateways_shape(simulator, vipps, status):
    rule(simulator, "status", match=CREATE, status=status, retry_after=7, times=1)
    body = vipps.payment()
    response = vipps.write("", body, "key-1")
    assert response.status_code == status
    assert response.json()["statusCode"] == status
    assert response.headers["Retry-After"] == "7"
    assert vipps.write("", body, "key-1").status_code == 201


def test_status_in_the_apis_own_shape(simulator, vipps):
    rule(simulator, "status", match=CREATE, status=400, body="own")
    content = vipps.write("", vipps.payment()).json()
    assert content["status"] == 400
    assert content["extraDetails"][0] == {"name": "ErrorCode", "reason": "4040"}


def test_status_after_its_effect(simulator, vipps):
    rule(simulator, "status_after", match=CREATE, status=502, times=1)
    body = vipps.payment()
    assert vipps.write("", body, "key-1").status_code == 502
    assert vipps.get(body["reference"])["state"] == "CREATED"
    assert code_of(vipps.write("", body, "key-2")) == 4150


@pytest.mark.parametrize("kind", ["not_json", "truncated"])
def test_answers_that_cannot_be_read(simulator, vipps, kind):
    rule(simulator, kind, match=CREATE, times=1)
    body = vipps.payment()
    broken = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    try:
        text = vipps.write("", body, "key-1").text
        assert body["reference"] not in text
    except broken:
        pass
    assert vipps.write("", body, "key-1").status_code == 201


def test_slow(simulator, vipps):
    rule(simulator, "slow", match=CREATE, seconds=0.2)
    before = time.monotonic()
    vipps.create()
    assert time.monotonic() - before >= 0.2


def test_reordered(simulator, vipps):
    rule(simulator, "reordered", match=CREATE, times=1, seconds=5)
    order = []

    def create(number: int) -> None:
        vipps.create()
        order.append(number)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(create, 1)
        wait_for(lambda: simulator.control("faults")["struck"])
        pool.submit(create, 2).result()
        first.result()
    assert order == [2, 1]


def test_the_token_endpoint_fails_too(simulator, vipps):
    rule(simulator, "status", match="POST /accesstoken/get", status=500, times=1)
    assert vipps.ask_token().status_code == 500
    assert vipps.ask_token().status_code == 200


def test_pages_are_left_alone_unless_named(simulator, vipps):
    url = vipps.write("", vipps.payment()).json()["redirectUrl"]
    rule(simulator, "status", status=500)
    path = url.removeprefix(simulator.url)
    assert simulator.pages(path).status_code == 200
    assert vipps.write("", vipps.payment()).status_code == 500
    assert vipps.call("GET", "/webhooks/v1/webhooks").status_code == 500
    rule(simulator, "status", status=500, match="/vipps/landing")
    assert simulator.pages(path).status_code == 500


# webhooks


def test_lost(simulator, vipps, paused):
    rule(simulator, "callback_lost", match="authorized")
    vipps.capture(vipps.approved(), ALL)
    simulator.flush()
    assert paused.names(2) == ["CREATED", "CAPTURED"] and paused.is_silent()


def test_twice(simulator, vipps, paused):
    rule(simulator, "callback_duplicate", times=1)
    vipps.create()
    simulator.flush()
    assert paused.next().raw == paused.next().raw and paused.is_silent()


def test_twice_and_later(simulator, vipps, paused):
    rule(simulator, "callback_duplicate", seconds=60)
    vipps.create()
    simulator.flush()
    first = paused.next()
    assert simulator.control("vipps/webhooks")["held"] == 1
    simulator.advance(seconds=61)
    simulator.flush()
    assert paused.next().raw == first.raw


def test_late(simulator, vipps, paused):
    rule(simulator, "callback_delay", match="created", seconds=60)
    vipps.approved()
    simulator.flush()
    assert paused.names(1) == ["AUTHORIZED"] and paused.is_silent()
    simulator.advance(seconds=61)
    simulator.flush()
    assert paused.names(1) == ["CREATED"]


def test_of_a_payment_that_nobody_made(simulator, vipps, paused):
    rule(simulator, "callback_unknown")
    reference = vipps.create()
    simulator.flush()
    bodies = [paused.next().body for _ in range(2)]
    strangers = [row for row in bodies if row["reference"] != reference]
    assert len(strangers) == 1 and strangers[0]["msn"] == vipps.msn
    path = f"/epayment/v1/payments/{strangers[0]['reference']}"
    assert vipps.call("GET", path).status_code == 404


def test_out_of_order(simulator, vipps, paused):
    rule(simulator, "callback_shuffle", match="deliveries")
    vipps.capture(vipps.approved(), ALL)
    simulator.flush()
    names = paused.names(3)
    assert names != ["CREATED", "AUTHORIZED", "CAPTURED"]
    assert sorted(names) == ["AUTHORIZED", "CAPTURED", "CREATED"]
    assert paused.is_silent()


@pytest.mark.parametrize("operation", ["create", "capture", "cancel", "refund"])
def test_told_before_the_answer(simulator, vipps, paused, operation):
    reference = vipps.approved()
    if operation == "refund":
        vipps.capture(reference, ALL)
    simulator.flush()
    while not paused.is_silent():
        pass
    rule(simulator, "callback_early", match=operation)
    if operation == "create":
        vipps.create()
    elif operation == "cancel":
        vipps.cancel(reference)
    else:
        getattr(vipps, operation)(reference, ALL)
    assert not paused.is_silent()


def test_a_reset_forgets_all_but_what_it_keeps(simulator, vipps):
    vipps.register("https://odoo.example/hook")
    vipps.create()
    simulator.control("reset", {"keep_sessions": True, "keep_merchants": True})
    state = simulator.control("vipps")
    assert state["payments"] == [] and state["calls"] == {}
    assert len(state["webhooks"]) == 1
    assert vipps.create()
    simulator.control("reset", {})
    assert simulator.control("vipps")["webhooks"] == []
    path = "/epayment/v1/payments/nobody-knows"
    assert vipps.call("GET", path).status_code == 401
