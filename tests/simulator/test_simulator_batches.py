"""Batches: the pairing of the answer, and what comes by callback (section 4)."""

from __future__ import annotations

from simclient import MerchantClient


def test_accepted_and_rejected_are_paired_by_number(simulator, merchant):
    good = merchant.invoice(InvoiceNumber="good")
    bodies = [
        good,
        merchant.invoice(InvoiceNumber="zero", TotalAmount=0),
        merchant.invoice(InvoiceNumber="bad", DueDate="soon"),
        merchant.invoice(InvoiceNumber=None, PaymentReference="R"),
        {**good, "Comment": "the same number again"},
    ]
    response = merchant.post(bodies, "/batch")
    assert response.status_code == 202
    (accepted,) = response.json()["Accepted"]
    assert accepted["InvoiceNumber"] == "good" and accepted["InvoiceId"]
    rejected = response.json()["Rejected"]
    numbers = [row["InvoiceNumber"] for row in rejected]
    assert numbers == ["zero", "bad", None, "good"]
    error = {"ErrorText": "Amount must be greater than 0", "ErrorCode": 10008}
    assert rejected[0]["Errors"] == [error]
    assert all(row["Errors"][0]["ErrorText"] for row in rejected)


def test_size_and_shape(simulator, merchant):
    assert merchant.post({}, "/batch").status_code == 400
    assert merchant.post([], "/batch").status_code == 400
    response = merchant.post([17, None, []], "/batch")
    assert len(response.json()["Rejected"]) == 3
    assert merchant.post([{}] * 2001, "/batch").status_code == 400
    response = merchant.post([{}] * 2000, "/link/batch")
    assert len(response.json()["Rejected"]) == 2000


def test_2000_at_once(simulator, merchant, receiver):
    merchant.register(receiver.url)
    bodies = [merchant.invoice(ConsumerAlias=None) for _ in range(2000)]
    accepted = merchant.post(bodies, "/link/batch").json()["Accepted"]
    assert len(accepted) == 2000
    events = receiver.events(2000)
    ids = {row["InvoiceId"] for row in accepted}
    assert {event["InvoiceId"] for event in events} == ids
    assert all(event["Links"] for event in events)


def test_links_come_by_callback_only(simulator, merchant, receiver):
    merchant.register(receiver.url)
    response = merchant.post([merchant.invoice()], "/link/batch")
    (accepted,) = response.json()["Accepted"]
    assert set(accepted) == {"InvoiceNumber", "InvoiceId"}
    simulator.flush()
    (event,) = receiver.events(1)
    assert event["Status"] == "created"
    (link,) = event["Links"]
    assert link["Rel"] == "user-redirect"
    assert link["Href"] == f"{simulator.url}/pay/{accepted['InvoiceId']}"


def test_costly_validation_comes_by_callback(simulator, merchant, receiver):
    merchant.register(receiver.url)
    existing = merchant.invoice(InvoiceNumber="twice")
    merchant.post(existing)
    unknown = {"Alias": "+4599999999", "AliasType": "Phone"}
    bodies = [
        merchant.invoice(InvoiceNumber="nobody", ConsumerAlias=unknown),
        merchant.invoice(InvoiceNumber="much", TotalAmount=300001),
        existing,
        merchant.invoice(InvoiceNumber="fine"),
    ]
    response = merchant.post(bodies, "/batch").json()
    assert len(response["Accepted"]) == 4 and response["Rejected"] == []
    simulator.flush()
    numbers = {row["InvoiceId"]: row["InvoiceNumber"] for row in response["Accepted"]}
    found = {
        numbers[event["InvoiceId"]]: (event["Status"], event.get("ErrorCode"))
        for event in receiver.events(5)
        if event["InvoiceId"] in numbers
    }
    assert found == {
        "nobody": ("invalid", 10101),
        "much": ("invalid", 10201),
        "twice": ("invalid", 10104),
        "fine": ("created", None),
    }


def test_daily_limit_in_a_batch(simulator, merchant, receiver):
    merchant.register(receiver.url)
    merchant.post([merchant.invoice() for _ in range(12)], "/batch")
    simulator.flush()
    events = receiver.events(12)
    codes = [event.get("ErrorCode") for event in events]
    assert codes.count(10314) == 2
    assert all("ErrorMessage" in event for event in events if "ErrorCode" in event)


def test_invoice_is_not_there_until_validated(simulator, merchant):
    simulator.settings(validation_seconds=100000.0)
    response = merchant.post([merchant.invoice()], "/batch").json()
    invoice = response["Accepted"][0]["InvoiceId"]
    path = merchant.path(f"invoices/{invoice}/status")
    assert merchant.call("GET", path).status_code == 404
    simulator.advance(seconds=1001)
    assert MerchantClient(simulator).status(invoice) == "created"
