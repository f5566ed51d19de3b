"""The payer: phone page, landing page, user simulation, consents (7 and 8)."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from simclient import MerchantClient, day

ANNA, BO = "+4511111101", "+4511111102"
BACK = "https://shop.example/return?order=17&x="


@pytest.fixture
def link(merchant: MerchantClient) -> str:
    return merchant.create("/link", RedirectUrl=BACK)


def consumer(rest: str) -> str:
    return f"/consumers/me/invoices/{rest}"


# the phone page


def test_phone_shows_what_came_in(simulator, merchant):
    assert "Nothing has come in" in simulator.pages(f"/phone/{ANNA}").text
    invoice = merchant.create(TotalAmount=1234.5, Comment="<b>bold</b>")
    page = simulator.pages(f"/phone/{ANNA}").text
    assert f'data-invoice-id="{invoice}"' in page
    assert "1.234,50 kr." in page and "Havnens Cykler" in page
    assert "&lt;b&gt;bold" in page and "<b>bold" not in page
    assert invoice not in simulator.pages(f"/phone/{BO}").text
    assert simulator.pages("/phone/+4599999999").status_code == 404


def test_finnish_phone_shows_euro(simulator, finn):
    alias = {"Alias": "+358401111101", "AliasType": "Phone"}
    finn.create(ConsumerAlias=alias, TotalAmount=1234.5)
    page = simulator.pages("/phone/+358401111101").text
    assert "1\u202f234,50 €" in page


def act(simulator, invoice: str, action: str, phone: str = ANNA, **form: str):
    path = f"/phone/{phone}/invoices/{invoice}/{action}"
    return simulator.pages(path, **{"payment_date": "", **form})


def test_pay_now_on_the_phone(simulator, merchant):
    invoice = merchant.create()
    response = act(simulator, invoice, "accept")
    assert response.status_code == 303
    found = merchant.details(invoice)
    assert found["Status"] == "Paid"
    assert found["PaymentTransactionId"] and found["PaymentDate"]
    assert act(simulator, invoice, "accept").status_code == 409


def test_pay_later_and_change_the_day(simulator, merchant):
    invoice = merchant.create(DueDate=day(5))
    act(simulator, invoice, "accept", payment_date=day(4))
    assert merchant.status(invoice) == "accepted"
    act(simulator, invoice, "accept", payment_date=day(2))
    assert merchant.details(invoice)["PaymentDate"].startswith(day(2))
    simulator.advance(days=1)
    assert MerchantClient(simulator).status(invoice) == "accepted"
    simulator.advance(days=1)
    merchant = MerchantClient(simulator)
    assert merchant.status(invoice) == "paid"
    assert merchant.details(invoice)["PaymentTransactionId"]


@pytest.mark.parametrize("days", [-1, 36])
def test_payment_day_out_of_range(simulator, merchant, days):
    invoice = merchant.create(DueDate=day(5))
    response = act(simulator, invoice, "accept", payment_date=day(days))
    assert response.status_code == 409
    assert merchant.status(invoice) == "created"


def test_jump_past_payment_and_expiry_pays(simulator, merchant):
    invoice = merchant.create(DueDate=day(5))
    act(simulator, invoice, "accept", payment_date=day(10))
    simulator.advance(days=100)
    merchant = MerchantClient(simulator)
    found = merchant.details(invoice)
    assert found["Status"] == "Paid" and found["PaymentDate"].startswith(day(10))


def test_payment_that_keeps_failing_expires(simulator, merchant):
    simulator.control("payers", {"phone": ANNA, "can_pay": False})
    now, later = merchant.create(), merchant.create()
    response = act(simulator, now, "accept")
    assert response.status_code == 409 and "no funds" in response.text
    act(simulator, later, "accept", payment_date=day(3))
    simulator.advance(days=4)
    merchant = MerchantClient(simulator)
    assert merchant.status(now) == merchant.status(later) == "accepted"
    simulator.advance(days=60)
    merchant = MerchantClient(simulator)
    assert merchant.status(now) == merchant.status(later) == "expired"


def test_reject_on_the_phone(simulator, merchant):
    invoice = merchant.create()
    assert act(simulator, invoice, "reject").status_code == 303
    assert merchant.status(invoice) == "rejected"
    assert act(simulator, invoice, "accept").status_code == 409


def test_another_phone_cannot_pay_a_direct(simulator, merchant):
    invoice = merchant.create()
    assert act(simulator, invoice, "accept", BO).status_code == 409
    assert merchant.status(invoice) == "created"


# the landing page


def test_landing_page_prefills_the_alias(simulator, merchant, link):
    page = simulator.pages(f"/pay/{link}").text
    assert f'value="{ANNA}"' in page and "360,50 kr." in page


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"action": "pay"}, "paid"),
        ({"action": "later", "payment_date": day(3)}, "accepted"),
    ],
)
def test_link_leads_back_with_its_status(simulator, merchant, link, form, status):
    response = simulator.pages(f"/pay/{link}", phone=BO, **form)
    assert response.status_code == 303
    location = urlsplit(response.headers["Location"])
    query = parse_qs(location.query, keep_blank_values=True)
    assert query == {"order": ["17"], "x": [""], "status": [status]}
    assert merchant.status(link) == status
    assert link in simulator.pages(f"/phone/{BO}").text
    assert link not in simulator.pages(f"/phone/{ANNA}").text


def test_turning_away_and_unknown_phone(simulator, merchant, link):
    assert simulator.pages(f"/pay/{link}", action="cancel").status_code == 200
    form = {"action": "pay", "phone": "+4599999999"}
    assert simulator.pages(f"/pay/{link}", **form).status_code == 404
    assert merchant.status(link) == "created"


def test_link_without_redirect_url(simulator, merchant):
    link = merchant.create("/link")
    response = simulator.pages(f"/pay/{link}", action="pay", phone=BO)
    assert response.status_code == 200 and "Paid." in response.text


def test_canceled_link_leads_nowhere(simulator, merchant, link):
    merchant.call("PUT", merchant.path(f"invoices/{link}/cancel"))
    assert simulator.pages(f"/pay/{link}").status_code == 404
    direct = merchant.create()
    assert simulator.pages(f"/pay/{direct}").status_code == 404


def test_link_is_rejected_only_once_accepted(simulator, merchant, link):
    assert act(simulator, link, "reject", BO).status_code == 409
    simulator.pages(f"/pay/{link}", phone=BO, action="later", payment_date=day(2))
    assert act(simulator, link, "reject", BO).status_code == 303
    assert merchant.status(link) == "rejected"


# user simulation


def test_accept_by_user_simulation(simulator, merchant):
    invoice = merchant.create()
    body = {
        "paymentDate": day(0),
        "ConsumerCard": "00000000-0000-0000-0000-000000000001",
    }
    path = consumer(f"{invoice}/accept")
    response = merchant.as_payer("PUT", path, ANNA, json=body)
    assert response.status_code == 200, response.text
    assert response.json()["InvoiceId"] == invoice
    assert response.json()["InvoicePaymentStatus"] == "Paid"
    assert response.json()["Receipt"]["TotalAmount"] == 360.5
    response = merchant.as_payer("PUT", path, ANNA, json=body)
    assert response.status_code == 409
    assert response.json()["error_code"] == "10504"


def test_accept_too_late_by_user_simulation(merchant):
    invoice = merchant.create(DueDate=day(5))
    body = {"paymentDate": day(36)}
    path = consumer(f"{invoice}/accept")
    response = merchant.as_payer("PUT", path, ANNA, json=body)
    assert response.status_code == 400
    names = {"InvoiceId", "InvoicePaymentStatus", "ErrorText"}
    assert set(response.json()) == names


def test_reject_by_user_simulation(merchant):
    invoice = merchant.create()
    response = merchant.as_payer("PUT", consumer(f"{invoice}/reject"), ANNA)
    assert response.json() == {"InvoiceId": invoice}
    assert merchant.status(invoice) == "rejected"


def test_pdf_by_user_simulation(merchant):
    invoice = merchant.create()
    response = merchant.as_payer("GET", consumer(f"{invoice}/pdf"), ANNA)
    assert response.content.startswith(b"%PDF-")


def test_authenticated_user_is_required(merchant):
    path = consumer(f"{merchant.create()}/accept")
    assert merchant.call("PUT", path, json={}).status_code == 400
    header = {"AuthenticatedUser": "00000000-0000-0000-0000-000000000000"}
    response = merchant.call("PUT", path, json={}, headers=header)
    assert response.json()["error_code"] == "10101"


# consents


def ask(merchant: MerchantClient, link: str) -> dict:
    body = {"invoiceId": link}
    response = merchant.call("POST", "/directinvoiceconsents", json=body)
    assert response.status_code == 201, response.text
    return response.json()


def show(merchant: MerchantClient, consent: str) -> dict:
    return merchant.call("GET", f"/directinvoiceconsents/{consent}").json()


def granted(merchant: MerchantClient, **asked: str) -> dict:
    asked = {"state": "granted", **asked}
    return merchant.call("GET", "/directinvoiceconsents", params=asked).json()


def pay(simulator, link: str, phone: str = BO) -> None:
    simulator.pages(f"/pay/{link}", phone=phone, action="pay")


def test_consent_is_asked_after_paying(simulator, merchant, link):
    consent = ask(merchant, link)
    assert consent["State"] == "Pending" and consent["PhoneNumber"] is None
    assert ask(merchant, link)["ConsentId"] == consent["ConsentId"]
    assert consent["ConsentId"] not in simulator.pages(f"/phone/{BO}").text
    pay(simulator, link)
    assert consent["ConsentId"] in simulator.pages(f"/phone/{BO}").text
    pending = show(merchant, consent["ConsentId"])
    assert pending["PhoneNumber"] == BO and pending["State"] == "Pending"
    assert granted(merchant)["GrantedConsents"] == []

    path = f"/phone/{BO}/consents/{consent['ConsentId']}"
    assert simulator.pages(path, decision="grant").status_code == 303
    (found,) = granted(merchant)["GrantedConsents"]
    assert found["State"] == "Granted" and found["GrantedOn"]
    simulator.pages(path, decision="deny")
    assert show(merchant, consent["ConsentId"])["State"] == "Denied"
    simulator.pages(path, decision="withdraw")
    assert consent["ConsentId"] not in simulator.pages(f"/phone/{BO}").text


def test_consent_by_user_simulation(simulator, merchant, link):
    pay(simulator, link)
    consent = ask(merchant, link)["ConsentId"]
    path = consumer(f"directinvoiceconsent/{consent}")
    answer = {"isConsentGranted": True}
    assert merchant.as_payer("PUT", path, ANNA, json=answer).status_code == 409
    assert merchant.as_payer("PUT", path, BO, json={}).status_code == 400
    assert merchant.as_payer("PUT", path, BO, json=answer).status_code == 204
    assert show(merchant, consent)["State"] == "Granted"
    path = f"/directinvoiceconsents/{consent}"
    assert merchant.as_payer("DELETE", path, BO).status_code == 204
    assert merchant.call("GET", path).status_code == 404


def test_consent_needs_a_link_of_ones_own(simulator, merchant, finn, link):
    body = {"invoiceId": merchant.create()}
    response = merchant.call("POST", "/directinvoiceconsents", json=body)
    assert response.status_code == 409
    response = finn.call("POST", "/directinvoiceconsents", json={"invoiceId": link})
    assert response.status_code == 404
    consent = ask(merchant, link)["ConsentId"]
    response = finn.call("GET", f"/directinvoiceconsents/{consent}")
    assert response.status_code == 404


def test_granted_consents_come_in_pages(simulator, merchant):
    simulator.settings(consent_page_size=2)
    expected = []
    for number in range(5):
        issuer = merchant.issuers["Daily" if number else "Instant"]
        link = merchant.create("/link", ConsumerAlias=None, InvoiceIssuer=issuer)
        pay(simulator, link)
        consent = ask(merchant, link)["ConsentId"]
        simulator.pages(f"/phone/{BO}/consents/{consent}", decision="grant")
        expected.append(consent)
    found, state, pages = [], "", 0
    while state is not None:
        page = granted(merchant, pagingState=state)
        found += [row["ConsentId"] for row in page["GrantedConsents"]]
        state, pages = page["PagingState"], pages + 1
    assert found == expected and pages == 3
    page = granted(merchant, invoiceIssuerId=merchant.issuers["Instant"])
    assert [row["ConsentId"] for row in page["GrantedConsents"]] == expected[:1]
    for wrong in ({"state": "denied"}, {"pagingState": "!"}):
        response = merchant.call("GET", "/directinvoiceconsents", params=wrong)
        assert response.status_code == 400


def test_consent_state_may_be_a_number(simulator, merchant, link):
    simulator.settings(consent_state_as="number", consent_status=200)
    body = {"invoiceId": link}
    response = merchant.call("POST", "/directinvoiceconsents", json=body)
    assert response.status_code == 200
    assert response.json()["State"] == 1
