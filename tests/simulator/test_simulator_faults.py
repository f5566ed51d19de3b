"""Requests and answers that go wrong on purpose, and the rules for it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from simclient import API, DANISH, Integrator, MerchantClient, wait_for

INVOICES = f"POST {API}/merchants/*/invoices$"
BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
SHORT = 0.1


@pytest.fixture(autouse=True)
def calm_after_all(simulator):
    """No rule reaches the next test's fixtures."""
    yield
    simulator.control("faults", {"rules": []})


def rule(simulator, kind: str, **options: Any) -> None:
    """One rule for the create call."""
    options = {"match": INVOICES, **options}
    simulator.control("faults", {"seed": 1, "rules": [{"kind": kind, **options}]})


def struck(simulator) -> dict[str, int]:
    return simulator.state()["faults"]["struck"]


def attempts(simulator) -> list[int]:
    return [row["create_attempts"] for row in simulator.state()["invoices"]]


# no answer


def test_time_out_before_the_effect(simulator, merchant):
    rule(simulator, "timeout_before", seconds=SHORT)
    with pytest.raises(requests.ConnectionError):
        merchant.post(merchant.invoice())
    assert attempts(simulator) == []
    assert struck(simulator) == {"timeout_before": 1}


def test_time_out_after_the_effect(simulator, merchant):
    rule(simulator, "timeout_after", seconds=SHORT, times=1)
    body, before = merchant.invoice(), time.monotonic()
    with pytest.raises(requests.ConnectionError):
        merchant.post(body)
    assert time.monotonic() - before >= SHORT
    again = merchant.post(body)
    assert again.json()["error_code"] == "10104"
    assert attempts(simulator) == [2]


def test_client_that_does_not_wait_so_long(simulator, merchant):
    rule(simulator, "timeout_after", seconds=30)
    path = f"{simulator.url}{API}{merchant.path('invoices')}"
    with pytest.raises(requests.ReadTimeout):
        requests.post(
            path, json=merchant.invoice(), headers=merchant.headers, timeout=0.2
        )
    wait_for(lambda: attempts(simulator) == [1])


def test_dropped_after_the_effect(simulator, merchant):
    rule(simulator, "drop_after")
    with pytest.raises(requests.ConnectionError):
        merchant.post(merchant.invoice())
    assert attempts(simulator) == [1]


# another answer


@pytest.mark.parametrize("status", [500, 502, 503, 429])
@pytest.mark.parametrize("wait", [None, 7])
def test_status_without_effect(simulator, merchant, status, wait):
    rule(simulator, "status", status=status, retry_after=wait, times=1)
    body = merchant.invoice()
    response = merchant.post(body)
    assert response.status_code == status
    assert response.json()["httpCode"] == str(status)
    assert response.headers.get("Retry-After") == (str(wait) if wait else None)
    assert attempts(simulator) == []
    assert merchant.post(body).status_code == 202


@pytest.mark.parametrize(
    ("body", "kind", "start"),
    [
        ("json", "application/json", "{"),
        ("html", "text/html", "<!DOCTYPE"),
        ("empty", "text/plain", ""),
    ],
)
def test_bodies_of_errors(simulator, merchant, body, kind, start):
    rule(simulator, "status", body=body)
    response = merchant.post(merchant.invoice())
    assert response.headers["Content-Type"].startswith(kind)
    assert response.text.startswith(start) and bool(response.text) == bool(start)


def test_status_after_the_effect(simulator, merchant):
    rule(simulator, "status_after", status=502)
    assert merchant.post(merchant.invoice()).status_code == 502
    assert attempts(simulator) == [1]


@pytest.mark.parametrize("effect", [True, False])
def test_not_json(simulator, merchant, effect):
    rule(simulator, "not_json", effect=effect)
    response = merchant.post(merchant.invoice())
    assert response.status_code == 200
    assert response.text.startswith("<!DOCTYPE html>")
    assert attempts(simulator) == [1] * effect


def test_truncated_with_the_full_length(simulator, merchant):
    rule(simulator, "truncated")
    with pytest.raises(BROKEN):
        merchant.post(merchant.invoice())
    assert attempts(simulator) == [1]


def test_truncated_with_its_own_length(simulator, merchant):
    rule(simulator, "truncated", length="correct")
    response = merchant.post(merchant.invoice())
    assert response.status_code == 202
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.text.startswith("{")
    with pytest.raises(ValueError):
        response.json()
    assert attempts(simulator) == [1]


# late answers


def test_slow(simulator, merchant):
    rule(simulator, "slow", seconds=SHORT)
    before = time.monotonic()
    merchant.create()
    assert time.monotonic() - before >= SHORT


def test_answers_out_of_order(simulator, merchant):
    rule(simulator, "reordered", seconds=5)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(merchant.create)
        wait_for(lambda: attempts(simulator) == [1])
        merchant.status(simulator.state()["invoices"][0]["id"])
        assert not first.done()
        merchant.create()
        assert first.result(2)
    assert struck(simulator) == {"reordered": 1}


def test_reordered_waits_for_its_own_sort_and_not_for_ever(simulator, merchant):
    rule(simulator, "reordered", seconds=SHORT)
    before = time.monotonic()
    merchant.create()
    assert time.monotonic() - before >= SHORT


@pytest.mark.parametrize("kind", ["timeout_after", "slow", "reordered"])
def test_ending_the_rules_ends_the_waiting(simulator, merchant, kind):
    rule(simulator, kind, seconds=30)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(merchant.post, merchant.invoice())
        wait_for(lambda: attempts(simulator) == [1])
        simulator.control("faults", {"rules": []})
        assert bool(call.exception(5)) == (kind == "timeout_after")


# the rules


def pattern(simulator, merchant, seed: int) -> list[int]:
    """The statuses of twenty reads."""
    rules = [
        {"kind": "status", "share": 0.3, "status": 502},
        {"kind": "status", "share": 0.3, "status": 429},
    ]
    simulator.control("faults", {"seed": seed, "rules": rules})
    return [merchant.call("GET", "/merchants/me").status_code for _ in range(20)]


def test_same_seed_same_strikes(simulator, merchant):
    first = pattern(simulator, merchant, 5)
    assert set(first) == {200, 429, 502}
    assert pattern(simulator, merchant, 5) == first
    assert pattern(simulator, merchant, 6) != first


def test_times_and_after(simulator, merchant):
    rule(simulator, "status", match="", times=2, after=1)
    found = [merchant.call("GET", "/merchants/me").status_code for _ in range(5)]
    assert found == [200, 503, 503, 200, 200]
    (shown,) = simulator.control("faults")["rules"]
    assert (shown["seen"], shown["struck"]) == (5, 2)
    assert shown["status"] == 503 and shown["retry_after"] is None


@pytest.mark.parametrize(
    ("match", "is_struck"),
    [
        ("", True),
        (f"GET {API}/merchants", True),
        (f"{API}/merchants/me", True),
        ("GET /*/api/v1/merchants/me$", True),
        (f"POST {API}", False),
        (f"GET {API}/merchants$", False),
        ("GET /*/merchants", False),
    ],
)
def test_match(simulator, merchant, match, is_struck):
    rule(simulator, "status", match=match)
    response = merchant.call("GET", "/merchants/me")
    assert response.status_code == (503 if is_struck else 200)


def test_people_and_control_are_spared(simulator):
    rule(simulator, "status", match="")
    assert simulator.pages("/phone/+4511111101").status_code == 200
    rule(simulator, "status", match="/")
    assert simulator.pages("/phone/+4511111101").status_code == 503
    assert simulator.control("health")["ok"]


def test_delete_ends_all_and_keeps_the_counts(simulator, merchant):
    rule(simulator, "status")
    merchant.post(merchant.invoice())
    requests.delete(f"{simulator.url}/control/faults", timeout=5)
    merchant.create()
    shown = simulator.control("faults")
    assert shown["rules"] == [] and shown["struck"] == {"status": 1}


def test_reset_ends_all(simulator, merchant):
    rule(simulator, "status")
    merchant.post(merchant.invoice())
    simulator.control("reset", {"keep_sessions": True})
    merchant.create()
    assert simulator.control("faults") == {"seed": 0, "rules": [], "struck": {}}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"rules": {}},
        {"rules": [], "seeds": 1},
        {"rules": ["status"]},
        {"rules": [{"kind": "flood"}]},
        {"rules": [{"kind": "slow", "status": 500}]},
        {"rules": [{"kind": "slow", "seconds": -1}]},
        {"rules": [{"kind": "slow", "share": 2}]},
        {"rules": [{"kind": "slow", "times": 1.5}]},
        {"rules": [{"kind": "slow", "match": 1}]},
        {"rules": [{"kind": "status", "status": 200}]},
        {"rules": [{"kind": "status", "body": "xml"}]},
        {"rules": [{"kind": "truncated", "length": "none"}]},
    ],
    ids=str,
)
def test_wrong_rules_are_refused_and_change_nothing(simulator, wrong):
    rule(simulator, "slow")
    simulator.control("faults", wrong, 400)
    assert len(simulator.control("faults")["rules"]) == 1


# counting creations


def test_attempts_of_a_batch_and_a_single_call(simulator, merchant):
    body = merchant.invoice()
    other = merchant.invoice()
    merchant.post([body, other], "/batch")
    simulator.flush()
    merchant.post(body)
    assert attempts(simulator) == [2, 1]


def test_another_merchants_equal_invoice_is_another(simulator, merchant, finn):
    merchant.create(InvoiceNumber="1")
    alias = {"Alias": "+358401111101", "AliasType": "Phone"}
    finn.create(InvoiceNumber="1", ConsumerAlias=alias)
    assert attempts(simulator) == [1, 1]


# the reporting APIs


def test_reporting_is_disturbed_too(simulator, reporting, settled):
    rule(simulator, "status", match="GET /v3/reporting/", status=500)
    assert reporting.get("/v3/reporting/transfers").status_code == 500


# the token endpoint


def test_failing_token_endpoint_leaves_the_refresh_token(simulator, integrator):
    tokens = integrator.connect()
    rule(simulator, "status", match="POST /merchant/connect/token", times=1)
    response = integrator.refresh(tokens["refresh_token"])
    assert response.status_code == 503
    assert response.json() == {"error": "temporarily_unavailable"}
    assert integrator.refresh(tokens["refresh_token"]).status_code == 200


def test_refresh_whose_answer_is_lost(simulator, integrator):
    tokens = integrator.connect()
    rule(simulator, "drop_after", match="POST /merchant/connect/token", times=1)
    with pytest.raises(requests.ConnectionError):
        integrator.refresh(tokens["refresh_token"])
    again = integrator.refresh(tokens["refresh_token"])
    assert again.json()["error"] == "invalid_grant"


def test_revoke_after_some_refreshes(simulator, integrator):
    tokens = integrator.connect()
    rule(simulator, "revoke", match="", after=1, times=1)
    tokens = integrator.refresh(tokens["refresh_token"]).json()
    response = integrator.refresh(tokens["refresh_token"])
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_grant"
    (session,) = simulator.state()["sessions"]
    assert session["ended_by"] == "a fault"
    url = f"{simulator.url}{API}/merchants/me"
    headers = {
        "Authorization": f"Bearer {tokens['access_token']}",
        "x-ibm-client-id": "demo-ibm-id",
        "x-ibm-client-secret": "demo-ibm-secret",
    }
    assert requests.get(url, headers=headers, timeout=5).status_code == 401
    fresh = Integrator(simulator).connect()
    assert MerchantClient(simulator, DANISH, fresh["access_token"]).id
