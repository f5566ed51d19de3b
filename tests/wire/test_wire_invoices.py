"""InvoiceApi against answers in every dress that the documents show."""

from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from wire_requests import invoice
from wire_server import Reply

from mobilepay.classic.payload import encode
from mobilepay.errors import BadAddress, BadAnswer, NotFound, OutcomeUnknown, Rejected
from mobilepay.types import Kind, Refusal, Status

MERCHANT = "11111111-8433-4196-b25f-690871be5b3d"
ID = "89a140f4-8433-4196-b25f-690871be5b3d"
OTHER = "72c28be5-dfbe-48b2-bce5-ac7769c157d9"
BASE = f"/api/v1/merchants/{MERCHANT}"


def asked(server):
    return server.last.method, server.last.path


# merchant and issuers


def test_who_we_are(server, api):
    server.answers(Reply(200, {"MerchantId": OTHER.upper()}))
    assert api.merchant() == OTHER
    assert asked(server) == ("GET", "/api/v1/merchants/me")
    assert api.merchant_id == OTHER


def test_the_merchant_is_asked_for_where_it_is_needed(server, api):
    api.merchant_id = ""
    server.answers(Reply(200, {"merchantId": MERCHANT}), Reply(200, {"status": "paid"}))
    assert api.status(ID) is Status.PAID
    assert server.last.path == f"{BASE}/invoices/{ID}/status"


def test_issuers(server, api):
    server.answers(
        Reply(
            200,
            {
                "InvoiceIssuers": [
                    {
                        "Id": ID,
                        "Name": "Shop",
                        "AccountType": "Account",
                        "Status": "Enabled",
                        "Address": "Street 1",
                        "City": "Andeby",
                        "ZipCode": 1234,
                    },
                    {"id": OTHER, "name": None, "status": "pending"},
                    {"id": None, "name": "nobody"},
                    "rubbish",
                ]
            },
        )
    )
    first, second = api.issuers()
    assert (first.id, first.name, first.enabled) == (ID, "Shop", True)
    assert (first.address, first.zip_code, first.city) == ("Street 1", "1234", "Andeby")
    assert (second.id, second.name, second.enabled) == (OTHER, "", False)
    assert asked(server) == ("GET", f"{BASE}/invoiceissuers")


def test_no_issuers(server, api):
    server.answers(Reply(200, {"InvoiceIssuers": []}))
    assert api.issuers() == []


NO_LIST = [b"", {}, [], {"InvoiceIssuers": None}, {"error": "x"}, b"<html>"]


@pytest.mark.parametrize("body", NO_LIST)
def test_no_list_of_issuers_is_not_none_of_them(server, api, body):
    server.answers(Reply(200, body))
    with pytest.raises(BadAnswer):
        api.issuers()


def test_only_where_mobilepay_is_reached_its_404_means_something(server, api):
    server.answers(Reply(404, b"<html>"))
    assert not api.is_reached()
    server.answers(Reply(200, {"InvoiceIssuers": [{"Id": ID}]}))
    assert api.is_reached()
    asked = len(server.asked)
    assert api.is_reached()
    assert len(server.asked) == asked, "asked once"


# create


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("name", ["InvoiceId", "invoiceId"])
def test_create_direct(server, api, status, name):
    server.answers(Reply(status, {name: ID.upper()}))
    text = encode(invoice(comment="Ærø"))
    created = api.create(Kind.DIRECT, text)
    assert (created.invoice_id, created.link_url) == (ID, "")
    assert created.correlation_id == server.last.headers["CorrelationId"]
    assert asked(server) == ("POST", f"{BASE}/invoices")
    assert server.last.body == text.encode(), "to the byte"


def test_create_link(server, api):
    links = [{"Rel": "user-redirect", "Href": "https://open.mobilepay.example/?a=1&b"}]
    server.answers(Reply(202, {"InvoiceId": ID, "Links": links}))
    created = api.create(Kind.LINK, "{}")
    assert created.link_url == "https://open.mobilepay.example/?a=1&b"
    assert asked(server) == ("POST", f"{BASE}/invoices/link")


@pytest.mark.parametrize("body", [b"", {}, [], {"InvoiceId": None}, {"InvoiceId": "1"}])
def test_a_create_without_an_id_may_have_been_done(server, api, body):
    server.answers(Reply(202, body))
    with pytest.raises(OutcomeUnknown) as caught:
        api.create(Kind.DIRECT, "{}")
    assert caught.value.correlation_id


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.parametrize("code", ["10104", 10104])
def test_a_double_is_known_by_its_code(server, api, status, code):
    server.answers(Reply(status, {"error": "DomainError", "error_code": code}))
    with pytest.raises(Rejected) as caught:
        api.create(Kind.DIRECT, "{}")
    assert caught.value.code == "10104"


# batch


def test_a_batch_is_joined_from_the_stored_texts(server, api):
    server.answers(
        Reply(
            202,
            {
                "Accepted": [{"InvoiceNumber": "58652", "InvoiceId": ID.upper()}],
                "Rejected": [
                    {
                        "InvoiceNumber": 58694,
                        "Errors": [
                            {"ErrorText": "Invoice already exists", "ErrorCode": 10104}
                        ],
                    },
                    {"invoiceNumber": "7", "errors": None},
                ],
            },
        )
    )
    result = api.create_batch(Kind.LINK, ['{"a":1.10}', '{"b":"Ærø"}'])
    assert server.last.body == '[{"a":1.10},{"b":"Ærø"}]'.encode()
    assert asked(server) == ("POST", f"{BASE}/invoices/link/batch")
    assert result.accepted == {"58652": ID}
    assert result.rejected == {
        "58694": (Refusal("10104", "Invoice already exists"),),
        "7": (),
    }
    assert result.correlation_id


def test_a_direct_batch_has_its_own_address(server, api):
    server.answers(Reply(202, {"accepted": [], "rejected": []}))
    api.create_batch(Kind.DIRECT, ["{}"])
    assert asked(server) == ("POST", f"{BASE}/invoices/batch")


def test_a_batch_has_2000_invoices_at_most(server, api):
    server.answers(Reply(202, {}))
    api.create_batch(Kind.DIRECT, ["{}"] * 2000)
    with pytest.raises(ValueError):
        api.create_batch(Kind.DIRECT, ["{}"] * 2001)
    assert len(server.asked) == 1


def test_an_empty_batch_is_not_sent(server, api):
    assert api.create_batch(Kind.DIRECT, []).accepted == {}
    assert server.asked == []


@pytest.mark.parametrize("body", [b"", [], "text"])
def test_a_batch_without_a_result_may_have_been_done(server, api, body):
    server.answers(Reply(202, body))
    with pytest.raises(OutcomeUnknown):
        api.create_batch(Kind.DIRECT, ["{}"])


# later


def test_cancel(server, api):
    server.answers(Reply(204))
    assert api.cancel(ID.upper()) is None
    assert asked(server) == ("PUT", f"{BASE}/invoices/{ID}/cancel")
    assert server.last.body == b""


def test_cancel_of_a_paid_one(server, api):
    server.answers(Reply(409, {"error_code": "10504"}))
    with pytest.raises(Rejected) as caught:
        api.cancel(ID)
    assert caught.value.code == "10504"


@pytest.mark.parametrize("word", ["accepted", "Accepted", "ACCEPTED"])
def test_status(server, api, word):
    server.answers(Reply(200, {"InvoiceId": ID, "Status": word}))
    assert api.status(ID) is Status.ACCEPTED
    assert asked(server) == ("GET", f"{BASE}/invoices/{ID}/status")


@pytest.mark.parametrize("body", [b"", {}, {"Status": "refunded"}, []])
def test_a_status_nobody_knows(server, api, body):
    server.answers(Reply(200, body))
    with pytest.raises(BadAnswer):
        api.status(ID)
    with pytest.raises(BadAnswer):
        api.details(ID)


def test_a_status_of_another_invoice_is_not_believed(server, api):
    server.answers(Reply(200, {"invoiceId": OTHER, "status": "canceled"}))
    with pytest.raises(BadAnswer):
        api.status(ID)


def test_an_unknown_invoice(server, api):
    server.answers(Reply(404, b"<html>"))
    with pytest.raises(NotFound):
        api.status(ID)


def test_details(server, api):
    server.answers(
        Reply(
            200,
            b"""{"InvoiceId": "%b", "InvoiceNumber": "58652", "Status": "Paid",
            "PaymentReference": "186", "TotalAmount": 360.10, "CurrencyCode": "dkk",
            "DueDate": "2022-09-22T00:00:00+02:00",
            "PaymentDate": "2022-09-20T22:30:00.1234567Z",
            "PaymentTransactionId": 123456, "InvoiceIssuerId": "%b"}"""
            % (ID.encode(), OTHER.upper().encode()),
        )
    )
    details = api.details(ID)
    assert asked(server) == ("GET", f"{BASE}/invoices/{ID}")
    assert (details.invoice_id, details.status) == (ID, Status.PAID)
    assert (details.invoice_number, details.payment_reference) == ("58652", "186")
    assert (details.total, details.currency) == (Decimal("360.10"), "DKK")
    assert details.due_date == date(2022, 9, 22)
    assert details.payment_date == datetime(
        2022, 9, 20, 22, 30, 0, 123456, tzinfo=timezone.utc
    )
    assert (details.transaction_id, details.issuer_id) == ("123456", OTHER)


def test_details_with_little_in_them(server, api):
    server.answers(Reply(200, {"status": "created", "dueDate": None}))
    details = api.details(ID)
    assert (details.invoice_id, details.total, details.due_date) == (ID, None, None)


def test_details_of_another_invoice_are_not_believed(server, api):
    server.answers(Reply(200, {"invoiceId": OTHER, "status": "paid"}))
    with pytest.raises(BadAnswer):
        api.details(ID)


@pytest.mark.parametrize("bad", ["", "..", "../x", "a/b", "7", ID + "/cancel"])
def test_only_ids_become_part_of_a_path(server, api, bad):
    for call in (api.cancel, api.details, api.status, api.consent, api.ask_consent):
        with pytest.raises(ValueError):
            call(bad)
    with pytest.raises(ValueError):
        list(api.consents(bad))
    assert server.asked == []


# callbacks


def test_registering_a_callback(server, api):
    server.answers(Reply(204))
    url = "https://odoo.example/mobilepay/callback/x"
    api.register_api_key(url, "k" * 32)
    assert asked(server) == ("PUT", f"{BASE}/auth/apikey")
    assert server.last.json == {"ApiKey": "k" * 32, "CallbackUrl": url}
    api.register_basic(url, "odoo", "p" * 32)
    assert asked(server) == ("PUT", f"{BASE}/auth/basic")
    assert server.last.json == {
        "Username": "odoo",
        "Password": "p" * 32,
        "CallbackUrl": url,
    }


def test_callbacks_are_sent_over_https(server, api):
    for url in ("http://odoo.example/x", ""):
        with pytest.raises(BadAddress):
            api.register_api_key(url, "k" * 32)
        with pytest.raises(BadAddress):
            api.register_basic(url, "odoo", "p" * 32)
    assert server.asked == []
