"""Callbacks: form, authentication, order and retries (section 6)."""

from __future__ import annotations

import base64
import queue
import re

import pytest
from simclient import MerchantClient, Receiver, day, wait_for

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00")


def deliveries(simulator) -> list[dict]:
    return simulator.control("callbacks")["deliveries"]


def states(simulator) -> list[str]:
    """Return each delivery's state: none before the first one was made."""
    return [delivery["state"] for delivery in deliveries(simulator)]


def test_api_key_is_sent_bare(merchant, receiver):
    merchant.register(receiver.url)
    merchant.create()
    assert receiver.next()[0] == "the-key"


def test_basic_authentication(merchant, receiver):
    merchant.register(receiver.url, "basic")
    merchant.create()
    expected = base64.b64encode(b"mobilepay:pass:word").decode()
    assert receiver.next()[0] == f"Basic {expected}"


def test_last_registration_holds(merchant, receiver):
    merchant.register("http://127.0.0.1:9/nobody", "basic")
    merchant.register(receiver.url, "apikey")
    merchant.create()
    assert receiver.next()[0] == "the-key"


@pytest.mark.parametrize(
    ("scheme", "body"),
    [
        ("basic", {"username": "a", "password": "b"}),
        ("basic", {"username": "a", "callbackurl": "https://x.example/"}),
        ("basic", {"username": "", "password": "b", "callbackurl": "https://x.dk/"}),
        ("apikey", {"callbackurl": "https://x.example/"}),
        ("apikey", {"ApiKey": "k", "callbackurl": "http://x.example/"}),
        ("apikey", {"ApiKey": "k", "callbackurl": "nowhere"}),
        ("apikey", {"ApiKey": "two\nlines", "callbackurl": "https://x.example/"}),
        ("apikey", {"ApiKey": "nøgle", "callbackurl": "https://x.example/"}),
    ],
    ids=str,
)
def test_registration_is_checked(merchant, scheme, body):
    response = merchant.call("PUT", merchant.path(f"auth/{scheme}"), json=body)
    assert response.status_code == 400
    assert response.json()["error"] == "InputError"


def test_elements(simulator, merchant, receiver):
    merchant.register(receiver.url)
    invoice = merchant.create()
    simulator.control(f"invoices/{invoice}/accept", {"payment_date": day(3)})
    simulator.flush()
    created, accepted = receiver.events(2)
    assert created["InvoiceId"] == invoice
    assert created["Status"] == "created" and created["Sequence"] == 0
    assert DATE.fullmatch(created["Date"])
    assert accepted["Status"] == "accepted"
    assert accepted["Sequence"] > created["Sequence"]
    assert accepted["PaymentDate"].startswith(day(3))


def test_batched_by_the_job(simulator, merchant, receiver):
    simulator.settings(speed=1)
    merchant.register(receiver.url)
    ids = [merchant.create() for _ in range(3)]
    simulator.advance(seconds=5)
    elements = receiver.next()[1]
    assert [element["InvoiceId"] for element in elements] == ids


def test_sequence_has_gaps(simulator, merchant, receiver):
    merchant.register(receiver.url)
    for number in range(10):
        alias = {"Alias": f"+45111111{number + 1:02d}", "AliasType": "Phone"}
        invoice = merchant.create(ConsumerAlias=alias)
        simulator.control(f"invoices/{invoice}/accept", {})
    simulator.flush()
    sequences: dict[str, list[int]] = {}
    for event in receiver.events(30):
        sequences.setdefault(event["InvoiceId"], []).append(event["Sequence"])
    assert all(found == sorted(set(found)) for found in sequences.values())
    assert any(found[-1] > 2 for found in sequences.values())


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("accepted_then_paid", ["created", "accepted", "paid"]),
        ("paid", ["created", "paid"]),
    ],
)
def test_paying_at_once(simulator, merchant, receiver, mode, words):
    simulator.settings(accept_mode=mode)
    merchant.register(receiver.url)
    invoice = merchant.create()
    simulator.control(f"invoices/{invoice}/accept", {})
    simulator.flush()
    assert [event["Status"] for event in receiver.events(len(words))] == words


def test_status_words_may_be_capitalised(simulator, merchant, receiver):
    simulator.settings(callback_status_words="capital", answer_status_words="lower")
    merchant.register(receiver.url)
    invoice = merchant.create()
    assert receiver.events(1)[0]["Status"] == "Created"
    assert merchant.details(invoice)["Status"] == "created"


@pytest.mark.parametrize("status", [500, 302, 404])
def test_failed_delivery_is_sent_again_as_a_whole(simulator, merchant, status):
    receiver = Receiver()
    try:
        receiver.status = status
        merchant.register(receiver.url)
        simulator.control("callbacks/pause", {})
        merchant.create()
        merchant.create()
        simulator.flush()
        first = receiver.next()[1]
        assert len(first) == 2
        receiver.status = 200
        simulator.control("callbacks/resume", {})
        assert receiver.next()[1] == first
        wait_for(lambda: states(simulator) == ["delivered"])
    finally:
        receiver.close()


def test_retry_schedule_on_the_clock(simulator, merchant, receiver):
    simulator.settings(speed=1)
    receiver.status = 503
    merchant.register(receiver.url)
    merchant.create()
    simulator.flush()
    receiver.next()
    gaps = (5 / 60, 19, 39, 79, 159, 319, 639, 1279)
    for failures, minutes in enumerate(gaps, start=1):
        wait_for(lambda n=failures: len(deliveries(simulator)[0]["attempts"]) == n)
        margin = min(60, minutes * 30)
        simulator.advance(minutes=minutes, seconds=-margin)
        with pytest.raises(queue.Empty):
            receiver.received.get(timeout=0.2)
        simulator.advance(seconds=margin)
        receiver.next()
    wait_for(lambda: states(simulator) == ["given up"])
    (delivery,) = deliveries(simulator)
    assert len(delivery["attempts"]) == 9
    assert all(attempt["status"] == 503 for attempt in delivery["attempts"])


def test_speed_shortens_the_schedule(simulator, merchant, receiver):
    simulator.settings(speed=100000)
    receiver.status = 500
    merchant.register(receiver.url)
    merchant.create()
    wait_for(lambda: states(simulator) == ["given up"])
    assert receiver.received.qsize() == 9


def test_address_that_does_not_answer(simulator, merchant):
    merchant.register("http://127.0.0.1:9/nobody")
    merchant.create()
    assert simulator.flush() == {"tried": 1, "delivered": 0, "failed": 1}
    assert deliveries(simulator)[0]["attempts"][0]["error"] == "ConnectionError"


def test_without_an_address_nothing_is_sent(simulator, merchant):
    merchant.create()
    assert simulator.flush() == {"tried": 0, "delivered": 0, "failed": 0}
    assert deliveries(simulator)[0]["state"] == "no address"


def test_pause_and_resume(simulator, merchant, receiver):
    simulator.control("callbacks/pause", {})
    merchant.register(receiver.url)
    merchant.create()
    with pytest.raises(queue.Empty):
        receiver.received.get(timeout=0.3)
    assert simulator.control("callbacks")["queued"] == 1
    simulator.control("callbacks/resume", {})
    receiver.events(1)


def test_flush_leaves_retries_alone_if_asked(simulator, merchant, receiver):
    simulator.settings(speed=1)
    receiver.status = 500
    merchant.register(receiver.url)
    merchant.create()
    assert simulator.flush()["failed"] == 1
    assert simulator.flush(retries=False)["tried"] == 0
    receiver.status = 200
    assert simulator.flush() == {"tried": 1, "delivered": 1, "failed": 0}


def test_injected_delivery(simulator, merchant, receiver):
    merchant.register(receiver.url)
    body = [{"InvoiceId": "unknown", "Status": "Paid", "Sequence": 1}]
    content = {"merchant_vat": "DK12345678", "body": body}
    outcome = simulator.control("callbacks/inject", content)
    assert outcome["ok"] and outcome["status"] == 200
    assert receiver.next() == ("the-key", body)
    content = {"url": receiver.url, "raw": "[]", "headers": {"Authorization": "x"}}
    simulator.control("callbacks/inject", content)
    assert receiver.next() == ("x", [])


def test_merchants_have_queues_of_their_own(simulator, merchant, finn, receiver):
    other = Receiver()
    try:
        merchant.register(receiver.url)
        finn.register(other.url)
        alias = {"Alias": "+358401111101", "AliasType": "Phone"}
        danish, finnish = merchant.create(), finn.create(ConsumerAlias=alias)
        assert receiver.events(1)[0]["InvoiceId"] == danish
        assert other.events(1)[0]["InvoiceId"] == finnish
    finally:
        other.close()


def test_expiry_and_canceling_are_told(simulator, merchant, receiver):
    merchant.register(receiver.url)
    gone, old = merchant.create(), merchant.create()
    merchant.call("PUT", merchant.path(f"invoices/{gone}/cancel"))
    simulator.control("clock", {"advance_seconds": 60 * 86400})
    simulator.flush()
    found = {event["InvoiceId"]: event["Status"] for event in receiver.events(4)}
    assert found == {gone: "canceled", old: "expired"}
    assert MerchantClient(simulator).status(old) == "expired"
