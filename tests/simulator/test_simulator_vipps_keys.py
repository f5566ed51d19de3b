"""Idempotency and rate limits (contract, sections 1 and 7)."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from vippsclient import FULL, PLAIN, VippsClient, code_of

ALL = 36050


def test_a_create_again_is_answered_as_before(vipps):
    body = vipps.payment()
    first, again = vipps.write("", body, "key-1"), vipps.write("", body, "key-1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert len(vipps.events(body["reference"])) == 1


def test_another_body_is_a_conflict(vipps):
    body = vipps.payment()
    vipps.write("", body, "key-1")
    response = vipps.write("", {**body, "paymentDescription": "Another"}, "key-1")
    assert response.status_code == 409 and code_of(response) == 4020


def test_the_bytes_count_not_their_meaning(vipps):
    body = vipps.payment()
    vipps.write("", data=json.dumps(body).encode(), key="key-1")
    response = vipps.write("", data=json.dumps(body, indent=1).encode(), key="key-1")
    assert response.status_code == 409


def test_a_key_with_another_reference_is_a_conflict(vipps):
    vipps.write("", vipps.payment(), "key-1")
    response = vipps.write("", vipps.payment(), "key-1")
    assert response.status_code == 409 and code_of(response) == 4020
    first, second = vipps.approved(), vipps.approved()
    assert vipps.capture(first, ALL, "key-2").status_code == 200
    assert vipps.capture(second, ALL, "key-2").status_code == 409


@pytest.mark.parametrize(("operation", "code"), [("capture", 4010), ("refund", 4150)])
def test_conflicts_have_codes_of_their_own(vipps, operation, code):
    reference = vipps.approved()
    if operation == "refund":
        vipps.capture(reference, ALL)
    call = getattr(vipps, operation)
    assert call(reference, 100, "key-1").status_code == 200
    response = call(reference, 200, "key-1")
    assert response.status_code == 409 and code_of(response) == code
    kind = "captured" if operation == "capture" else "refunded"
    assert vipps.moved(reference)[kind] == 100


def test_a_capture_again_moves_nothing(simulator, vipps):
    reference = vipps.approved()
    first = vipps.capture(reference, 10000, "key-1")
    vipps.capture(reference, 5000, "key-2")
    again = vipps.capture(reference, 10000, "key-1")
    assert again.json() == first.json()
    assert vipps.moved(reference)["captured"] == 15000
    (payment,) = simulator.control("vipps")["payments"]
    assert payment["calls"]["capture"] == 3 and payment["captures"] == 2


def test_at_the_same_time_moves_it_once(simulator, vipps):
    simulator.settings(vipps_rate_limits=False)
    reference = vipps.approved()
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _n: vipps.capture(reference, ALL, "key-1"), range(16))
        )
    assert {answer.status_code for answer in answers} == {200}
    events = [event["name"] for event in vipps.events(reference)]
    assert events.count("CAPTURED") == 1


def test_a_refusal_stays_for_its_key(vipps):
    reference = vipps.create(vipps.push())
    early = vipps.capture(reference, ALL, "key-1")
    vipps.act(reference, "approve")
    again = vipps.capture(reference, ALL, "key-1")
    assert (code_of(early), code_of(again)) == (6080, 6080)
    assert vipps.capture(reference, ALL, "key-2").status_code == 200


def test_a_refused_create_stays_refused(vipps):
    vipps.control(push_allowed=False)
    body = vipps.push()
    assert code_of(vipps.write("", body, "key-1")) == 5080
    vipps.control(push_allowed=True)
    assert code_of(vipps.write("", body, "key-1")) == 5080
    assert vipps.write("", body, "key-2").status_code == 201


@pytest.mark.parametrize(
    ("operation", "code", "status"),
    [
        ("capture", 6160, 400),
        ("capture", 6260, 400),
        ("capture", 6280, 400),
        ("cancel", 6250, 400),
        ("refund", 6160, 400),
        ("capture", 423, 423),
    ],
)
def test_later_is_not_for_good(vipps, operation, code, status):
    reference = vipps.approved()
    if operation == "refund":
        vipps.capture(reference, ALL)
    vipps.act(reference, "trouble", operation=operation, code=code, times=2)
    body = {"modificationAmount": vipps.amount(ALL)}
    path = f"/{reference}/{operation}"
    body = None if operation == "cancel" else body
    for _ in range(2):
        response = vipps.write(path, body, "key-1")
        assert response.status_code == status
        assert code_of(response) == (code if code != 423 else None)
    assert vipps.write(path, body, "key-1").status_code == 200


def test_units_have_keys_of_their_own(simulator, vipps):
    other = VippsClient(simulator, PLAIN)
    assert vipps.write("", vipps.payment(), "key-1").status_code == 201
    assert other.write("", other.payment(), "key-1").status_code == 201


@pytest.mark.parametrize(("scope", "status"), [("operation", 200), ("unit", 409)])
def test_one_key_for_two_operations(simulator, vipps, scope, status):
    simulator.settings(vipps_key_scope=scope)
    body = vipps.push()
    vipps.write("", body, "key-1")
    vipps.act(body["reference"], "approve")
    assert vipps.capture(body["reference"], ALL, "key-1").status_code == status


@pytest.mark.parametrize("operation", ["", "capture", "refund"])
def test_a_key_is_required(vipps, operation):
    path = f"/{vipps.approved()}/{operation}" if operation else ""
    body = {"modificationAmount": vipps.amount(1)} if operation else vipps.payment()
    response = vipps.write(path, body, key=None)
    assert response.status_code == 400
    assert response.json()["extraDetails"][0]["name"] == "Idempotency-Key"


def test_a_cancel_may_do_without(simulator, vipps):
    assert vipps.write(f"/{vipps.create()}/cancel", key=None).status_code == 200
    simulator.settings(vipps_cancel_needs_key=True)
    assert vipps.write(f"/{vipps.create()}/cancel", key=None).status_code == 400


def test_a_keys_length(vipps):
    assert vipps.write("", vipps.payment(), "k" * 50).status_code == 201
    assert vipps.write("", vipps.payment(), "k" * 51).status_code == 400


def test_the_log_has_the_keys(vipps):
    body = vipps.push()
    vipps.write("", body, "key-create")
    vipps.act(body["reference"], "approve")
    vipps.capture(body["reference"], 10000, "key-capture")
    vipps.refund(body["reference"], 10000, "key-refund")
    vipps.cancel(body["reference"])
    found = {
        event["name"]: event.get("idempotencyKey")
        for event in vipps.events(body["reference"])
    }
    assert found == {
        "CREATED": "key-create",
        "AUTHORIZED": "key-create",
        "CAPTURED": "key-capture",
        "REFUNDED": "key-refund",
        "CANCELLED": None,
    }


# rate limits


def test_five_writes_a_minute_for_a_payment(simulator, vipps):
    reference = vipps.approved()
    statuses = [vipps.capture(reference, 1).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    response = vipps.capture(reference, 1)
    assert set(response.json()) == {"statusCode", "message"}
    assert "Retry-After" not in response.headers
    assert vipps.refund(reference, 1).status_code == 200
    assert vipps.capture(vipps.approved(), 1).status_code == 200
    simulator.advance(seconds=61)
    assert vipps.capture(reference, 1).status_code == 200


def test_a_refused_call_does_not_spend_its_key(simulator, vipps):
    reference = vipps.approved()
    for _ in range(5):
        vipps.capture(reference, 1)
    assert vipps.capture(reference, 1, "key-1").status_code == 429
    simulator.advance(seconds=61)
    assert vipps.capture(reference, 1, "key-1").status_code == 200


def test_without_a_reference_all_count_as_one(vipps):
    body = vipps.payment(reference=None)
    statuses = [vipps.write("", body).status_code for _ in range(6)]
    assert statuses == [400] * 5 + [429]


def test_reads_are_counted_too(simulator, vipps):
    simulator.settings(vipps_read_limit=3, vipps_retry_after=True)
    reference = vipps.create()
    path = f"/epayment/v1/payments/{reference}"
    statuses = [vipps.call("GET", path).status_code for _ in range(4)]
    assert statuses == [200] * 3 + [429]
    wait = vipps.call("GET", path).headers["Retry-After"]
    assert 0 < int(wait) <= 60
    assert vipps.call("GET", f"{path}/events").status_code == 200


def test_limits_may_be_off(simulator, vipps):
    simulator.settings(vipps_rate_limits=False)
    reference = vipps.approved()
    assert {vipps.capture(reference, 1).status_code for _ in range(8)} == {200}


def test_a_file_keeps_keys_and_payments(tmp_path):
    from simclient import SimulatorProcess

    path = str(tmp_path / "simulator.sqlite")
    body, answers = None, []
    for _ in range(2):
        process = SimulatorProcess("--database", path)
        try:
            vipps = VippsClient(process, FULL)
            body = body or vipps.payment(amount=vipps.amount(ALL))
            answers.append(vipps.write("", body, "key-1"))
            assert vipps.get(body["reference"])["state"] == "CREATED"
        finally:
            process.stop()
    assert [answer.status_code for answer in answers] == [201, 201]
