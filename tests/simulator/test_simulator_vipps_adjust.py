"""Capture, cancel, refund and their deadlines (contract, section 6)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from vippsclient import NORSE, VippsClient, code_of

ALL = 36050


def refused(response, status: int = 400) -> int | None:
    assert response.status_code == status, response.text
    return code_of(response)


def names(vipps, reference) -> list[str]:
    return [event["name"] for event in vipps.events(reference)]


# capture


def test_the_answer_to_a_capture(vipps):
    reference = vipps.approved()
    response = vipps.capture(reference, ALL)
    assert response.status_code == 200
    content, found = response.json(), vipps.get(reference)
    assert content["state"] == "AUTHORIZED" and content["reference"] == reference
    assert content["aggregate"] == found["aggregate"]
    assert content["pspReference"] == found["pspReference"]
    assert content["amount"] == vipps.amount(ALL)
    assert names(vipps, reference) == ["CREATED", "AUTHORIZED", "CAPTURED"]


def test_the_type_of_the_answer_is_not_sure(simulator, vipps):
    simulator.settings(vipps_adjust_type="problem")
    response = vipps.capture(vipps.approved(), ALL)
    assert response.headers["Content-Type"] == "application/problem+json"


def test_each_event_has_a_number_of_its_own(vipps):
    reference = vipps.approved()
    vipps.capture(reference, 10000)
    vipps.capture(reference, 10000)
    numbers = [event["pspReference"] for event in vipps.events(reference)]
    assert len(set(numbers)) == 4
    assert numbers[0] == vipps.get(reference)["pspReference"]


def test_parts_add_up(vipps):
    reference = vipps.approved()
    assert vipps.capture(reference, 30000).status_code == 200
    assert vipps.capture(reference, 6050).status_code == 200
    assert vipps.moved(reference)["captured"] == ALL
    amounts = [event["amount"]["value"] for event in vipps.events(reference)]
    assert amounts == [ALL, ALL, 30000, 6050]


def test_parts_need_approval(vipps):
    vipps.control(partial_capture=False)
    reference = vipps.approved()
    assert refused(vipps.capture(reference, ALL - 1)) == 6140
    assert vipps.capture(reference, ALL).status_code == 200


@pytest.mark.parametrize("first", [0, 20000, ALL])
def test_never_more_than_was_approved(vipps, first):
    reference = vipps.approved()
    if first:
        vipps.capture(reference, first)
    assert refused(vipps.capture(reference, ALL - first + 1)) == 6090
    assert vipps.moved(reference)["captured"] == first


def test_captured_twice_is_refused_and_counted(simulator, vipps):
    reference = vipps.approved()
    vipps.capture(reference, ALL)
    assert refused(vipps.capture(reference, ALL)) == 6090
    state = simulator.control("vipps")
    assert state["double_captures"] == 1
    (payment,) = state["payments"]
    assert payment["captures"] == 1 and payment["calls"]["capture"] == 2


def test_not_before_approval(vipps):
    assert refused(vipps.capture(vipps.create(), ALL)) == 6080


@pytest.mark.parametrize("action", ["abort", "expire"])
def test_not_after_its_end(vipps, action):
    reference = vipps.create()
    vipps.act(reference, action)
    assert refused(vipps.capture(reference, ALL)) == 6200


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ({"currency": "EUR", "value": 1}, 5040),
        ({"currency": "DKK", "value": 0}, 4040),
        ({"currency": "DKK", "value": -5}, 4040),
        ({"currency": "DKK", "value": 1.5}, 4040),
        ({"value": 5}, None),
        (None, None),
    ],
    ids=str,
)
@pytest.mark.parametrize("operation", ["capture", "refund"])
def test_amounts_of_changes(vipps, operation, amount, code):
    reference = vipps.approved()
    body = {"modificationAmount": amount}
    assert refused(vipps.write(f"/{reference}/{operation}", body)) == code


# deadlines


def test_the_reservation_is_gone_after_fourteen_days(simulator, vipps):
    capture, cancel = vipps.approved(), vipps.approved()
    simulator.advance(days=13, hours=23)
    in_time = VippsClient(simulator).capture(capture, 1)
    assert in_time.status_code == 200
    simulator.advance(hours=2)
    late = VippsClient(simulator)
    assert refused(late.capture(capture, 1)) == 6100
    assert refused(late.cancel(cancel)) == 6030


def test_norway_has_longer(simulator, vipps):
    unit = VippsClient(simulator, NORSE)
    body = unit.push(customer={"phoneNumber": "4791111101"})
    reference = unit.create(body)
    unit.act(reference, "approve")
    simulator.advance(days=179)
    assert VippsClient(simulator, NORSE).capture(reference, ALL).status_code == 200


@pytest.mark.parametrize("days", [7, 3])
def test_guaranteed_from_the_reservation_on(vipps, days):
    vipps.control(guarantee_days=days)
    reference = vipps.approved()
    authorized = datetime.fromisoformat(vipps.events(reference)[1]["timestamp"])
    until = vipps.get(reference)["captureGuaranteedUntil"]
    assert datetime.fromisoformat(until) - authorized == timedelta(days=days)


@pytest.mark.parametrize("code", [6260, 6100])
def test_the_bank_takes_the_money_back(vipps, code):
    reference = vipps.approved()
    vipps.act(reference, "bank-release", code=code)
    assert refused(vipps.capture(reference, ALL)) == code
    assert vipps.moved(reference)["captured"] == 0
    vipps.act(reference, "bank-release", code=None)
    assert vipps.capture(reference, ALL).status_code == 200


def test_refunds_end_after_a_year(simulator, vipps):
    reference = vipps.approved()
    vipps.capture(reference, ALL)
    simulator.advance(days=364)
    assert VippsClient(simulator).refund(reference, 1).status_code == 200
    simulator.advance(days=2)
    assert refused(VippsClient(simulator).refund(reference, 1)) == 6220


# cancel


def test_before_approval_it_ends(vipps):
    reference = vipps.create()
    content = vipps.cancel(reference).json()
    assert content["state"] == "TERMINATED"
    moved = {"authorized": 0, "cancelled": ALL, "captured": 0, "refunded": 0}
    assert vipps.moved(reference) == moved
    assert names(vipps, reference) == ["CREATED", "TERMINATED"]


def test_after_approval_all_is_released(vipps):
    reference = vipps.approved()
    content = vipps.cancel(reference).json()
    assert content["state"] == "AUTHORIZED"
    moved = {"authorized": ALL, "cancelled": ALL, "captured": 0, "refunded": 0}
    assert vipps.moved(reference) == moved
    assert refused(vipps.capture(reference, ALL)) == 6070
    assert refused(vipps.cancel(reference)) == 6190


def test_what_was_not_captured_is_released(vipps):
    reference = vipps.approved()
    vipps.capture(reference, 30000)
    assert vipps.cancel(reference).status_code == 200
    moved = vipps.moved(reference)
    assert (moved["captured"], moved["cancelled"]) == (30000, 6050)
    assert vipps.events(reference)[-1]["amount"]["value"] == 6050


def test_captured_is_not_cancelled(vipps):
    reference = vipps.approved()
    vipps.capture(reference, ALL)
    assert refused(vipps.cancel(reference)) == 6040


def test_only_if_not_approved_yet(vipps):
    only = {"cancelTransactionOnly": True}
    reference = vipps.approved()
    assert refused(vipps.cancel(reference, only)) == 6060
    assert vipps.moved(reference)["cancelled"] == 0
    assert vipps.cancel(vipps.create(), only).status_code == 200
    assert refused(vipps.cancel(reference, {"cancelTransactionOnly": "yes"})) is None


@pytest.mark.parametrize(
    ("action", "code"), [("abort", 6050), ("expire", 6050), (None, 6190)]
)
def test_what_ended_is_not_cancelled(vipps, action, code):
    reference = vipps.create()
    if action:
        vipps.act(reference, action)
    else:
        vipps.cancel(reference)
    assert refused(vipps.cancel(reference)) == code


# refund


def test_parts_are_refunded_up_to_what_was_captured(vipps):
    reference = vipps.approved()
    vipps.capture(reference, 30000)
    assert vipps.refund(reference, 10000).status_code == 200
    assert vipps.refund(reference, 20000).status_code == 200
    assert refused(vipps.refund(reference, 1)) == 6150
    assert vipps.moved(reference)["refunded"] == 30000
    assert vipps.get(reference)["state"] == "AUTHORIZED"


def test_nothing_captured_nothing_refunded(vipps):
    assert refused(vipps.refund(vipps.create(), 1)) == 6020
    assert refused(vipps.refund(vipps.approved(), 1)) == 6150


def test_a_unit_that_may_not_refund(vipps):
    reference = vipps.approved()
    vipps.capture(reference, ALL)
    vipps.control(refunds_allowed=False)
    assert refused(vipps.refund(reference, 1)) == 5100


@pytest.mark.parametrize("value", [123, 124])
def test_amounts_whose_refund_fails(vipps, value):
    reference = vipps.approved()
    vipps.capture(reference, ALL)
    assert refused(vipps.refund(reference, value)) == 6210


@pytest.mark.parametrize("operation", ["capture", "refund", "cancel"])
def test_nothing_there_to_change(vipps, operation):
    body = {"modificationAmount": vipps.amount(1)}
    assert refused(vipps.write(f"/nobody-knows/{operation}", body), 404) == 5090


# by others


def test_in_the_portal(vipps):
    reference = vipps.approved()
    vipps.act(reference, "portal/capture", amount=30000)
    vipps.act(reference, "portal/cancel")
    vipps.act(reference, "portal/refund")
    moved = vipps.moved(reference)
    assert moved == {
        "authorized": ALL,
        "captured": 30000,
        "cancelled": 6050,
        "refunded": 30000,
    }
    by_hand = vipps.events(reference)[2:]
    assert not any("idempotencyKey" in event for event in by_hand)
