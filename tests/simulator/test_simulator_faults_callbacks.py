"""Callbacks that go wrong on purpose."""

from __future__ import annotations

import queue
from typing import Any

import pytest
from simclient import Receiver, wait_for


@pytest.fixture(autouse=True)
def calm_after_all(simulator):
    yield
    simulator.control("faults", {"rules": []})


@pytest.fixture
def paused(simulator, merchant, receiver) -> Receiver:
    """Nothing is sent by itself."""
    simulator.control("callbacks/pause", {})
    merchant.register(receiver.url)
    return receiver


def rules(simulator, *wanted: dict[str, Any], seed: int = 1) -> None:
    simulator.control("faults", {"seed": seed, "rules": list(wanted)})


def struck(simulator) -> dict[str, int]:
    return simulator.control("faults")["struck"]


def ids(receiver: Receiver) -> list[str]:
    return [element["InvoiceId"] for element in receiver.next()[1]]


def delivery(simulator) -> dict[str, Any]:
    (row,) = simulator.control("callbacks")["deliveries"]
    return row


def check_silent(receiver: Receiver) -> None:
    with pytest.raises(queue.Empty):
        receiver.received.get(timeout=0.1)


def test_lost(simulator, merchant, paused):
    rules(simulator, {"kind": "callback_lost", "times": 1})
    merchant.create()
    second = merchant.create()
    simulator.flush()
    assert ids(paused) == [second]
    assert simulator.flush()["tried"] == 0
    assert struck(simulator) == {"callback_lost": 1}


def test_lost_by_status(simulator, merchant, paused):
    rules(simulator, {"kind": "callback_lost", "match": "paid"})
    invoice = merchant.create()
    simulator.control(f"invoices/{invoice}/accept", {})
    simulator.flush()
    words = [element["Status"] for element in paused.next()[1]]
    assert words == ["created", "accepted"]
    assert merchant.status(invoice) == "paid"


def test_duplicated(simulator, merchant, paused):
    rules(simulator, {"kind": "callback_duplicate"})
    merchant.create()
    simulator.flush()
    first, second = paused.next()[1]
    assert first == second


def test_duplicate_that_comes_later(simulator, merchant, paused):
    rules(simulator, {"kind": "callback_duplicate", "seconds": 60})
    invoice = merchant.create()
    simulator.flush()
    assert ids(paused) == [invoice]
    simulator.advance(seconds=61)
    simulator.flush()
    assert ids(paused) == [invoice]


def test_unknown_id_beside_the_real_one(simulator, merchant, paused):
    found = []
    for _ in range(2):
        rules(simulator, {"kind": "callback_unknown", "times": 1}, seed=3)
        invoice = merchant.create()
        simulator.flush()
        real, stranger = paused.next()[1]
        assert real["InvoiceId"] == invoice != stranger["InvoiceId"]
        assert {**stranger, "InvoiceId": invoice} == real
        path = merchant.path(f"invoices/{stranger['InvoiceId']}")
        assert merchant.call("GET", path).status_code == 404
        found.append(stranger["InvoiceId"])
    assert found[0] == found[1]


def orders(simulator, merchant, receiver, seed: int) -> list[int]:
    """In which order six elements arrive."""
    rules(simulator, {"kind": "callback_shuffle"}, seed=seed)
    made = [merchant.create(ConsumerAlias=alias(number)) for number in range(6)]
    simulator.flush()
    arrived: list[str] = []
    while len(arrived) < 6:
        arrived.extend(ids(receiver))
    assert sorted(arrived) == sorted(made)
    return [made.index(invoice) for invoice in arrived]


def alias(number: int) -> dict[str, str]:
    return {"Alias": f"+451111110{number + 1}", "AliasType": "Phone"}


def test_shuffled_elements(simulator, merchant, paused):
    first = orders(simulator, merchant, paused, 5)
    assert first != sorted(first)
    assert struck(simulator) == {"callback_shuffle": 1}
    assert orders(simulator, merchant, paused, 5) == first


def test_shuffled_deliveries(simulator, merchant, paused):
    simulator.settings(callback_batch_limit=1)
    made = [merchant.create() for _ in range(4)]
    rules(simulator, {"kind": "callback_shuffle", "match": "deliveries"})
    simulator.flush()
    arrived = [ids(paused)[0] for _ in made]
    assert sorted(arrived) == sorted(made) and arrived != made


def test_delayed_past_the_poll(simulator, merchant, receiver):
    merchant.register(receiver.url)
    rules(simulator, {"kind": "callback_delay", "seconds": 3600, "times": 1})
    invoice = merchant.create()
    assert simulator.flush()["tried"] == 0
    assert simulator.control("callbacks")["held"] == 1
    assert merchant.status(invoice) == "created"
    simulator.advance(minutes=59)
    check_silent(receiver)
    simulator.advance(minutes=2)
    assert ids(receiver) == [invoice]
    assert simulator.control("callbacks")["held"] == 0


@pytest.mark.parametrize("end", ["faults", "reset"])
def test_end_of_a_delay(simulator, merchant, receiver, end):
    merchant.register(receiver.url)
    rules(simulator, {"kind": "callback_delay", "seconds": 3600})
    invoice = merchant.create()
    simulator.control(end, {"rules": []} if end == "faults" else {})
    if end == "faults":
        assert ids(receiver) == [invoice]
    else:
        check_silent(receiver)


@pytest.mark.parametrize("kind", ["", "/link"])
def test_before_the_create_call_is_answered(simulator, merchant, paused, kind):
    rules(
        simulator,
        {"kind": "callback_early"},
        {"kind": "drop_after", "match": "POST /invoice-restapi/"},
    )
    with pytest.raises(OSError):
        merchant.post(merchant.invoice(), kind)
    (row,) = simulator.state()["invoices"]
    assert paused.received.qsize() == 1
    assert ids(paused) == [row["id"]]


def test_batch_is_told_before_it_is_answered(simulator, merchant, paused):
    rules(simulator, {"kind": "callback_early", "match": "direct_batch"})
    response = merchant.post([merchant.invoice(), merchant.invoice()], "/batch")
    assert paused.received.qsize() == 1
    made = [entry["InvoiceId"] for entry in response.json()["Accepted"]]
    assert ids(paused) == made


def test_early_callback_that_fails_is_tried_again(simulator, merchant, paused):
    rules(simulator, {"kind": "callback_early"})
    paused.status = 500
    invoice = merchant.create()
    paused.status = 200
    simulator.control("callbacks/resume", {})
    assert ids(paused) == ids(paused) == [invoice]
    wait_for(lambda: delivery(simulator)["state"] == "delivered")
    assert [entry["ok"] for entry in delivery(simulator)["attempts"]] == [False, True]


def test_refused_create_call_tells_nothing(simulator, merchant, paused):
    rules(simulator, {"kind": "callback_early"})
    assert merchant.post(merchant.invoice(TotalAmount=0)).status_code == 409
    assert paused.received.qsize() == 0 and struck(simulator) == {}
