"""ePayment: what is asked, what is understood, and what is not believed."""

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from wire_server import Drop, HalfBody, Reply
from wire_vipps import PSP, REFERENCE, RETURN, event, money, payment, problem, request

from mobilepay.errors import (
    BadAnswer,
    NotFound,
    OutcomeUnknown,
    Reason,
    Rejected,
    Unavailable,
)
from mobilepay.types import Happening, Kind, Status

KEY = "0b9bb2ab-5d26-4d43-9a25-2a0bb4d2a1f0"
LANDING = "https://landing.example/?token=eyJ0.abc"
CREATED = Reply(201, {"reference": REFERENCE})
PATH = f"/epayment/v1/payments/{REFERENCE}"


@pytest.fixture
def direct(vipps):
    return vipps.encode(request())


@pytest.fixture
def attempt(vipps):
    return vipps.encode(request(kind=Kind.LINK, redirect_url=RETURN))


def details(vipps, server, *answers):
    server.answers(*(Reply(200, answer) for answer in answers))
    return vipps.details(REFERENCE)


# creating


def test_a_payment_is_created_by_its_exact_text_and_key(vipps, server, direct):
    server.answers(CREATED)
    created = vipps.create(Kind.DIRECT, direct, idempotency_key=KEY)
    assert (created.invoice_id, created.link_url) == (REFERENCE, "")
    assert server.last.body.decode() == direct
    assert server.last.path == "/epayment/v1/payments"
    assert server.last.headers["Idempotency-Key"] == KEY


def test_an_attempt_says_where_to_pay(vipps, server, attempt):
    server.answers(Reply(201, {"reference": REFERENCE, "redirectUrl": LANDING}))
    assert vipps.create(Kind.LINK, attempt, idempotency_key=KEY).link_url == LANDING


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"reference": "INV-2026-00013-k3f9", "redirectUrl": LANDING},
        {"reference": REFERENCE},
        {"reference": REFERENCE, "redirectUrl": "http://landing.example"},
        {"reference": REFERENCE, "redirectUrl": "javascript:alert(1)"},
    ],
)
def test_an_answer_that_leads_nowhere_leaves_it_open(vipps, server, attempt, answer):
    server.answers(Reply(201, answer))
    with pytest.raises(OutcomeUnknown):
        vipps.create(Kind.LINK, attempt, idempotency_key=KEY)


@pytest.mark.parametrize(
    "answer", [Drop(), HalfBody(), Reply(500), Reply(502, b"<html>"), Reply(302)]
)
def test_a_lost_answer_is_not_sent_again(vipps, server, direct, answer):
    server.answers(answer)
    with pytest.raises(OutcomeUnknown):
        vipps.create(Kind.DIRECT, direct, idempotency_key=KEY)
    assert len(server.asked) == 1


@pytest.mark.parametrize("key", ["", "x" * 51, "a key", "schlüssel"])
def test_nothing_is_written_without_a_key(vipps, server, direct, key):
    with pytest.raises(ValueError):
        vipps.create(Kind.DIRECT, direct, idempotency_key=key)
    with pytest.raises(ValueError):
        vipps.capture(REFERENCE, Decimal(1), "DKK", idempotency_key=key)
    assert server.asked == []


@pytest.mark.parametrize("content_type", ["application/problem+json", "text/plain"])
def test_an_answer_is_read_by_its_status(vipps, server, content_type):
    held = payment("AUTHORIZED", "360", "360")
    server.answers(Reply(200, held, {"Content-Type": content_type}))
    funds = vipps.capture(REFERENCE, Decimal("360"), "DKK", idempotency_key=KEY)
    assert funds.captured == Decimal("360.00")


# asking


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (payment("CREATED"), Status.CREATED),
        (payment("ABORTED"), Status.REJECTED),
        (payment("EXPIRED"), Status.EXPIRED),
        (payment("TERMINATED", cancelled="360"), Status.CANCELED),
        (payment("AUTHORIZED", "360"), Status.ACCEPTED),
        (payment("AUTHORIZED", "360", "100"), Status.ACCEPTED),
        (payment("AUTHORIZED", "360", "360"), Status.PAID),
        (payment("AUTHORIZED", "360", "100", "260"), Status.PAID),
        (payment("AUTHORIZED", "360", "0", "360"), Status.CANCELED),
        (payment("AUTHORIZED", "360", "0", "100"), Status.ACCEPTED),
        (payment("AUTHORIZED", "360", "360", "0", "360"), Status.PAID),
    ],
)
def test_what_was_captured_and_released_decides(vipps, server, told, status):
    server.answers(Reply(200, told))
    assert vipps.status(REFERENCE) is status
    assert server.last.path == PATH and server.last.method == "GET"


def test_money_is_told_in_kroner_with_its_guarantee(vipps, server):
    told = payment(
        "AUTHORIZED", "360.05", captureGuaranteedUntil="2026-12-14T00:00:00Z"
    )
    found = details(vipps, server, told)
    assert found.status is Status.ACCEPTED
    assert found.total == Decimal("360.00")
    assert found.funds.authorized == found.funds.reserved == Decimal("360.05")
    assert found.funds.currency == found.currency == "DKK"
    assert found.funds.state == "AUTHORIZED"
    assert found.funds.transaction_id == PSP
    assert found.funds.guaranteed_until == datetime(2026, 12, 14, tzinfo=timezone.utc)
    assert found.payment_date is None and found.transaction_id == ""


def test_of_captured_money_the_last_captures_day_and_transaction_are_told(
    vipps, server
):
    """The payment's own pspReference is not the one that is settled."""
    log = [
        event("CAPTURED", "psp-3", timestamp="2026-11-30T14:00:00Z"),
        event("CAPTURED", "psp-4", timestamp="2026-11-30T15:00:00Z", success=False),
        event("CAPTURED", "psp-2", timestamp="2026-11-30T13:00:00Z"),
        event("CREATED", PSP),
    ]
    found = details(vipps, server, payment("AUTHORIZED", "360", "360"), log)
    assert found.status is Status.PAID
    assert found.transaction_id == "psp-3"
    assert found.payment_date == datetime(2026, 11, 30, 14, tzinfo=timezone.utc)
    assert server.last.path == PATH + "/events"


def test_a_capture_that_the_log_does_not_have_yet_has_no_transaction(vipps, server):
    found = details(vipps, server, payment("AUTHORIZED", "360", "360"), [])
    assert found.status is Status.PAID and found.transaction_id == ""


@pytest.mark.parametrize(
    "told",
    [
        {},
        [],
        payment("SOMETHING"),
        payment("AUTHORIZED", "0"),
        {**payment("AUTHORIZED", "360"), "aggregate": {}},
        {**payment(), "aggregate": {"authorizedAmount": {"value": 0.5}}},
        payment(reference="INV-2026-00013-k3f9"),
    ],
)
def test_what_cannot_be_understood_is_never_a_status(vipps, server, told):
    server.answers(Reply(200, told))
    with pytest.raises(BadAnswer):
        vipps.details(REFERENCE)
    with pytest.raises(BadAnswer):
        vipps.status(REFERENCE)


def test_an_unknown_reference_is_not_found(vipps, server):
    server.answers(Reply(404, problem("5090", 404)))
    with pytest.raises(NotFound) as caught:
        vipps.details(REFERENCE)
    assert caught.value.reason is Reason.UNKNOWN_REFERENCE
    server.answers(Reply(400, problem("5090", 400)))
    with pytest.raises(NotFound):
        vipps.status(REFERENCE)


@pytest.mark.parametrize("reference", ["", "../x-y-z-w", "INV/2026", "a" * 65])
def test_only_references_become_a_part_of_an_address(vipps, server, reference):
    with pytest.raises(ValueError):
        vipps.details(reference)
    assert server.asked == []


def test_the_log_is_in_mobilepays_order_and_without_what_is_not_known(vipps, server):
    log = [event("CREATED", PSP), event("POSTPONED"), event("AUTHORIZED", "psp-1")]
    server.answers(Reply(200, log))
    found = vipps.events(REFERENCE)
    assert [one.happening for one in found] == [
        Happening.CREATED,
        Happening.AUTHORIZED,
    ]


@pytest.mark.parametrize(
    "log", [{}, [event(reference="INV-2026-00013-k3f9")], [event(timestamp="x")]]
)
def test_a_log_that_cannot_be_read_whole_is_none(vipps, server, log):
    server.answers(Reply(200, log))
    with pytest.raises(BadAnswer):
        vipps.events(REFERENCE)


# moving money


def test_a_capture_tells_amount_and_key(vipps, server):
    server.answers(Reply(200, payment("AUTHORIZED", "360", "100.50")))
    funds = vipps.capture(REFERENCE, Decimal("100.50"), "DKK", idempotency_key=KEY)
    assert server.last.path == PATH + "/capture"
    assert server.last.json == {"modificationAmount": money("100.50")}
    assert server.last.headers["Idempotency-Key"] == KEY
    assert (funds.captured, funds.reserved) == (Decimal("100.50"), Decimal("259.50"))


def test_a_refund_tells_amount_and_key(vipps, server):
    server.answers(Reply(200, payment("AUTHORIZED", "360", "360", refunded="60")))
    funds = vipps.refund(REFERENCE, Decimal("60"), "DKK", idempotency_key=KEY)
    assert server.last.path == PATH + "/refund"
    assert server.last.json == {"modificationAmount": money("60")}
    assert server.last.headers["Idempotency-Key"] == KEY
    assert funds.refunded == Decimal("60.00")


def test_a_release_gives_all_back_or_only_what_nobody_has_approved(vipps, server):
    server.answers(Reply(200, payment("AUTHORIZED", "360", cancelled="360")))
    funds = vipps.release(REFERENCE, idempotency_key=KEY)
    assert server.last.path == PATH + "/cancel"
    assert server.last.body == b""
    assert server.last.headers["Idempotency-Key"] == KEY
    assert funds.released == Decimal("360.00") and not funds.reserved
    vipps.release(REFERENCE, only_unapproved=True, idempotency_key=KEY)
    assert server.last.json == {"cancelTransactionOnly": True}


def test_taking_back_is_releasing_all(vipps, server):
    server.answers(Reply(200, payment("TERMINATED", cancelled="360")))
    vipps.cancel(REFERENCE, idempotency_key=KEY)
    assert server.last.path == PATH + "/cancel" and server.last.body == b""


@pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
def test_only_whole_amounts_above_nothing_are_moved(vipps, server, amount):
    with pytest.raises(ValueError):
        vipps.capture(REFERENCE, Decimal(amount), "DKK", idempotency_key=KEY)
    assert server.asked == []


@pytest.mark.parametrize("answer", [b"", {}, payment(reference="INV-2026-9-k3f9")])
def test_an_answer_that_says_nothing_of_the_money_proves_nothing(vipps, server, answer):
    server.answers(Reply(200, answer))
    with pytest.raises(OutcomeUnknown):
        vipps.capture(REFERENCE, Decimal("1"), "DKK", idempotency_key=KEY)


@pytest.mark.parametrize("move", ["capture", "refund", "release"])
def test_money_is_never_moved_twice_by_the_wire(vipps, server, move):
    server.answers(Drop())
    amount = () if move == "release" else (Decimal("1"), "DKK")
    with pytest.raises(OutcomeUnknown):
        getattr(vipps, move)(REFERENCE, *amount, idempotency_key=KEY)
    assert len(server.asked) == 1


def test_the_same_code_means_a_spent_key_of_a_refund(vipps, server, direct):
    server.answers(Reply(400, problem("4150")))
    with pytest.raises(Rejected) as caught:
        vipps.refund(REFERENCE, Decimal("1"), "DKK", idempotency_key=KEY)
    assert caught.value.reason is Reason.KEY_REUSED
    with pytest.raises(Rejected) as caught:
        vipps.create(Kind.DIRECT, direct, idempotency_key=KEY)
    assert caught.value.reason is Reason.EXISTS


def test_a_question_that_fails_may_be_asked_again(vipps, server):
    server.answers(Reply(503), Reply(503), Reply(200, payment("CREATED")))
    assert vipps.status(REFERENCE) is Status.CREATED
    server.answers(Reply(503))
    with pytest.raises(Unavailable):
        vipps.status(REFERENCE)
