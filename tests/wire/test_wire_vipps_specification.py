"""Everything that Vipps MobilePay is asked, held against its own specifications."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from wire_server import Reply
from wire_vipps import (
    ARTICLE,
    REFERENCE,
    RETURN,
    access,
    event,
    payment,
    problem,
    request,
)
from wire_vipps_specification import Specification

from mobilepay.types import Kind
from mobilepay.vipps.tokens import fetch_token

ROOT = Path(__file__).resolve().parents[2]
ID = "89a140f4-8433-4196-b25f-690871be5b3d"
PAYMENT = f"/epayment/v1/payments/{REFERENCE}"
TOKEN = {
    "token_type": "Bearer",
    "expires_in": "3600",
    "ext_expires_in": "3600",
    "expires_on": "1547823408",
    "not_before": "1547819508",
    "resource": "00000002-0000-0000-c000-000000000000",
    "access_token": "eyJ0.eyJ1.c2ln",
}


@pytest.fixture(scope="module")
def specification():
    found = Specification(ROOT)
    if not found.found:
        pytest.skip("../shared is absent: no OpenAPI file to hold requests against")
    return found


@pytest.fixture
def answered(server):
    """Set the answer to all that follows; it is kept to be looked at."""

    def answer(status, body):
        server.answers(Reply(status, body))

    return answer


def rich():
    """A request with all that a request can have."""
    back = replace(
        ARTICLE, quantity=Decimal("-0.5"), total_including_vat=Decimal("-50.00")
    )
    odd = replace(ARTICLE, vat_rate=None, price_discount=Decimal("7.77"), unit="hour")
    return request(
        total=Decimal("123.45"),
        articles=(ARTICLE, back, odd),
        terms_url="https://a.example/terms",
        privacy_url="https://a.example/privacy",
    )


def everything(vipps, server, answered):
    """Each call that there is."""
    answered(201, {"reference": REFERENCE, "redirectUrl": "https://x.example/"})
    direct, attempt = rich(), replace(rich(), kind=Kind.LINK, redirect_url=RETURN)
    for one in (direct, replace(direct, articles=()), attempt):
        vipps.create(one.kind, vipps.encode(one), idempotency_key="k" * 50)
    answered(200, payment("AUTHORIZED", "360"))
    vipps.status(REFERENCE)
    vipps.details(REFERENCE)
    vipps.capture(REFERENCE, Decimal("1"), "DKK", idempotency_key="key")
    vipps.refund(REFERENCE, Decimal("1"), "DKK", idempotency_key="key")
    vipps.release(REFERENCE, only_unapproved=True, idempotency_key="key")
    vipps.cancel(REFERENCE, idempotency_key="key")
    answered(200, [event()])
    vipps.events(REFERENCE)
    vipps.payer("+4511111101").accept(REFERENCE, None)
    answered(200, {"webhooks": []})
    vipps.webhooks()
    answered(201, {"id": ID, "secret": "s" * 36})
    vipps.register_webhook("https://a.example/hook", vipps.event_names())
    answered(204, b"")
    vipps.delete_webhook(ID)
    png = b"\x89PNG\r\n\x1a\n"
    where = {"id": "a", "url": server.url, "redirectUrl": RETURN}
    server.answers(Reply(409), Reply(200, where), Reply(200, png))
    vipps.make_code("a", RETURN)
    # where the image lies is no API
    server.asked.pop()
    answered(200, TOKEN)
    fetch_token(access(server.url))


def test_every_request_is_in_the_specifications(vipps, server, answered, specification):
    everything(vipps, server, answered)
    assert len(server.asked) == 17
    for asked in server.asked:
        specification.check_request(asked)


def test_what_is_not_in_them_is_found(vipps, server, answered, specification):
    """So that the test above means something."""
    answered(201, {"reference": REFERENCE})
    vipps.create(Kind.DIRECT, vipps.encode(request()), idempotency_key="key")
    asked = server.last
    fields = asked.json
    for name, value in (
        ("customer", {"phoneNumber": "+4511111101"}),
        ("customer", {"phoneNumber": "4511111101", "customerToken": "x"}),
        ("amount", {"currency": "DKK", "value": 1.5}),
        ("amount", {"currency": "SEK", "value": 1}),
        ("paymentDescription", "ab"),
        ("reference", "INV/2026/00012"),
        ("userFlow", "SMS"),
        ("comment", "unknown"),
        ("receipt", {"orderLines": [], "bottomLine": {"currency": "DKK"}}),
        ("expiresAt", "2026-12-14"),
    ):
        wrong = type(asked)(asked.method, asked.path, asked.headers, asked.body)
        wrong.body = json.dumps({**fields, name: value}).encode()
        with pytest.raises(jsonschema.ValidationError):
            specification.check_request(wrong)
    bare = dict(asked.headers)
    del bare["Merchant-Serial-Number"]
    with pytest.raises(AssertionError):
        specification.check_request(
            type(asked)(asked.method, asked.path, bare, asked.body)
        )


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("POST", "/epayment/v1/payments", 201, {"reference": REFERENCE}),
        ("POST", "/epayment/v1/payments", 400, problem("5080")),
        ("POST", "/epayment/v1/payments", 409, problem("4020", 409)),
        ("GET", PAYMENT, 200, payment("AUTHORIZED", "360", "100", "260")),
        ("GET", PAYMENT, 200, payment(captureGuaranteedUntil="2026-12-14T00:00:00Z")),
        ("GET", "/webhooks/v1/webhooks", 200, {"webhooks": []}),
        ("POST", "/webhooks/v1/webhooks", 201, {"id": ID, "secret": "s"}),
        ("POST", "/accesstoken/get", 200, TOKEN),
    ],
)
def test_the_answers_of_these_tests_are_mobilepays(
    specification, method, path, status, body
):
    specification.check_answer(method, path, status, body)


def test_the_news_of_these_tests_are_mobilepays(specification):
    for name in ("CREATED", "AUTHORIZED", "CAPTURED", "CANCELLED", "REFUNDED"):
        specification.check_model("WebhookEvent", event(name))
    logged = event()
    del logged["msn"]
    specification.check_model("PaymentEvent", logged)


def test_the_answer_to_moved_money_has_no_more_than_is_read(
    vipps, server, specification
):
    """The file's own model: no ``paymentMethod``, no ``profile``."""
    moved = payment("AUTHORIZED", "360", "360")
    del moved["paymentMethod"], moved["profile"]
    specification.check_model("ModificationResponse", moved)
    server.answers(Reply(200, moved))
    funds = vipps.capture(REFERENCE, Decimal("360"), "DKK", idempotency_key="key")
    assert funds.captured == Decimal("360.00")
