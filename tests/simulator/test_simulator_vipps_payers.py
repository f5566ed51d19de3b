"""The payer: phone page, landing page, time (contract, sections 5, 12 and 13)."""

from __future__ import annotations

import re

import pytest
import requests
from vippsclient import ANNA, BO, NORSE, VippsClient, ahead, code_of, receipt

BACK = "https://shop.example/back?order=17"


def card_of(simulator, reference: str, phone: str = ANNA) -> str | None:
    """The payment's id on the phone page."""
    page = simulator.pages(f"/phone/{phone}").text
    pattern = rf'data-payment-id="(\w+)" data-reference="{reference}"'
    found = re.search(pattern, page)
    return found[1] if found else None


def act(simulator, reference: str, action: str, phone: str = ANNA):
    payment_id = card_of(simulator, reference)
    path = f"/phone/{phone}/payments/{payment_id}/{action}"
    return simulator.pages(path, x="")


def landing_of(vipps, **changes) -> tuple[str, str]:
    """Reference and path of a new payment's landing page."""
    body = vipps.payment(returnUrl=BACK, **changes)
    url = vipps.write("", body).json()["redirectUrl"]
    return body["reference"], url.removeprefix(vipps.simulator.url)


# the phone


def test_a_push_is_approved(simulator, vipps):
    reference = vipps.create(vipps.push())
    assert act(simulator, reference, "approve").status_code == 303
    assert vipps.get(reference)["state"] == "AUTHORIZED"
    assert vipps.moved(reference)["authorized"] == 36050
    assert act(simulator, reference, "approve").status_code == 409


def test_a_push_is_rejected(simulator, vipps):
    reference = vipps.create(vipps.push())
    assert act(simulator, reference, "reject").status_code == 303
    assert vipps.get(reference)["state"] == "ABORTED"
    assert act(simulator, reference, "approve").status_code == 409
    assert [event["name"] for event in vipps.events(reference)][1:] == ["ABORTED"]


def test_postponing_is_told_nobody(simulator, vipps):
    reference = vipps.create(vipps.push())
    assert act(simulator, reference, "postpone").status_code == 303
    assert len(vipps.events(reference)) == 1
    assert vipps.get(reference)["state"] == "CREATED"
    (payment,) = simulator.control("vipps")["payments"]
    assert payment["postponed"] == 1
    assert act(simulator, reference, "approve").status_code == 303


def test_a_push_is_one_persons(simulator, vipps):
    reference = vipps.create(vipps.push())
    assert card_of(simulator, reference, BO) is None
    assert act(simulator, reference, "approve", BO).status_code == 409
    path = f"vipps/payments/{reference}/approve"
    simulator.control(path, {"phone": BO}, status=409)
    assert vipps.get(reference)["state"] == "CREATED"


def test_amounts_as_each_country_writes_them(simulator, vipps):
    norse = VippsClient(simulator, NORSE)
    customer = {"phoneNumber": "4791111101"}
    norse.create(norse.push(customer=customer, amount=norse.amount(123450)))
    page = simulator.pages("/phone/+4791111101").text
    assert "1\u202f234,50 kr" in page and "Fjordens Sykler" in page


def test_no_funds_leaves_it_open(simulator, vipps):
    simulator.control("payers", {"phone": ANNA, "amount_limit": 360.49})
    reference = vipps.create(vipps.push())
    assert act(simulator, reference, "approve").status_code == 409
    assert vipps.get(reference)["state"] == "CREATED"
    simulator.control("payers", {"phone": ANNA, "amount_limit": 360.50})
    assert act(simulator, reference, "approve").status_code == 303


@pytest.mark.parametrize("value", [151, 182, 183, 184, 186, 187])
def test_amounts_that_fail(simulator, vipps, value):
    reference = vipps.create(vipps.push(amount=vipps.amount(value)))
    assert act(simulator, reference, "approve").status_code == 409
    assert vipps.get(reference)["state"] == "CREATED"
    assert len(vipps.events(reference)) == 1


@pytest.mark.parametrize("value", [197, 202])
def test_amounts_that_fail_in_norway_only(simulator, vipps, value):
    assert vipps.get(vipps.approved(value))["state"] == "AUTHORIZED"
    norse = VippsClient(simulator, NORSE)
    customer = {"phoneNumber": "4791111101"}
    reference = norse.create(norse.push(amount=norse.amount(value), customer=customer))
    path = f"vipps/payments/{reference}/approve"
    simulator.control(path, {}, status=409)


def test_a_failed_approval_may_be_an_event(simulator, vipps):
    simulator.settings(vipps_failed_approval="event")
    reference = vipps.create(vipps.push(amount=vipps.amount(151)))
    act(simulator, reference, "approve")
    event = vipps.events(reference)[1]
    assert (event["name"], event["success"]) == ("AUTHORIZED", False)
    assert vipps.get(reference)["state"] == "CREATED"
    assert vipps.moved(reference)["authorized"] == 0


def test_an_outcome_unknown_for_an_hour(simulator, vipps):
    reference = vipps.create(vipps.push(amount=vipps.amount(201)))
    act(simulator, reference, "approve")
    assert vipps.get(reference)["state"] == "CREATED"
    assert code_of(vipps.cancel(reference)) == 6250
    assert act(simulator, reference, "reject").status_code == 409
    simulator.advance(minutes=59)
    assert vipps.get(reference)["state"] == "CREATED"
    simulator.advance(minutes=1)
    assert VippsClient(simulator).get(reference)["state"] == "AUTHORIZED"


# the landing page


def test_pay_on_the_landing_page(simulator, vipps):
    reference, path = landing_of(vipps)
    page = simulator.pages(path).text
    assert "360,50 kr." in page and "Havnens Cykler" in page
    response = simulator.pages(path, phone="11111101", action="pay")
    assert response.status_code == 303 and response.headers["Location"] == BACK
    assert vipps.get(reference)["state"] == "AUTHORIZED"
    assert card_of(simulator, reference)


def test_leave_the_landing_page(simulator, vipps):
    reference, path = landing_of(vipps)
    response = simulator.pages(path, action="abort")
    assert response.status_code == 303 and response.headers["Location"] == BACK
    assert vipps.get(reference)["state"] == "ABORTED"
    again = simulator.pages(path, phone=ANNA, action="pay")
    assert again.status_code == 409


def test_continue_on_the_phone(simulator, vipps):
    reference, path = landing_of(vipps)
    assert card_of(simulator, reference) is None
    assert simulator.pages(path, phone=ANNA, action="send").status_code == 303
    assert vipps.get(reference)["state"] == "CREATED"
    assert "Approve on the phone" in simulator.pages(path).text
    assert act(simulator, reference, "approve").status_code == 303
    url = f"{simulator.url}{path}"
    response = requests.get(url, allow_redirects=False, timeout=5)
    assert response.status_code == 303 and response.headers["Location"] == BACK


def test_a_known_number_stands_there(simulator, vipps):
    _reference, path = landing_of(vipps, customer={"phoneNumber": ANNA.lstrip("+")})
    assert f'value="{ANNA}"' in simulator.pages(path).text


def test_anybody_may_pay_a_link(simulator, vipps):
    customer = {"phoneNumber": ANNA.lstrip("+")}
    reference, path = landing_of(vipps, customer=customer)
    assert simulator.pages(path, phone=BO, action="pay").status_code == 303
    assert vipps.get(reference)["state"] == "AUTHORIZED"


@pytest.mark.parametrize("phone", ["+4599999999", "hello", ""])
def test_a_number_without_the_app(simulator, vipps, phone):
    reference, path = landing_of(vipps)
    assert simulator.pages(path, phone=phone, action="pay").status_code == 404
    assert vipps.get(reference)["state"] == "CREATED"


def test_paid_once_by_two(simulator, vipps):
    reference, path = landing_of(vipps)
    statuses = [
        simulator.pages(path, phone=phone, action="pay").status_code
        for phone in (ANNA, BO)
    ]
    assert statuses == [303, 409]
    assert vipps.moved(reference)["authorized"] == 36050


def test_an_unknown_landing_page(simulator, vipps):
    assert simulator.pages("/vipps/landing?token=x").status_code == 404


def test_the_page_is_safe(simulator, vipps):
    _reference, path = landing_of(vipps, paymentDescription="<b>bold</b>")
    page = simulator.pages(path).text
    assert "&lt;b&gt;bold" in page and "<b>bold" not in page


# time


def test_ten_minutes_without_an_end(simulator, vipps):
    reference, path = landing_of(vipps)
    simulator.advance(minutes=9, seconds=50)
    assert vipps.get(reference)["state"] == "CREATED"
    simulator.advance(seconds=11)
    assert vipps.get(reference)["state"] == "EXPIRED"
    assert simulator.pages(path, phone=ANNA, action="pay").status_code == 409


def test_ends_when_it_was_to_end(simulator, vipps):
    body = vipps.push(expiresAt=ahead(days=30), receipt=receipt(36050))
    reference = vipps.create(body)
    simulator.advance(days=29)
    assert VippsClient(simulator).get(reference)["state"] == "CREATED"
    simulator.advance(days=2)
    vipps = VippsClient(simulator)
    assert vipps.get(reference)["state"] == "EXPIRED"
    assert set(vipps.moved(reference).values()) == {0}
    # dated when it ended, however late that was noticed
    event = vipps.events(reference)[-1]
    assert event["name"] == "EXPIRED"
    created = vipps.events(reference)[0]["timestamp"]
    assert created[:10] < event["timestamp"][:10] < ahead(days=31)[:10]


def test_approved_does_not_expire(simulator, vipps):
    reference = vipps.approved()
    simulator.advance(minutes=30)
    assert vipps.get(reference)["state"] == "AUTHORIZED"


# by force


def force(vipps, reference: str, body) -> requests.Response:
    path = f"/epayment/v1/test/payments/{reference}/approve"
    return vipps.call("POST", path, json=body)


def test_force_approve(vipps):
    body = {"customer": {"phoneNumber": ANNA.lstrip("+")}}
    for create in (vipps.push, vipps.payment):
        reference = vipps.create(create())
        response = force(vipps, reference, body)
        assert response.status_code == 200 and response.content == b""
        assert vipps.get(reference)["state"] == "AUTHORIZED"
        assert code_of(force(vipps, reference, body)) == 6230


def test_force_approve_by_the_links_token(vipps):
    reference, path = landing_of(vipps)
    assert code_of(force(vipps, reference, {"token": "x"})) == 10020
    token = path.partition("token=")[2]
    assert force(vipps, reference, {"token": token}).status_code == 200
    assert vipps.get(reference)["state"] == "AUTHORIZED"


def test_force_approve_that_fails(vipps):
    reference = vipps.create(vipps.push(amount=vipps.amount(151)))
    body = {"customer": {"phoneNumber": ANNA.lstrip("+")}}
    assert code_of(force(vipps, reference, body)) == 10010
    assert code_of(force(vipps, reference, {})) == 10030


def test_a_scope_that_was_granted(vipps):
    body = vipps.push(profile={"scope": "name"})
    reference = vipps.create(body)
    vipps.act(reference, "approve")
    assert vipps.get(reference)["profile"]["sub"]
