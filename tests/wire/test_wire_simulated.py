"""The wire against MobilePay's simulator, a process of its own."""

import json
import threading
from datetime import datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from zoneinfo import ZoneInfo

import pytest
import requests
from wire_requests import invoice
from wire_simulator import CLIENT, GATEWAY, PHONE, REDIRECT_URI, VAT

from mobilepay.classic.callbacks import authentic, parse
from mobilepay.classic.gateway import connect
from mobilepay.classic.invoices import InvoiceApi
from mobilepay.classic.oidc import Provider
from mobilepay.classic.payload import encode
from mobilepay.errors import (
    BadIdToken,
    ClientRefused,
    ConsentLost,
    NotFound,
    Rejected,
    Unauthorized,
)
from mobilepay.types import ConsentState, Kind, Status, StatusNews

TIMEOUT = (5.0, 20.0)
SECRET = "callback-secret-of-forty-eight-characters-or-so"
#: of the merchant: MobilePay's day begins before UTC's
TODAY = datetime.now(ZoneInfo("Europe/Copenhagen")).date()


@pytest.fixture
def provider(simulator):
    with Provider(simulator.discovery_url, **CLIENT, timeout=TIMEOUT) as made:
        yield made


def connected(provider, simulator, **changes):
    """A whole consent, as a browser and we do it."""
    login = provider.start(redirect_uri=REDIRECT_URI, merchant_vat=VAT)
    answer = simulator.consent(login.url)
    assert answer["state"] == login.state
    settings = {
        "code": answer["code"],
        "id_token": answer["id_token"],
        "redirect_uri": REDIRECT_URI,
        "nonce": login.nonce,
        "code_verifier": login.code_verifier,
        **changes,
    }
    return provider.finish(**settings)


# connect


def test_connecting(provider, simulator):
    tokens = connected(provider, simulator)
    assert tokens.subject
    with connect(
        simulator.api_base, **GATEWAY, bearer=lambda _: tokens.access_token
    ) as transport:
        assert InvoiceApi(transport).merchant()


def test_connecting_by_fragment(provider, simulator):
    login = provider.start(
        redirect_uri=REDIRECT_URI, merchant_vat=VAT, response_mode="fragment"
    )
    form = {"username": "merchant", "decision": "grant"}
    answer = requests.post(login.url, data=form, timeout=20, allow_redirects=False)
    assert answer.headers["Location"].startswith(f"{REDIRECT_URI}#")


def test_a_refusal_comes_back_as_one(provider, simulator):
    login = provider.start(redirect_uri=REDIRECT_URI, merchant_vat=VAT)
    answer = simulator.consent(login.url, "refuse")
    assert answer["error"] == "access_denied"
    assert answer["state"] == login.state


def test_pkce_is_really_asked_for(provider, simulator):
    login = provider.start(redirect_uri=REDIRECT_URI, merchant_vat=VAT)
    bare = login.url.replace("code_challenge", "ignored")
    assert requests.get(bare, timeout=20).status_code == 400


def test_a_wrong_code_verifier(provider, simulator):
    with pytest.raises(Rejected) as caught:
        connected(provider, simulator, code_verifier="v" * 64)
    assert caught.value.code == "invalid_grant"


def test_a_code_works_once(provider, simulator):
    login = provider.start(redirect_uri=REDIRECT_URI, merchant_vat=VAT)
    answer = simulator.consent(login.url)
    finish = {
        "code": answer["code"],
        "id_token": answer["id_token"],
        "redirect_uri": REDIRECT_URI,
        "nonce": login.nonce,
        "code_verifier": login.code_verifier,
    }
    provider.finish(**finish)
    with pytest.raises(Rejected):
        provider.finish(**finish)


def test_another_logins_nonce(provider, simulator):
    with pytest.raises(BadIdToken):
        connected(provider, simulator, nonce="another")


def test_another_logins_code(provider, simulator):
    with pytest.raises(BadIdToken):
        connected(provider, simulator, code="another")


def test_a_wrong_client_secret(simulator):
    wrong = {**CLIENT, "client_secret": "wrong"}
    with (
        Provider(simulator.discovery_url, **wrong, timeout=TIMEOUT) as provider,
        pytest.raises(ClientRefused),
    ):
        connected(provider, simulator)


@pytest.mark.parametrize("name", ["id_token", "id-token"])
def test_refresh_tokens_rotate(provider, simulator, name):
    simulator.control("/settings", refresh_id_token_name=name)
    first = connected(provider, simulator)
    second = provider.refresh(first.refresh_token)
    third = provider.refresh(second.refresh_token)
    tokens = {first.refresh_token, second.refresh_token, third.refresh_token}
    assert len(tokens) == 3
    assert third.access_token != first.access_token
    with pytest.raises(ConsentLost):
        provider.refresh(first.refresh_token)


def test_a_revoked_consent(provider, simulator):
    tokens = connected(provider, simulator)
    simulator.control(f"/merchants/{VAT}/revoke")
    with pytest.raises(ConsentLost) as caught:
        provider.refresh(tokens.refresh_token)
    assert caught.value.code == "invalid_grant"


# invoices


@pytest.fixture
def api(simulator):
    token = simulator.access_token()
    with connect(
        simulator.api_base, **GATEWAY, bearer=lambda _: token, timeout=TIMEOUT
    ) as transport:
        yield InvoiceApi(transport)


@pytest.fixture
def make(api):
    """The text of an invoice that the simulator takes, but for the changes."""
    issuer = next(issuer for issuer in api.issuers() if issuer.enabled)

    def text(**changes):
        good = {
            "issuer_id": issuer.id,
            "due_date": TODAY + timedelta(days=14),
            "issue_date": TODAY,
            "phone": PHONE,
        }
        return encode(invoice(**{**good, **changes}))

    return text


def accept(simulator, invoice_id, **content):
    simulator.control(f"/invoices/{invoice_id}/accept", phone=PHONE, **content)


def test_issuers_of_the_demo_merchant(api):
    found = {issuer.name: issuer for issuer in api.issuers()}
    assert len([issuer for issuer in found.values() if issuer.enabled]) == 2
    assert len(found) == 3


def test_the_life_of_a_direct_invoice(simulator, api, make):
    created = api.create(Kind.DIRECT, make())
    assert api.status(created.invoice_id) is Status.CREATED
    accept(simulator, created.invoice_id)
    assert api.status(created.invoice_id) is Status.PAID
    details = api.details(created.invoice_id)
    assert details.total == Decimal("360.00")
    assert details.currency == "DKK"
    assert details.payment_reference == "INV/2025/00001"
    assert details.transaction_id
    assert details.payment_date.date() - TODAY <= timedelta(days=1)
    with pytest.raises(Rejected) as caught:
        api.cancel(created.invoice_id)
    assert caught.value.code == "10504"


def test_a_link_has_an_address(simulator, api, make):
    text = make(kind=Kind.LINK, phone="", redirect_url="http://127.0.0.1:8069/back")
    created = api.create(Kind.LINK, text)
    assert created.link_url.startswith(simulator.url)
    assert requests.get(created.link_url, timeout=20).status_code == 200


def test_the_same_bytes_again_are_a_double(api, make):
    api.create(Kind.DIRECT, make())
    with pytest.raises(Rejected) as caught:
        api.create(Kind.DIRECT, make())
    assert caught.value.code in ("10104", "10301")
    assert caught.value.correlation_id
    api.create(Kind.DIRECT, make(payment_reference="INV/2025/00001-2"))


def test_cancel(api, make):
    created = api.create(Kind.DIRECT, make())
    api.cancel(created.invoice_id)
    assert api.status(created.invoice_id) is Status.CANCELED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"due_date": TODAY - timedelta(days=1)}, "10311"),
        ({"due_date": TODAY + timedelta(days=400)}, "10310"),
        ({"issue_date": TODAY + timedelta(days=1)}, "10312"),
        ({"total": Decimal("300000.01")}, "10201"),
        ({"phone": "+4599999999"}, "10101"),
    ],
)
def test_refusals_bear_mobilepays_code(api, make, changes, code):
    with pytest.raises(Rejected) as caught:
        api.create(Kind.DIRECT, make(**changes))
    unknown_user = {"10101", "10103", "10304", "10305", "10306"}
    codes = unknown_user if code == "10101" else {code}
    assert caught.value.code in codes
    assert caught.value.text
    assert PHONE not in caught.value.text


@pytest.mark.parametrize("names", ["pascal", "camel"])
@pytest.mark.parametrize("code_as", ["string", "number", "null"])
@pytest.mark.parametrize("status", [400, 409])
def test_every_reading_of_the_documents(simulator, api, make, names, code_as, status):
    simulator.control(
        "/settings",
        names=names,
        error_code_as=code_as,
        domain_error_status=status,
        create_status=200,
        answer_status_words="lower" if names == "camel" else "capital",
    )
    created = api.create(Kind.DIRECT, make())
    assert api.status(created.invoice_id) is Status.CREATED
    assert api.details(created.invoice_id).invoice_number == "INV/2025/00001"
    with pytest.raises(Rejected) as caught:
        api.create(Kind.DIRECT, make())
    assert caught.value.code in ({""} if code_as == "null" else {"10104", "10301"})


def test_a_batch(simulator, api, make):
    texts = [
        make(invoice_number=f"INV/{number}", payment_reference=f"INV/{number}")
        for number in range(5)
    ]
    result = api.create_batch(Kind.LINK, texts)
    assert set(result.accepted) == {f"INV/{number}" for number in range(5)}
    simulator.control("/callbacks/flush")
    for invoice_id in result.accepted.values():
        assert api.status(invoice_id) is Status.CREATED


def test_unknown_and_unauthorized(simulator, api):
    with pytest.raises(NotFound):
        api.details("00000000-0000-4000-8000-000000000000")
    wrong = {**GATEWAY, "gateway_secret": "wrong"}
    for pair, token in ((wrong, simulator.access_token()), (GATEWAY, "wrong")):
        with (
            connect(simulator.api_base, **pair, bearer=lambda _, t=token: t) as bad,
            pytest.raises(Unauthorized),
        ):
            InvoiceApi(bad).merchant()


def test_an_expired_token_is_renewed(simulator, provider):
    tokens = [connected(provider, simulator)]

    def bearer(renew):
        if renew:
            tokens.append(provider.refresh(tokens[-1].refresh_token))
        return tokens[-1].access_token

    with connect(simulator.api_base, **GATEWAY, bearer=bearer) as transport:
        api = InvoiceApi(transport)
        api.merchant()
        assert len(tokens) == 1
        simulator.control("/clock", advance_seconds=1000)
        api.merchant()
        api.merchant()
        assert len(tokens) == 2


# consents


@pytest.mark.parametrize("state_as", ["word", "number"])
def test_from_link_to_direct(simulator, api, make, state_as):
    simulator.control("/settings", consent_state_as=state_as, consent_page_size=1)
    issuer_id = json.loads(make())["InvoiceIssuer"]
    asked = []
    for number in range(3):
        text = make(kind=Kind.LINK, payment_reference=f"L{number}")
        created = api.create(Kind.LINK, text)
        asked.append(api.ask_consent(created.invoice_id))
        accept(simulator, created.invoice_id)
    assert {consent.state for consent in asked} == {ConsentState.PENDING}
    for consent in asked[:2]:
        url = f"{simulator.url}/phone/{PHONE}/consents/{consent.id}"
        answer = requests.post(url, data={"decision": "grant"}, timeout=20)
        assert answer.ok, answer.text
    assert api.consent(asked[0].id).state is ConsentState.GRANTED
    assert api.consent(asked[2].id).state is not ConsentState.GRANTED
    granted = list(api.consents(issuer_id))
    assert {consent.id for consent in granted} == {one.id for one in asked[:2]}
    assert {consent.phone for consent in granted} == {PHONE}


# callbacks


class Receiver(HTTPServer):
    """Takes deliveries and keeps them."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.deliveries = []
        self.url = f"http://127.0.0.1:{self.server_port}/callback"


class ReceiverHandler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.deliveries.append((self.headers["Authorization"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture
def receiver():
    with Receiver() as running:
        threading.Thread(target=running.serve_forever, args=(0.02,)).start()
        yield running
        running.shutdown()


@pytest.mark.parametrize("method", ["apikey", "basic"])
def test_callbacks_are_authentic_and_readable(simulator, api, make, receiver, method):
    if method == "apikey":
        api.register_api_key(receiver.url, SECRET)
    else:
        api.register_basic(receiver.url, "odoo", SECRET)
    created = api.create(Kind.DIRECT, make())
    accept(simulator, created.invoice_id)
    simulator.control("/callbacks/flush")
    news = []
    for header, body in receiver.deliveries:
        known = {"method": method, "username": "odoo"}
        assert authentic(header, secrets=[SECRET], **known)
        assert not authentic(header, secrets=["x" * 48], **known)
        news += parse(body)
    assert all(isinstance(one, StatusNews) for one in news)
    assert {one.invoice_id for one in news} == {created.invoice_id}
    ordered = sorted(news, key=lambda one: one.sequence)
    assert [one.status for one in ordered][-1] is Status.PAID


def test_links_of_a_batch_come_by_callback(simulator, api, make, receiver):
    api.register_api_key(receiver.url, SECRET)
    result = api.create_batch(Kind.LINK, [make(kind=Kind.LINK)])
    simulator.control("/callbacks/flush")
    news = [one for _header, body in receiver.deliveries for one in parse(body)]
    assert [one.status for one in news] == [Status.CREATED]
    assert [one.invoice_id for one in news] == list(result.accepted.values())
    assert news[0].link_url.startswith(simulator.url)
