"""A test payer's app: against MobilePay's simulator, and its own specification."""

import json
from datetime import date, timedelta

import jsonschema
import pytest
import requests
from test_wire_simulated import TIMEOUT, TODAY
from test_wire_specification import specified
from wire_requests import invoice
from wire_server import Reply
from wire_shared import as_specified
from wire_simulator import GATEWAY, PHONE

from mobilepay.classic.gateway import connect
from mobilepay.classic.invoices import InvoiceApi
from mobilepay.classic.payload import encode
from mobilepay.classic.simulation import PayerApi
from mobilepay.environments import is_production
from mobilepay.errors import NotFound, Rejected
from mobilepay.types import ConsentState, Kind, Status

ID = "89a140f4-8433-4196-b25f-690871be5b3d"
USER, CARD = "5f2e8a3c-1111-4222-8333-444455556666", ID
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def sandbox(simulator):
    """A transport to the simulator, as the merchant."""
    token = simulator.access_token()
    with connect(
        simulator.api_base, **GATEWAY, bearer=lambda _: token, timeout=TIMEOUT
    ) as transport:
        yield transport


@pytest.fixture
def merchant(sandbox):
    return InvoiceApi(sandbox)


@pytest.fixture
def payer(simulator, sandbox):
    """The app of the payer with our test number."""
    known = requests.get(f"{simulator.url}/control/payers", timeout=20).json()
    [user] = [one["user_id"] for one in known if one["phone"] == PHONE]
    return PayerApi(sandbox, user)


@pytest.fixture
def create(merchant):
    issuer = next(issuer for issuer in merchant.issuers() if issuer.enabled)

    def make(kind=Kind.DIRECT, **changes):
        good = {
            "kind": kind,
            "issuer_id": issuer.id,
            "due_date": TODAY + timedelta(days=14),
            "issue_date": TODAY,
            "phone": PHONE,
        }
        text = encode(invoice(**{**good, **changes}))
        return merchant.create(kind, text).invoice_id

    return make


def test_paying_today_and_later(merchant, payer, create):
    assert payer.accept(paid := create(), TODAY) == "paid"
    assert merchant.status(paid) is Status.PAID
    later = create(payment_reference="later")
    assert payer.accept(later, TODAY + timedelta(days=3)) == "accepted"
    assert merchant.status(later) is Status.ACCEPTED


def test_rejecting(merchant, payer, create):
    invoice_id = create()
    payer.reject(invoice_id)
    assert merchant.status(invoice_id) is Status.REJECTED


def test_what_cannot_be_done_is_said_why(payer, create):
    invoice_id = create()
    with pytest.raises(Rejected) as caught:
        payer.accept(invoice_id, TODAY - timedelta(days=1))
    assert "in the past" in caught.value.text
    payer.accept(invoice_id, TODAY)
    with pytest.raises(Rejected) as caught:
        payer.accept(invoice_id, TODAY)
    assert caught.value.code == "10504"
    with pytest.raises(NotFound):
        payer.reject(UNKNOWN)


def test_consent_from_question_to_withdrawal(merchant, payer, create):
    link = create(Kind.LINK)
    asked = merchant.ask_consent(link)
    payer.accept(link, TODAY)
    payer.answer_consent(asked.id, False)
    assert merchant.consent(asked.id).state is ConsentState.DENIED
    payer.answer_consent(asked.id, True)
    assert merchant.consent(asked.id).state is ConsentState.GRANTED
    payer.withdraw_consent(asked.id)
    with pytest.raises(NotFound):
        merchant.consent(asked.id)


def test_every_request_is_in_the_specification(server, transport, openapi):
    server.answers(Reply(200, {}))
    payer = PayerApi(transport, f" {USER.upper()} ", CARD)
    payer.accept(ID, date(2026, 1, 5))
    payer.reject(ID)
    payer.answer_consent(ID, True)
    payer.withdraw_consent(ID)
    accepted, rejected, answered, withdrawn = server.asked
    assert {one.headers["AuthenticatedUser"] for one in server.asked} == {USER}
    assert accepted.json == {
        "paymentDate": "2026-01-05T00:00:00Z",
        "ConsumerCard": CARD,
    }
    assert answered.json == {"isConsentGranted": True}
    assert (rejected.body, withdrawn.body) == (b"", b"")
    for sent in server.asked:
        sent.path = sent.path.removeprefix("/base")
        operation = specified(openapi, sent)
        named = {parameter["name"] for parameter in operation["parameters"]}
        assert "AuthenticatedUser" in named
        if "requestBody" in operation:
            model = operation["requestBody"]["content"]["application/json"]["schema"]
            jsonschema.Draft202012Validator(
                {**model, "components": openapi["components"]}
            ).validate(as_specified(openapi, json.loads(sent.body)))


@pytest.mark.parametrize("wrong", ["", "Anna", "12345678"])
def test_what_names_nobody_is_not_sent(transport, wrong):
    with pytest.raises(ValueError, match="UUID"):
        PayerApi(transport, wrong)


def test_each_call_is_told_without_ids_and_content(server, connect):
    told = []
    server.answers(Reply(404, {}), Reply(200, {}))
    transport = connect(server.url, heard=told.append)
    with pytest.raises(NotFound):
        PayerApi(transport, USER).reject(ID)
    PayerApi(transport, USER).accept(ID, TODAY)
    assert [(one.method, one.status) for one in told] == [("PUT", 404), ("PUT", 200)]
    assert told[0].path == "/api/v1/consumers/me/invoices/{id}/reject"
    sent = [asked.headers["CorrelationId"] for asked in server.asked]
    assert [one.correlation_id for one in told] == sent
    assert told[0].moment.utcoffset() == timedelta(0)
    assert ID not in repr(told)
    assert USER not in repr(told)


def test_where_real_money_moves():
    sandbox = "https://api.sandbox.mobilepay.dk/invoice-restapi"
    real = "https://API.mobilepay.dk/invoice-restapi"
    assert is_production("production_fi", sandbox)
    assert is_production("custom", real)
    assert not is_production("sandbox_dk", sandbox)
    assert not is_production("custom", "http://127.0.0.1:8080/invoice-restapi")
    assert not is_production("custom", "no address")
