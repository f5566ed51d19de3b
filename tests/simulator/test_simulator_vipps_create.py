"""Creating a payment: every rule and code (contract, sections 3 and 4)."""

from __future__ import annotations

import json

import pytest
from vippsclient import (
    ANNA,
    BO,
    FINN,
    NORSE,
    PLAIN,
    VippsClient,
    ahead,
    code_of,
    receipt,
)


def fields_of(response) -> list[str]:
    return [
        row["name"]
        for row in response.json()["extraDetails"]
        if row["name"] != "ErrorCode"
    ]


def refused(vipps, body, status: int = 400) -> int | None:
    response = vipps.write("", body)
    assert response.status_code == status, response.text
    return code_of(response)


def phone(number: str = ANNA) -> dict[str, str]:
    return {"phoneNumber": number.lstrip("+")}


# what comes back


def test_a_link_leads_to_the_landing_page(simulator, vipps):
    body = vipps.payment()
    response = vipps.write("", body)
    assert response.status_code == 201
    content = response.json()
    assert content["reference"] == body["reference"]
    assert content["redirectUrl"].startswith(f"{simulator.url}/vipps/landing?token=")
    assert vipps.get(body["reference"])["redirectUrl"] == content["redirectUrl"]


def test_a_push_leads_nowhere(vipps):
    body = vipps.push()
    assert vipps.write("", body).json() == {"reference": body["reference"]}
    assert "redirectUrl" not in vipps.get(body["reference"])


def test_what_get_shows(vipps):
    reference = vipps.create(vipps.push(metadata={"move": "4711"}))
    found = vipps.get(reference)
    amount = {"currency": "DKK", "value": 36050}
    assert found["amount"] == amount and found["metadata"] == {"move": "4711"}
    assert found["state"] == "CREATED" and found["profile"] == {}
    assert found["paymentMethod"] == {"type": "WALLET"}
    assert set(vipps.moved(reference).values()) == {0}
    assert "receipt" not in found and "captureGuaranteedUntil" not in found
    (event,) = vipps.events(reference)
    assert event["name"] == "CREATED" and event["success"] is True
    assert event["pspReference"] == found["pspReference"]
    assert event["amount"] == amount and event["timestamp"].endswith("Z")


def test_unknown_payment(vipps):
    for rest in ("", "/events"):
        response = vipps.call("GET", f"/epayment/v1/payments/nobody-knows{rest}")
        assert response.status_code == 404 and code_of(response) == 5090


def test_another_units_payment_is_not_found(simulator, vipps):
    reference = vipps.create()
    other = VippsClient(simulator, PLAIN)
    response = other.call("GET", f"/epayment/v1/payments/{reference}")
    assert response.status_code == 404
    assert other.create(other.payment(reference=reference)) == reference


# form


@pytest.mark.parametrize("name", ["amount", "paymentMethod", "reference", "userFlow"])
def test_required_fields(vipps, name):
    response = vipps.write("", vipps.payment(**{name: None}))
    assert response.status_code == 400
    assert code_of(response) is None and fields_of(response) == [name]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b'{"amount": NaN}'])
def test_a_body_that_is_no_object(vipps, raw):
    response = vipps.write("", data=raw)
    assert response.status_code == 400 and fields_of(response) == ["body"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_body_says_that_it_is_json(vipps, kind):
    body = json.dumps(vipps.payment()).encode()
    response = vipps.write("", data=body, headers={"Content-Type": kind})
    assert response.status_code == 415
    assert vipps.write("", data=body).status_code == 201


def test_unknown_fields_are_refused_or_ignored(simulator, vipps):
    body = vipps.payment(colour="blue")
    response = vipps.write("", body)
    assert response.status_code == 400 and fields_of(response) == ["colour"]
    simulator.settings(vipps_unknown_fields="ignored")
    assert vipps.write("", body).status_code == 201


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (360.5, 4040),
        ("36050", 4040),
        (True, 4040),
        (None, 4040),
        (-1, 4040),
        (65_000_001, 4040),
        (0, 6010),
    ],
)
def test_amounts_are_whole_minor_units(vipps, value, code):
    body = vipps.payment(amount={"currency": "DKK", "value": value})
    assert refused(vipps, body) == code


def test_the_largest_amount(vipps):
    assert vipps.create(vipps.payment(amount=vipps.amount(65_000_000)))


@pytest.mark.parametrize(("msn", "least"), [("100001", 1), (FINN, 1), (NORSE, 100)])
def test_the_least_amount_of_each_market(simulator, vipps, msn, least):
    unit = VippsClient(simulator, msn)
    unit.create(unit.payment(amount=unit.amount(least)))
    assert refused(unit, unit.payment(amount=unit.amount(least - 1))) == 6010


@pytest.mark.parametrize(
    ("msn", "currency"),
    [("100001", "NOK"), ("100001", "SEK"), (FINN, "DKK"), (NORSE, "EUR")],
)
def test_the_currency_is_the_markets(simulator, vipps, msn, currency):
    unit = VippsClient(simulator, msn)
    assert refused(unit, unit.payment(amount=unit.amount(5000, currency))) == 5040


@pytest.mark.parametrize(
    "reference",
    [
        "short-7",
        "a" * 65,
        "INV/2026/00012",
        "under_score",
        "dot.dot.dot",
        "søren-12345",
    ],
)
def test_references_have_a_form(vipps, reference):
    response = vipps.write("", vipps.payment(reference=reference))
    assert response.status_code == 400 and fields_of(response) == ["reference"]


@pytest.mark.parametrize("reference", ["a" * 64, "A-1-b-2-"])
def test_references_of_any_allowed_length(vipps, reference):
    assert vipps.create(vipps.payment(reference=reference))


def test_a_reference_is_taken_for_good(vipps):
    body = vipps.payment()
    reference = vipps.create(body)
    assert refused(vipps, body, 409) == 4150
    vipps.cancel(reference)
    assert refused(vipps, body, 409) == 4150
    vipps.create(vipps.payment(reference=reference.upper()))


@pytest.mark.parametrize("length", [2, 101])
def test_descriptions_have_a_length(vipps, length):
    body = vipps.payment(paymentDescription="x" * length)
    response = vipps.write("", body)
    assert response.status_code == 400
    assert fields_of(response) == ["paymentDescription"]


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({str(number): "x" for number in range(6)}, 4100),
        ({"k" * 101: "x"}, 4120),
        ({"k": "x" * 501}, 4130),
        ({"k": 7}, None),
    ],
    ids=["many", "key", "value", "number"],
)
def test_metadata_is_small(vipps, metadata, code):
    assert refused(vipps, vipps.payment(metadata=metadata)) == code


def test_metadata_up_to_its_limits(vipps):
    metadata = {str(number) + "k" * 99: "x" * 500 for number in range(5)}
    reference = vipps.create(vipps.payment(metadata=metadata))
    assert vipps.get(reference)["metadata"] == metadata


@pytest.mark.parametrize(
    "url", ["http://shop.example/back", "shop.example", "", "https://", 7]
)
def test_return_urls_are_https(vipps, url):
    assert refused(vipps, vipps.payment(returnUrl=url)) == 4090


@pytest.mark.parametrize("url", ["shop://back", "http://127.0.0.1:8069/back?a=1"])
def test_return_urls_of_apps_and_of_a_demo(vipps, url):
    assert vipps.create(vipps.payment(returnUrl=url))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"paymentMethod": {"type": "CARD"}}, None),
        ({"paymentMethod": {"type": "CASH"}}, None),
        ({"userFlow": "PIGEON"}, None),
        ({"customerInteraction": "MAYBE"}, None),
        ({"qrFormat": {"format": "IMAGE/GIF"}}, None),
        ({"profile": {"scope": "name shoeSize"}}, 4080),
        ({"shipping": {}}, 5020),
        ({"receiptUrl": "http://shop.example/7"}, 4090),
        ({"merchantLegalLinks": {"termsOfSaleUrl": "https://x.example/"}}, 4090),
    ],
    ids=str,
)
def test_the_other_fields(vipps, changes, code):
    assert refused(vipps, vipps.payment(**changes)) == code


def test_all_that_may_be_sent(vipps):
    links = {
        "termsOfSaleUrl": "https://shop.example/terms",
        "privacyPolicyUrl": "https://shop.example/privacy",
    }
    assert vipps.create(
        vipps.payment(
            customerInteraction="CUSTOMER_NOT_PRESENT",
            profile={"scope": "name phoneNumber"},
            merchantLegalLinks=links,
            receiptUrl="https://shop.example/7",
            receipt=receipt(36050),
        )
    )


# the flow and the customer


def test_what_a_flow_needs(vipps):
    assert refused(vipps, vipps.payment(returnUrl=None)) == 4140
    assert refused(vipps, vipps.push(customer=None)) == 4140


@pytest.mark.parametrize(
    ("customer", "code"),
    [
        ({}, None),
        ({**phone(), "customerToken": "x"}, None),
        ({"phoneNumber": ANNA}, 4070),
        ({"phoneNumber": 4511111101}, 4070),
        ({"phoneNumber": "45111111"}, 4070),
        ({"phoneNumber": "1" * 16}, 4070),
        ({"personalQr": "https://qr.vipps.no/28/2"}, 4060),
        ({"customerToken": "abcdef"}, 4050),
        ({"phoneNumber": "4599999999"}, 7010),
    ],
    ids=str,
)
def test_customers(vipps, customer, code):
    assert refused(vipps, vipps.push(customer=customer)) == code


def test_who_may_not_pay_here_is_not_found(simulator, vipps):
    simulator.control("payers", {"phone": BO, "available": False})
    simulator.settings(vipps_no_customer_status=404)
    assert refused(vipps, vipps.push(customer=phone(BO)), 404) == 7010


@pytest.mark.parametrize("number", ["+4791111101", "+358401111101"])
def test_a_neighbour_may_pay(vipps, number):
    assert vipps.create(vipps.push(customer=phone(number)))


@pytest.mark.parametrize("status", [400, 403])
def test_push_needs_approval(simulator, status):
    unit = VippsClient(simulator, PLAIN)
    simulator.settings(vipps_not_allowed_status=status)
    assert refused(unit, unit.push(), status) == 5080
    unit.control(push_allowed=True)
    unit.create(unit.push())


def test_a_bank_account_that_is_not_verified(vipps):
    vipps.control(bank_verified=False)
    assert refused(vipps, vipps.payment()) == 5060


def test_blocked_sources_are_danish_and_finnish(simulator, vipps):
    method = {"type": "WALLET", "blockedSources": ["CREDIT"]}
    vipps.create(vipps.payment(paymentMethod=method))
    norse = VippsClient(simulator, NORSE)
    assert refused(norse, norse.payment(paymentMethod=method)) == 5010


# long-living


def long_living(vipps, **changes):
    usual = {"expiresAt": ahead(days=30), "receipt": receipt(36050)}
    return vipps.push(**{**usual, **changes})


def test_long_living_needs_approval(vipps):
    vipps.control(long_living_days=0)
    assert refused(vipps, long_living(vipps)) == 5050


def test_long_living_needs_a_receipt(simulator, vipps):
    vipps.create(long_living(vipps))
    body = long_living(vipps, receipt=None, receiptUrl="https://shop.example/7")
    assert refused(vipps, body) == 6130
    simulator.settings(vipps_receipt_url_suffices=True)
    vipps.create(body)


@pytest.mark.parametrize(
    ("parts", "code"),
    [({"minutes": 9}, 6120), ({"days": -1}, 6120), ({"days": 61}, 6110)],
)
def test_how_far_off_it_may_end(vipps, parts, code):
    assert refused(vipps, long_living(vipps, expiresAt=ahead(**parts))) == code


@pytest.mark.parametrize("parts", [{"minutes": 11}, {"days": 59, "hours": 23}])
def test_ends_within_the_bounds(vipps, parts):
    assert vipps.create(long_living(vipps, expiresAt=ahead(**parts)))


def test_a_sales_units_own_limit(vipps):
    vipps.control(long_living_days=7)
    assert refused(vipps, long_living(vipps, expiresAt=ahead(days=8))) == 6110
    vipps.create(long_living(vipps, expiresAt=ahead(days=6)))


@pytest.mark.parametrize("moment", ["2030-01-01", "2030-01-01T10:00:00", "soon", 7])
def test_the_end_has_a_zone(vipps, moment):
    response = vipps.write("", long_living(vipps, expiresAt=moment))
    assert response.status_code == 400 and fields_of(response) == ["expiresAt"]


def test_the_end_is_for_push_and_qr(simulator, vipps):
    body = vipps.payment(expiresAt=ahead(days=3), receipt=receipt(36050))
    response = vipps.write("", body)
    assert response.status_code == 400 and fields_of(response) == ["expiresAt"]
    simulator.settings(vipps_expiry_flows="any")
    vipps.create(body)
    simulator.settings(vipps_expiry_flows="push_and_qr")
    vipps.create({**body, "userFlow": "QR", "reference": "another-one-7"})


# the receipt


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"id": 7}, "id"),
        ({"totalAmount": 1.5}, "totalAmount"),
        ({"totalTaxAmount": None}, "totalTaxAmount"),
        ({"taxRate": None}, "taxRate"),
        ({"taxRate": 10001}, "taxRate"),
        ({"discount": -1}, "discount"),
        ({"unitInfo": {"unitPrice": 1, "quantity": 2}}, "unitInfo.quantity"),
        ({"unitInfo": {"unitPrice": 1, "quantity": "1,5"}}, "unitInfo.quantity"),
        (
            {"unitInfo": {"unitPrice": 1, "quantity": "1", "quantityUnit": "BOX"}},
            "unitInfo.quantityUnit",
        ),
    ],
    ids=str,
)
def test_lines_have_a_form(vipps, change, field):
    content = receipt(36050)
    content["orderLines"][0] |= change
    response = vipps.write("", vipps.payment(receipt=content))
    assert response.status_code == 400
    assert fields_of(response) == [f"receipt.orderLines[0].{field}"]


@pytest.mark.parametrize(
    "content",
    [
        {"orderLines": [], "bottomLine": {"currency": "DKK"}},
        {"bottomLine": {"currency": "DKK"}},
        {**receipt(36050), "bottomLine": {}},
        {**receipt(36050), "bottomLine": {"currency": "USD"}},
    ],
    ids=["empty", "none", "bottom", "currency"],
)
def test_receipts_have_a_form(vipps, content):
    assert refused(vipps, vipps.payment(receipt=content)) is None


@pytest.mark.parametrize(("rest", "is_shown"), [(50, True), (51, False)])
def test_lines_that_do_not_add_up_are_not_shown(simulator, vipps, rest, is_shown):
    body = vipps.push(receipt=receipt(36000, rest))
    vipps.create(body)
    page = simulator.pages(f"/phone/{ANNA}").text
    assert body["reference"] in page
    assert ("Line 0" in page) is is_shown


def test_a_return_counts_negative(simulator, vipps):
    content = receipt(40000, 3950)
    content["orderLines"][1]["isReturn"] = True
    vipps.create(vipps.push(receipt=content))
    assert "Line 1" in simulator.pages(f"/phone/{ANNA}").text
