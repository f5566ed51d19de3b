"""The simulator held against Vipps MobilePay's own specifications."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from openapi_schema import SPECIFICATION
from vipps_schema import KEYWORDS, PROPERTIES, STATUSES, VippsSpecification
from vippsclient import ANNA, VippsClient, ahead, receipt

pytestmark = pytest.mark.skipif(
    not SPECIFICATION.exists(),
    reason="../shared is absent: MobilePay's specifications cannot be read",
)

PAYMENTS = "/epayment/v1/payments"
PAYMENT = f"{PAYMENTS}/{{reference}}"
FORCE = "/epayment/v1/test/payments/{reference}/approve"
WEBHOOKS = "/v1/webhooks"
REDIRECTS = "/v1/merchant-redirect"
NOBODY = "nobody-knows"


@pytest.fixture(scope="module")
def specification() -> VippsSpecification:
    return VippsSpecification()


def captured(vipps: VippsClient) -> str:
    reference = vipps.approved()
    assert vipps.capture(reference, 36050).status_code == 200
    return reference


def conflict(vipps: VippsClient, operation: str) -> requests.Response:
    """The same key, another body."""
    reference = captured(vipps) if operation == "refund" else vipps.approved()
    path = f"/{reference}/{operation}"
    bodies = [{"modificationAmount": vipps.amount(value)} for value in (1, 2)]
    if operation == "cancel":
        bodies = [{"cancelTransactionOnly": False}, {}]
    return [vipps.write(path, body, "key-1") for body in bodies][1]


def get(vipps: VippsClient, reference: str, rest: str = "") -> requests.Response:
    return vipps.call("GET", f"{PAYMENTS}/{reference}{rest}")


def force(vipps: VippsClient, body: Any) -> requests.Response:
    path = FORCE.format(reference=vipps.create())
    return vipps.call("POST", path, json=body)


def hooks(vipps: VippsClient, method: str, rest: str = "") -> requests.Response:
    return vipps.call(method, f"/webhooks/v1/webhooks{rest}")


def register(vipps: VippsClient, **body: Any) -> requests.Response:
    return vipps.call("POST", "/webhooks/v1/webhooks", json=body)


def code(vipps: VippsClient, method: str, rest: str = "", **body: Any) -> Any:
    headers = {"Accept": body.pop("accept", "image/png")}
    content = body or None
    path = f"/qr/v1/merchant-redirect{rest}"
    return vipps.call(method, path, json=content, headers=headers)


URL = "https://odoo.example/hook"
EVENTS = ["epayments.payment.captured.v1"]
MADE = {"id": "invoice-7", "redirectUrl": "https://odoo.example/my/7"}


def with_code(vipps: VippsClient, method: str, **body: Any) -> requests.Response:
    code(vipps, "POST", **MADE)
    return code(vipps, method, "/invoice-7", **body)


def twice(vipps: VippsClient) -> requests.Response:
    code(vipps, "POST", **MADE)
    return code(vipps, "POST", **MADE)


Call = Callable[[VippsClient], requests.Response]
#: file, operation, expected status, call
CASES: list[tuple[str, str, int, Call]] = [
    ("token", "post /accesstoken/get", 200, lambda v: v.ask_token()),
    ("token", "post /accesstoken/get", 400, lambda v: v.ask_token(client_id=None)),
    ("token", "post /accesstoken/get", 401, lambda v: v.ask_token(client_id="x")),
    ("epayment", f"post {PAYMENTS}", 201, lambda v: v.write("", v.payment())),
    ("epayment", f"post {PAYMENTS}", 201, lambda v: v.write("", v.push())),
    ("epayment", f"post {PAYMENTS}", 400, lambda v: v.write("", {})),
    (
        "epayment",
        f"post {PAYMENTS}",
        409,
        lambda v: v.write("", v.payment(reference=v.create())),
    ),
    ("epayment", f"get {PAYMENT}", 200, lambda v: get(v, v.create())),
    ("epayment", f"get {PAYMENT}", 200, lambda v: get(v, captured(v))),
    ("epayment", f"get {PAYMENT}", 404, lambda v: get(v, NOBODY)),
    (
        "epayment",
        f"get {PAYMENT}/events",
        200,
        lambda v: get(v, captured(v), "/events"),
    ),
    ("epayment", f"get {PAYMENT}/events", 404, lambda v: get(v, NOBODY, "/events")),
    *(
        ("epayment", f"post {PAYMENT}/{operation}", status, call)
        for operation, status, call in (
            ("capture", 200, lambda v: v.capture(v.approved(), 36050)),
            ("capture", 400, lambda v: v.capture(v.create(), 36050)),
            ("capture", 404, lambda v: v.capture(NOBODY, 1)),
            ("capture", 409, lambda v: conflict(v, "capture")),
            ("cancel", 200, lambda v: v.cancel(v.create())),
            ("cancel", 400, lambda v: v.cancel(captured(v))),
            ("cancel", 404, lambda v: v.cancel(NOBODY)),
            ("cancel", 409, lambda v: conflict(v, "cancel")),
            ("refund", 200, lambda v: v.refund(captured(v), 1)),
            ("refund", 400, lambda v: v.refund(v.approved(), 1)),
            ("refund", 404, lambda v: v.refund(NOBODY, 1)),
            ("refund", 409, lambda v: conflict(v, "refund")),
        )
    ),
    (
        "epayment",
        f"post {FORCE}",
        200,
        lambda v: force(v, {"customer": {"phoneNumber": ANNA.lstrip("+")}}),
    ),
    ("epayment", f"post {FORCE}", 400, lambda v: force(v, {})),
    (
        "webhooks",
        f"post {WEBHOOKS}",
        201,
        lambda v: register(v, url=URL, events=EVENTS),
    ),
    ("webhooks", f"post {WEBHOOKS}", 400, lambda v: register(v, url=URL)),
    (
        "webhooks",
        f"get {WEBHOOKS}",
        200,
        lambda v: v.register(URL) and hooks(v, "GET"),
    ),
    (
        "webhooks",
        f"delete {WEBHOOKS}/{{id}}",
        204,
        lambda v: hooks(v, "DELETE", f"/{v.register(URL)['id']}"),
    ),
    (
        "webhooks",
        f"delete {WEBHOOKS}/{{id}}",
        404,
        lambda v: hooks(v, "DELETE", f"/{NOBODY}"),
    ),
    ("qr", f"post {REDIRECTS}", 200, lambda v: code(v, "POST", **MADE)),
    ("qr", f"post {REDIRECTS}", 400, lambda v: code(v, "POST", id="x")),
    ("qr", f"post {REDIRECTS}", 409, lambda v: twice(v)),
    ("qr", f"post {REDIRECTS}", 415, lambda v: code(v, "POST", accept="*/*", **MADE)),
    (
        "qr",
        f"get {REDIRECTS}",
        200,
        lambda v: code(v, "POST", **MADE) and code(v, "GET"),
    ),
    ("qr", f"get {REDIRECTS}/{{id}}", 200, lambda v: with_code(v, "GET")),
    ("qr", f"get {REDIRECTS}/{{id}}", 404, lambda v: code(v, "GET", "/x")),
    (
        "qr",
        f"put {REDIRECTS}/{{id}}",
        200,
        lambda v: with_code(v, "PUT", redirectUrl=URL),
    ),
    ("qr", f"put {REDIRECTS}/{{id}}", 400, lambda v: with_code(v, "PUT", x=1)),
    ("qr", f"delete {REDIRECTS}/{{id}}", 200, lambda v: with_code(v, "DELETE")),
]
#: What of the files is not there.
NOT_THERE = {
    "post /miami/v1/token": "accounting keys, for the Report API",
    "post /v1": "one-time codes: ePayment's userFlow QR makes them",
    "post /v1/exchange": "a person's code, scanned in a shop",
    "post /v1/exchange/customer": "a person's code, scanned in a shop",
    "get /v1/merchant-callback": "for cash registers",
    "get /v1/merchant-callback/{merchantQrId}": "for cash registers",
    "put /v1/merchant-callback/{merchantQrId}": "for cash registers",
    "delete /v1/merchant-callback/{merchantQrId}": "for cash registers",
    "put /v1/merchant-callback/mobilepay/{beaconId}": "for cash registers",
}


@pytest.mark.parametrize(
    ("file", "operation", "status", "call"),
    CASES,
    ids=[f"{operation} {status}" for _file, operation, status, _call in CASES],
)
def test_answer_is_as_specified(vipps, specification, file, operation, status, call):
    response = call(vipps)
    assert response.status_code == status, response.text
    specification.check(file, operation, response)


def test_webhooks_send_what_is_specified(vipps, specification, hook):
    vipps.register(hook.url)
    reference = captured(vipps)
    vipps.refund(reference, 1)
    for _ in range(4):
        specification.check_content("epayment", "WebhookEvent", hook.next().body)


def test_every_operation_is_held_against_the_files(specification):
    held = {operation for _file, operation, _status, _call in CASES}
    known = {
        operation
        for file in ("token", "epayment", "webhooks", "qr")
        for operation in specification.operations(file)
    }
    assert known == held | set(NOT_THERE)


# what is sent here is what the files allow: a simulator that takes more is no check


@pytest.mark.parametrize(
    "make",
    [
        lambda v: v.payment(),
        lambda v: v.push(metadata={"move": "7"}),
        lambda v: v.push(expiresAt=ahead(days=3), receipt=receipt(36050)),
        lambda v: v.payment(
            userFlow="QR", qrFormat={"format": "IMAGE/PNG", "size": 200}
        ),
    ],
    ids=["link", "push", "long", "qr"],
)
def test_requests_are_as_specified(vipps, specification, make):
    body = make(vipps)
    specification.check_content("epayment", "CreatePaymentRequest", body)
    assert vipps.write("", body).status_code == 201


def test_the_published_receipt_is_taken(vipps, specification):
    schemas = specification.files["orders"]["components"]["schemas"]
    example = schemas["Receipt"]["x-examples"]["ReceiptExample"]
    assert vipps.write("", vipps.payment(receipt=example)).status_code == 201


def test_every_drift_is_still_one(specification):
    """A table entry that a file has caught up with must go."""
    for (file, schema, name), (node, _reason) in PROPERTIES.items():
        schemas = specification.original[file]["components"]["schemas"]
        assert schemas[schema]["properties"].get(name) != node
    for (file, schema, keyword), (value, _reason) in KEYWORDS.items():
        schemas = specification.original[file]["components"]["schemas"]
        assert schemas[schema][keyword] != value
    for operation, status in STATUSES:
        file = "webhooks" if "webhooks" in operation else "epayment"
        listed = specification.operations(file)[operation]["responses"]
        assert str(status) not in listed
