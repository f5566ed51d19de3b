"""Creating, validating, canceling and reading invoices (sections 4 and 5)."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from simclient import MerchantClient, day

FINN = {"Alias": "+358401111101", "AliasType": "Phone"}
ARTICLE = {"ArticleDescription": "A bell", "TotalPriceIncludingVat": 360.5}


def check_domain_error(response: requests.Response, code: int) -> None:
    assert response.status_code == 409, response.text
    body = response.json()
    assert body["error"] == "DomainError"
    assert body["error_code"] == str(code)
    assert body["error_description"] and body["error_context"] == "Invoices"


def check_input_error(response: requests.Response) -> None:
    assert response.status_code == 400, response.text
    body = response.json()
    assert body["error"] == "InputError"
    assert body["error_code"] is None and body["error_description"]


def alias(number: str) -> dict[str, str]:
    return {"Alias": number, "AliasType": "Phone"}


# creating


def test_direct_is_created(simulator, merchant):
    response = merchant.post(merchant.invoice())
    assert response.status_code == 202
    assert set(response.json()) == {"InvoiceId"}
    assert merchant.status(response.json()["InvoiceId"]) == "created"


def test_link_is_created_with_its_link(simulator, merchant):
    body = merchant.invoice(ConsumerAlias=None, RedirectUrl="https://shop.example/x")
    response = merchant.post(body, "/link")
    assert response.status_code == 202
    invoice = response.json()["InvoiceId"]
    href = f"{simulator.url}/pay/{invoice}"
    assert response.json()["Links"] == [{"Rel": "user-redirect", "Href": href}]


def test_create_status_is_a_setting(simulator, merchant):
    simulator.settings(create_status=200)
    assert merchant.post(merchant.invoice()).status_code == 200


def test_names_are_read_whatever_their_case(merchant):
    body = {name.upper(): value for name, value in merchant.invoice().items()}
    assert merchant.post(body).status_code == 202


@pytest.mark.parametrize(
    "number", ["+4511111101", "+45 11 11 11 01", "004511111101", "11111101"]
)
def test_phone_numbers_as_mobilepay_takes_them(merchant, number):
    invoice = merchant.create(ConsumerAlias=alias(number))
    assert merchant.status(invoice) == "created"


def test_finnish_merchant_takes_euro(finn):
    invoice = finn.create(ConsumerAlias=FINN, CurrencyCode="DKK", CountryCode="DK")
    assert finn.details(invoice)["CurrencyCode"] == "EUR"


# refused as a request


@pytest.mark.parametrize(
    "change",
    [
        {"InvoiceIssuer": None},
        {"InvoiceIssuer": "no guid"},
        {"ConsumerAlias": None},
        {"ConsumerAlias": {"Alias": "+4511111101"}},
        {"ConsumerAlias": {"Alias": "a@b.dk", "AliasType": "Mail"}},
        {"ConsumerAlias": "+4511111101"},
        {"TotalAmount": None},
        {"TotalAmount": "360"},
        {"TotalAmount": True},
        {"TotalAmount": 1.005},
        {"TotalAmount": 1e300},
        {"TotalAmount": -1e15},
        {"InvoiceArticles": [{**ARTICLE, "Quantity": 1e-99}]},
        {"Comment": "\ud800"},
        {"TotalVATAmount": 72.123},
        {"DueDate": None},
        {"DueDate": "31-12-2030"},
        {"DueDate": "2030-02-30"},
        {"InvoiceArticles": None},
        {"InvoiceArticles": []},
        {"InvoiceArticles": [{"TotalPriceIncludingVat": 1}]},
        {"InvoiceArticles": [{**ARTICLE, "TotalPriceIncludingVat": 1.001}]},
        {"InvoiceArticles": [{**ARTICLE, "TotalVATAmount": 1.001}]},
        {"InvoiceNumber": None},
        {"InvoiceNumber": ""},
        {"InvoiceNumber": 17},
        {"PaymentReference": "x" * 61},
        {"InvoiceUrl": "http://shop.example/invoice.pdf"},
        {"InvoiceUrl": "invoice.pdf"},
        {"ConsumerAddressLines": "One street"},
    ],
    ids=str,
)
def test_input_errors(merchant, change):
    check_input_error(merchant.post(merchant.invoice(**change)))


def test_bodies_that_are_no_invoice(merchant):
    path = merchant.path("invoices")
    for content in (b"", b"{", b"[]", b"17", b'{"TotalAmount": NaN}', b"[" * 100000):
        headers = {"Content-Type": "application/json"}
        response = merchant.call("POST", path, data=content, headers=headers)
        check_input_error(response)
    response = merchant.call("POST", path, data={"TotalAmount": "1"})
    check_input_error(response)


def test_payment_reference_alone_is_enough(merchant):
    reference = "x" * 60
    invoice = merchant.create(InvoiceNumber=None, PaymentReference=reference)
    assert merchant.details(invoice)["PaymentReference"] == reference


def test_more_decimals_where_allowed(merchant):
    article = {**ARTICLE, "Quantity": 0.3333, "PricePerUnit": 1081.5081}
    invoice = merchant.create(InvoiceArticles=[article])
    [told] = merchant.details(invoice)["InvoiceArticles"]
    assert (told["Quantity"], told["PricePerUnit"]) == (0.3333, 1081.5081)


# refused by MobilePay


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (10008, {"TotalAmount": 0}),
        (10008, {"TotalAmount": -1}),
        (10101, {"ConsumerAlias": alias("+4599999999")}),
        (10101, {"ConsumerAlias": alias("no phone")}),
        (10101, {"ConsumerAlias": alias("+358401111101")}),
        (10201, {"TotalAmount": 300000.01}),
        (10202, {"InvoiceIssuer": "00000000-0000-0000-0000-000000000000"}),
        (10310, {"DueDate": day(401)}),
        (10311, {"DueDate": day(-2)}),
        (10312, {"IssueDate": day(2)}),
    ],
    ids=str,
)
def test_domain_errors_of_direct(merchant, code, change):
    check_domain_error(merchant.post(merchant.invoice(**change)), code)


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (10304, {"ConsumerAlias": alias("no phone")}),
        (10303, {"InvoiceIssuer": "00000000-0000-0000-0000-000000000000"}),
        (10201, {"TotalAmount": 300001}),
    ],
    ids=str,
)
def test_domain_errors_of_link(merchant, code, change):
    check_domain_error(merchant.post(merchant.invoice(**change), "/link"), code)


def test_link_to_an_unknown_number_is_fine(merchant):
    link = merchant.create("/link", ConsumerAlias=alias("+4599999999"))
    assert merchant.details(link)["Status"].lower() == "created"


def test_disabled_issuer(merchant):
    body = merchant.invoice(InvoiceIssuer=merchant.issuers["Closed branch"])
    check_domain_error(merchant.post(body), 10202)
    check_domain_error(merchant.post(body, "/link"), 10303)


def test_due_date_exactly_400_days_off_is_too_far(simulator, merchant):
    simulator.control("clock", {"set": "2030-06-01T12:00:00+00:00"})
    merchant = MerchantClient(simulator)
    dates = {"IssueDate": "2030-06-01"}
    body = merchant.invoice(DueDate="2031-07-06", **dates)
    check_domain_error(merchant.post(body), 10310)
    merchant.create(DueDate="2031-07-05", **dates)
    merchant.create(DueDate="2030-06-01", **dates)
    body = merchant.invoice(DueDate="2030-05-31", **dates)
    check_domain_error(merchant.post(body), 10311)


def test_days_are_the_merchants(simulator, finn):
    simulator.control("clock", {"set": "2030-06-01T21:30:00+00:00"})
    finn, dane = MerchantClient(simulator, "FI12345678"), MerchantClient(simulator)
    dates = {"DueDate": "2030-06-01", "IssueDate": "2030-06-01"}
    body = finn.invoice(ConsumerAlias=FINN, **dates)
    check_domain_error(finn.post(body), 10311)
    dane.create(**dates)


def test_dates_with_time_and_offset(merchant):
    invoice = merchant.create(DueDate=f"{day(3)}T23:30:00.7500268+03:00")
    assert merchant.details(invoice)["DueDate"].startswith(day(3))


def test_limits_are_data(simulator, merchant, finn):
    body = finn.invoice(ConsumerAlias=FINN, TotalAmount=2000.01)
    check_domain_error(finn.post(body), 10201)
    simulator.settings(amount_limits={"FI": 5000})
    finn.create(ConsumerAlias=FINN, TotalAmount=2000.01)
    simulator.control("payers", {"phone": "+4511111101", "amount_limit": 3000})
    body = merchant.invoice(TotalAmount=3000.01)
    check_domain_error(merchant.post(body), 10201)


def test_unavailable_payer(simulator, merchant):
    simulator.control("payers", {"phone": "+4511111101", "available": False})
    check_domain_error(merchant.post(merchant.invoice()), 10102)


def test_daily_limit_per_payer(simulator, merchant):
    for _ in range(10):
        merchant.create()
    check_domain_error(merchant.post(merchant.invoice()), 10314)
    merchant.create(ConsumerAlias=alias("+4511111102"))
    simulator.advance(days=1)
    MerchantClient(simulator).create()


@pytest.mark.parametrize(("kind", "code"), [("", 10104), ("/link", 10301)])
def test_exact_duplicate(merchant, kind, code):
    body = merchant.invoice()
    assert merchant.post(body, kind).status_code == 202
    check_domain_error(merchant.post(body, kind), code)
    shuffled = list(body.items())
    random.Random(1).shuffle(shuffled)
    check_domain_error(merchant.post(dict(shuffled), kind), code)
    written = {**body, "TotalAmount": 360.50, "CurrencyCode": "EUR", "Comment": None}
    check_domain_error(merchant.post(written, kind), code)
    assert merchant.post({**body, "Comment": "again"}, kind).status_code == 202


def test_one_of_many_duplicates_at_once_wins(simulator, merchant):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(merchant.post, [merchant.invoice()] * 8))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    assert len(simulator.state()["invoices"]) == 1


def test_direct_and_link_are_no_duplicates_of_each_other(merchant):
    body = merchant.invoice()
    assert merchant.post(body).status_code == 202
    assert merchant.post(body, "/link").status_code == 202


def test_duplicate_may_be_answered_400(simulator, merchant):
    simulator.settings(domain_error_status=400)
    body = merchant.invoice()
    merchant.post(body)
    response = merchant.post(body)
    assert response.status_code == 400
    assert response.json()["error_code"] == "10104"


# afterwards


def test_details(merchant):
    body = merchant.invoice(PaymentReference="REF-1", Comment="Thanks")
    invoice = merchant.post(body).json()["InvoiceId"]
    found = merchant.details(invoice)
    assert found["InvoiceNumber"] == body["InvoiceNumber"]
    assert found["PaymentReference"] == "REF-1"
    assert found["TotalAmount"] == 360.5
    assert found["CurrencyCode"] == "DKK"
    assert found["Status"] == "Created"
    assert found["InvoiceIssuerId"] == merchant.issuers["Daily"]
    assert found["InvoiceVatTotals"] == [{"VatRate": 25, "TotalVatAmount": 72.1}]
    assert found["PaymentTransactionId"] is None and found["PaymentDate"] is None


def test_cancel(merchant):
    invoice = merchant.create()
    path = merchant.path(f"invoices/{invoice}/cancel")
    response = merchant.call("PUT", path)
    assert response.status_code == 204 and response.content == b""
    assert merchant.status(invoice) == "canceled"
    assert merchant.call("PUT", path).status_code == 409


def test_cancel_after_accepted_and_after_paid(simulator, merchant):
    later, paid = merchant.create(), merchant.create()
    simulator.control(f"invoices/{later}/accept", {"payment_date": day(3)})
    path = merchant.path(f"invoices/{later}/cancel")
    assert merchant.call("PUT", path).status_code == 204
    simulator.control(f"invoices/{paid}/accept", {})
    path = merchant.path(f"invoices/{paid}/cancel")
    check_domain_error(merchant.call("PUT", path), 10504)


@pytest.mark.parametrize("rest", ["", "/status"])
def test_unknown_invoice(merchant, rest):
    nobody = "00000000-0000-0000-0000-000000000000"
    path = merchant.path(f"invoices/{nobody}{rest}")
    assert merchant.call("GET", path).status_code == 404
    assert merchant.call("PUT", merchant.path(f"invoices/{nobody}/cancel")).json()


def test_expiry_thirty_days_after_the_due_date(simulator, merchant):
    direct = merchant.create(DueDate=day(2))
    link = merchant.create("/link", DueDate=day(2))
    simulator.advance(days=31)
    assert MerchantClient(simulator).status(direct) == "created"
    simulator.advance(days=2)
    merchant = MerchantClient(simulator)
    assert merchant.status(direct) == "expired"
    assert merchant.status(link) == "expired"
    assert merchant.details(direct)["Status"] == "Expired"
    path = merchant.path(f"invoices/{link}")
    assert merchant.call("GET", path).status_code == 404
    assert simulator.pages(f"/pay/{link}").status_code == 404
