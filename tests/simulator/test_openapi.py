"""The simulator's answers held against MobilePay's own specification."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from openapi_schema import (
    PROPERTY_DRIFTS,
    SPECIFICATION,
    STATUS_DRIFTS,
    Specification,
    plain_name,
)
from simclient import MerchantClient, SimulatorProcess

pytestmark = pytest.mark.skipif(
    not SPECIFICATION.exists(),
    reason="../shared is absent: MobilePay's specification cannot be read",
)

ANNA = "+4511111101"
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def specification() -> Specification:
    return Specification()


class Calls:
    """A merchant's calls, named as the specification names them."""

    def __init__(self, simulator: SimulatorProcess) -> None:
        self.merchant = MerchantClient(simulator)
        self.simulator = simulator

    def paid_link(self) -> str:
        link = self.merchant.create("/link", RedirectUrl="https://shop.example/back")
        self.simulator.control(f"invoices/{link}/accept", {"phone": ANNA})
        return link

    def consent(self) -> str:
        body = {"invoiceId": self.paid_link()}
        response = self.merchant.call("POST", "/directinvoiceconsents", json=body)
        return response.json()["ConsentId"]

    def granted_consent(self) -> str:
        consent = self.consent()
        path = f"/phone/{ANNA}/consents/{consent}"
        self.simulator.pages(path, decision="grant")
        return consent

    def post(self, kind: str, body: Any) -> requests.Response:
        return self.merchant.post(body, kind)

    def register(self, scheme: str, **body: str) -> requests.Response:
        path = self.merchant.path(f"auth/{scheme}")
        return self.merchant.call("PUT", path, json=body)

    def get(self, path: str, **params: str) -> requests.Response:
        return self.merchant.call("GET", path, params=params)

    def mine(self, method: str, rest: str) -> requests.Response:
        return self.merchant.call(method, self.merchant.path(rest))

    def payer(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self.merchant.as_payer(method, path, ANNA, json=body)

    def consumer(self, method: str, rest: str, body: Any = None) -> requests.Response:
        return self.payer(method, f"/consumers/me/invoices/{rest}", body)


def paid(calls: Calls) -> str:
    invoice = calls.merchant.create(
        InvoiceUrl="https://shop.example/1.pdf", Comment="Thanks"
    )
    calls.simulator.control(f"invoices/{invoice}/accept", {})
    return invoice


def batch(calls: Calls) -> list[dict[str, Any]]:
    good = calls.merchant.invoice()
    return [good, good, calls.merchant.invoice(TotalAmount=0), {}]


def twice(calls: Calls, kind: str) -> requests.Response:
    body = calls.merchant.invoice()
    calls.post(kind, body)
    return calls.post(kind, body)


Call = Callable[[Calls], requests.Response]
URL = "https://shop.example/callback"
#: operation, expected status, call
CASES: list[tuple[str, int, Call]] = [
    ("get merchants/me", 200, lambda c: c.get("/merchants/me")),
    ("get invoiceissuers", 200, lambda c: c.mine("GET", "invoiceissuers")),
    ("post invoices", 202, lambda c: c.post("", c.merchant.invoice())),
    ("post invoices", 409, lambda c: twice(c, "")),
    ("post invoices", 400, lambda c: c.post("", {})),
    ("post invoices/link", 202, lambda c: c.post("/link", c.merchant.invoice())),
    ("post invoices/link", 409, lambda c: twice(c, "/link")),
    ("post invoices/link", 400, lambda c: c.post("/link", {})),
    ("post invoices/batch", 202, lambda c: c.post("/batch", batch(c))),
    ("post invoices/batch", 400, lambda c: c.post("/batch", {})),
    ("post invoices/link/batch", 202, lambda c: c.post("/link/batch", batch(c))),
    (
        "put invoices/{invoiceid}/cancel",
        204,
        lambda c: c.mine("PUT", f"invoices/{c.merchant.create()}/cancel"),
    ),
    (
        "put invoices/{invoiceid}/cancel",
        409,
        lambda c: c.mine("PUT", f"invoices/{paid(c)}/cancel"),
    ),
    (
        "get invoices/{invoiceid}",
        200,
        lambda c: c.mine("GET", f"invoices/{c.merchant.create()}"),
    ),
    (
        "get invoices/{invoiceid}",
        200,
        lambda c: c.mine("GET", f"invoices/{paid(c)}"),
    ),
    (
        "get invoices/{invoiceid}",
        404,
        lambda c: c.mine("GET", f"invoices/{NOBODY}"),
    ),
    (
        "get invoices/{invoiceid}/status",
        200,
        lambda c: c.mine("GET", f"invoices/{c.merchant.create()}/status"),
    ),
    (
        "get invoices/{invoiceid}/status",
        404,
        lambda c: c.mine("GET", f"invoices/{NOBODY}/status"),
    ),
    (
        "put auth/basic",
        204,
        lambda c: c.register("basic", username="a", password="b", callbackurl=URL),
    ),
    (
        "put auth/apikey",
        204,
        lambda c: c.register("apikey", ApiKey="k", callbackurl=URL),
    ),
    (
        "put auth/apikey",
        400,
        lambda c: c.register("apikey", ApiKey="å", callbackurl=URL),
    ),
    (
        "post directinvoiceconsents",
        201,
        lambda c: c.merchant.call(
            "POST", "/directinvoiceconsents", json={"invoiceId": c.paid_link()}
        ),
    ),
    (
        "post directinvoiceconsents",
        409,
        lambda c: c.merchant.call(
            "POST", "/directinvoiceconsents", json={"invoiceId": paid(c)}
        ),
    ),
    (
        "get directinvoiceconsents",
        200,
        lambda c: c.granted_consent() and c.get("/directinvoiceconsents"),
    ),
    (
        "get directinvoiceconsents/{consentid}",
        200,
        lambda c: c.get(f"/directinvoiceconsents/{c.granted_consent()}"),
    ),
    (
        "get directinvoiceconsents/{consentid}",
        404,
        lambda c: c.get(f"/directinvoiceconsents/{NOBODY}"),
    ),
    (
        "delete directinvoiceconsents/{consentid}",
        204,
        lambda c: c.payer("DELETE", f"/directinvoiceconsents/{c.consent()}"),
    ),
    (
        "put consumers/me/invoices/directinvoiceconsent/{consentid}",
        204,
        lambda c: c.consumer(
            "PUT", f"directinvoiceconsent/{c.consent()}", {"isConsentGranted": True}
        ),
    ),
    (
        "put consumers/me/invoices/{id}/accept",
        200,
        lambda c: c.consumer("PUT", f"{c.merchant.create()}/accept", {}),
    ),
    (
        "put consumers/me/invoices/{id}/accept",
        400,
        lambda c: c.consumer(
            "PUT", f"{c.merchant.create()}/accept", {"paymentDate": "2020-01-01"}
        ),
    ),
    (
        "put consumers/me/invoices/{id}/accept",
        409,
        lambda c: c.consumer("PUT", f"{paid(c)}/accept", {}),
    ),
    (
        "put consumers/me/invoices/{id}/reject",
        200,
        lambda c: c.consumer("PUT", f"{c.merchant.create()}/reject"),
    ),
    (
        "get consumers/me/invoices/{id}/pdf",
        200,
        lambda c: c.consumer("GET", f"{c.merchant.create()}/pdf"),
    ),
]


@pytest.mark.parametrize(
    ("operation", "status", "call"),
    CASES,
    ids=[f"{operation} {status}" for operation, status, _ in CASES],
)
def test_answer_is_as_specified(simulator, specification, operation, status, call):
    response = call(Calls(simulator))
    assert response.status_code == status, response.text
    specification.check(operation, response)


def test_camel_case_is_as_the_specification_writes_it(simulator, specification):
    calls = Calls(simulator)
    invoice = paid(calls)
    simulator.settings(names="camel")
    response = calls.mine("GET", f"invoices/{invoice}")
    specification.check("get invoices/{invoiceid}", response)
    models = specification.content["components"]["schemas"]
    model = "RestAPI.Models.Invoice.InvoiceContext.InvoiceDetailsModel"
    assert set(response.json()) == set(models[model]["properties"])


def test_every_operation_is_held_against_the_file(specification):
    assert {operation for operation, _, _ in CASES} == set(specification.operations)


def test_every_drift_is_still_one(specification):
    """A table entry that the specification has caught up with must go."""
    for operation, status in STATUS_DRIFTS:
        responses = specification.operations[operation]["responses"]
        assert str(status) not in responses
    models = specification.content["components"]["schemas"]
    for (model, name), (schema, _reason) in PROPERTY_DRIFTS.items():
        names = {plain_name(found): found for found in models[model]["properties"]}
        assert models[model]["properties"][names[name]] != schema
