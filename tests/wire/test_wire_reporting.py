"""Reporting v1/v2 against answers in every dress that the documents show."""

import json
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from wire_reports import POINT, REFERENCE, listed, payout, report, row
from wire_server import Reply

from mobilepay.classic import reporting_parts
from mobilepay.classic.reporting import ReportingApi, reporting_api
from mobilepay.classic.reporting_v3 import ReportingV3Api
from mobilepay.errors import (
    BadAnswer,
    NotFound,
    NotReady,
    Rejected,
    Unauthorized,
    Unavailable,
)
from mobilepay.types import PaymentPoint, Transaction, TransactionType

V1 = "/base/api/merchant/v1/paymentpoints"
V2 = f"/base/api/merchant/v2/paymentpoints/{POINT}/transfers"
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)


@pytest.fixture
def reporting(transport):
    return ReportingApi(transport)


def paths(server):
    return [asked.path for asked in server.asked]


def test_each_version_has_its_class(transport):
    assert type(reporting_api("v2", transport)) is ReportingApi
    assert type(reporting_api("v3", transport)) is ReportingV3Api
    for other in ("", "v1", "V3", "3"):
        with pytest.raises(ValueError):
            reporting_api(other, transport)


# payment points


def test_payment_points(server, reporting):
    one = {"paymentPointId": POINT.upper(), "paymentPointName": "Shop"}
    two = {"PaymentPointId": POINT.replace("3", "4"), "PaymentPointName": None}
    server.answers(Reply(200, {"merchantId": "x", "PaymentPoints": [one, two]}))
    first, second = reporting.payment_points()
    assert (first, second.name) == (PaymentPoint(POINT, "Shop"), "")
    assert (server.last.method, server.last.path) == ("GET", V1)
    assert server.last.headers["x-ibm-client-id"] == "gateway-1"


@pytest.mark.parametrize(
    "body", [b"", [], {"paymentPoints": [{"paymentPointId": "1"}]}, {"a": []}]
)
def test_payment_points_that_cannot_be_read(server, reporting, body):
    server.answers(Reply(200, body))
    with pytest.raises(BadAnswer):
        reporting.payment_points()


# transfers


def test_transfers(server, reporting):
    server.answers(Reply(200, b'{"transferReferences": [%s]}' % dumped(listed())))
    (found,) = reporting.transfers(POINT.upper(), FIRST, LAST)
    assert found == payout(id="", raw=found.raw)
    assert found.total == Decimal("195.00")
    assert json.loads(found.raw) == listed()
    query = "from=2026-03-01&to=2026-03-31"
    assert paths(server) == [f"{V1}/{POINT}/transfer-references?{query}"]


def dumped(value):
    return json.dumps(value).encode()


def test_transfers_in_pascal_case_and_as_text(server, reporting):
    data = {
        "TransferReference": REFERENCE,
        "TransferReferenceDate": "2026-03-02T00:00:00Z",
        "TotalTransferredAmount": "195.00",
        "CurrencyCode": "dkk",
    }
    server.answers(Reply(200, {"TransferReferences": [data]}))
    (found,) = reporting.transfers(POINT, FIRST, LAST)
    assert found == payout(id="", raw=found.raw)


def test_a_long_period_is_asked_in_pieces(server, reporting):
    day = listed(transferReferenceDate="2026-02-01")
    server.answers(
        Reply(200, {"transferReferences": [day, listed()]}),
        Reply(200, {"transferReferences": []}),
        Reply(200, {"transferReferences": [listed(), listed(currencyCode="EUR")]}),
    )
    found = reporting.transfers(POINT, date(2026, 1, 1), date(2026, 3, 4))
    assert [one.date.month for one in found] == [2, 3, 3], "none twice, all there"
    assert [path.partition("?")[2] for path in paths(server)] == [
        "from=2026-01-01&to=2026-01-31",
        "from=2026-02-01&to=2026-03-03",
        "from=2026-03-04&to=2026-03-04",
    ]


def test_one_day_and_no_day(server, reporting):
    server.answers(Reply(200, {"transferReferences": []}))
    assert reporting.transfers(POINT, LAST, LAST) == []
    assert paths(server)[0].endswith("from=2026-03-31&to=2026-03-31")
    assert reporting.transfers(POINT, LAST, FIRST) == []
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"transferReference": None},
        {"transferReference": "  "},
        {"transferReference": ".."},
        {"transferReference": {}},
        {"transferReferenceDate": None},
        {"transferReferenceDate": "02-03-2026"},
        {"transferReferenceDate": "2026-02-30"},
        {"totalTransferredAmount": None},
        {"totalTransferredAmount": "195,00"},
        {"totalTransferredAmount": True},
        {"totalTransferredAmount": "1e999"},
    ],
)
def test_a_transfer_that_cannot_be_read_is_not_skipped(server, reporting, changes):
    bad = listed(**changes)
    server.answers(Reply(200, {"transferReferences": [listed(), bad]}))
    with pytest.raises(BadAnswer) as caught:
        reporting.transfers(POINT, FIRST, LAST)
    assert caught.value.correlation_id == server.last.headers["CorrelationId"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"transferReferences": [',
        b'{"transferReferences": {}}',
        b'{"transferReferences": ["04000000000012411267"]}',
        b"<html>",
    ],
)
def test_a_list_that_is_none(server, reporting, body):
    server.answers(Reply(200, body))
    with pytest.raises(BadAnswer):
        reporting.transfers(POINT, FIRST, LAST)


def test_no_address_is_made_of_anything(server, reporting):
    for point in ("", "..", "1/2", "me"):
        with pytest.raises(ValueError):
            reporting.transfers(point, FIRST, LAST)
        with pytest.raises(ValueError):
            reporting.transactions(point, payout())
    for reference in ("", ".", ".."):
        with pytest.raises(ValueError):
            reporting.transactions(POINT, payout(reference=reference))
    assert server.asked == []


# transactions


def test_transactions(server, reporting):
    fee = row(type="transactionFee", amount=-5.1, merchantReference=None)
    server.answers(Reply(200, report(row(), fee)))
    payment, cost = reporting.transactions(POINT, payout())
    assert payment == Transaction(
        type=TransactionType.PAYMENT,
        amount=Decimal("200.1"),
        currency="DKK",
        timestamp=datetime(2026, 3, 1, 20, 11, 5, tzinfo=timezone.utc),
        transaction_id="AABBCCDD11223344",
        merchant_reference="INV/2026/00007",
        message="Tak for blomsterne",
        word="Payment",
        raw=payment.raw,
    )
    assert json.loads(payment.raw) == row()
    assert (cost.type, cost.word) == (TransactionType.TRANSACTION_FEE, "transactionFee")
    assert (cost.amount, cost.merchant_reference) == (Decimal("-5.1"), "")
    assert paths(server) == [f"{V2}/{REFERENCE}"]


def test_amounts_are_exact(server, reporting):
    body = dumped(report(row())).replace(b"200.1", b"200.10")
    server.answers(Reply(200, body))
    (payment,) = reporting.transactions(POINT, payout())
    assert str(payment.amount) == "200.10"
    assert '"amount":200.10,' in payment.raw


def test_the_words_of_v1_and_other_cases(server, reporting):
    data = {
        "Type": "PAYMENT",
        "Amount": "81.00",
        "CurrencyCode": None,
        "Timestamp": "2026-03-01T21:11:05.1234567+01:00",
        "SenderComment": "This is fun",
        "ExternalTransactionId": "QWERTY",
    }
    server.answers(Reply(200, {"Transactions": [data], "NextPageToken": ""}))
    (found,) = reporting.transactions(POINT, payout())
    assert (found.type, found.word) == (TransactionType.PAYMENT, "PAYMENT")
    assert (found.merchant_reference, found.message) == ("QWERTY", "This is fun")
    assert found.timestamp.isoformat() == "2026-03-01T20:11:05.123456+00:00"
    assert (found.transaction_id, found.currency) == ("", "DKK")


@pytest.mark.parametrize("kind", TransactionType)
def test_every_type_but_the_transfer_itself(server, reporting, kind):
    rows = [row(type=word) for word in (kind.value, kind.value.upper())]
    server.answers(Reply(200, report(*rows)))
    found = reporting.transactions(POINT, payout())
    expected = [] if kind is TransactionType.TRANSFER else [kind]
    assert [one.type for one in found] == expected


@pytest.mark.parametrize("word", ["Cashback", None, "", 7, {}])
def test_money_of_an_unknown_kind_is_kept(server, reporting, word):
    server.answers(Reply(200, report(row(type=word))))
    (found,) = reporting.transactions(POINT, payout())
    assert found.type is TransactionType.OTHER
    assert found.word == ("" if word in (None, {}) else str(word))


def test_a_transfer_row_need_not_be_readable(server, reporting):
    server.answers(Reply(200, report({"type": "Transfer", "amount": None})))
    assert reporting.transactions(POINT, payout()) == []


@pytest.mark.parametrize(
    "bad",
    [
        row(amount=None),
        row(amount="88,00"),
        row(amount={}),
        row(timestamp=None),
        row(timestamp="13-06-2026"),
        row(timestamp="0001-01-01T00:00:00Z"),
        row(transferReference=REFERENCE[::-1]),
        "rubbish",
        None,
    ],
)
def test_a_row_that_cannot_be_read_is_not_skipped(server, reporting, bad):
    server.answers(Reply(200, report(row(), bad)))
    with pytest.raises(BadAnswer):
        reporting.transactions(POINT, payout())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        {},
        report(transactions=None),
        report(transferReference="04000000000012411268"),
        report(nextPageToken={}),
        report(nextPageToken=False),
    ],
)
def test_a_report_that_is_none(server, reporting, body):
    server.answers(Reply(200, body))
    with pytest.raises(BadAnswer):
        reporting.transactions(POINT, payout())
    assert len(server.asked) == 1


def test_the_report_may_spell_the_reference_in_another_case(server, reporting):
    server.answers(Reply(200, report(row(), transferReference="ab-1")))
    assert len(reporting.transactions(POINT, payout(reference="AB-1"))) == 1


@pytest.mark.parametrize(
    ("reference", "quoted"),
    [
        ("a/../b", "a%2F..%2Fb"),
        ("a?b=c&d#e", "a%3Fb%3Dc%26d%23e"),
        ("100% sure", "100%25%20sure"),
        ("a%2Fb", "a%252Fb"),
        ("Ærø", "%C3%86r%C3%B8"),
    ],
)
def test_odd_references_stay_one_part_of_the_path(server, reporting, reference, quoted):
    server.answers(Reply(200, report(row(), transferReference=reference)))
    reporting.transactions(POINT, payout(reference=reference))
    assert paths(server) == [f"{V2}/{quoted}"]


# pages


def test_all_pages_are_read(server, reporting):
    other = row(paymentTransactionId="2")
    fee = row(paymentTransactionId="3", type="TransactionFee", amount=-1)
    server.answers(
        Reply(200, report(row(), nextPageToken="CiA/pb2F+w==")),
        Reply(200, report(nextPageToken="2 &pageToken=3")),
        Reply(200, report(other, fee)),
    )
    found = reporting.transactions(POINT, payout())
    assert [one.transaction_id for one in found] == ["AABBCCDD11223344", "2", "3"]
    assert paths(server) == [
        f"{V2}/{REFERENCE}",
        f"{V2}/{REFERENCE}?pageToken=CiA%2Fpb2F%2Bw%3D%3D",
        f"{V2}/{REFERENCE}?pageToken=2+%26pageToken%3D3",
    ]


def test_a_repeated_row_is_kept_once_and_only_that(server, reporting):
    others = [
        row(paymentTransactionId="2"),
        row(type="Refund"),
        row(amount=200.11),
        row(timestamp="2026-03-01T20:11:06Z"),
        row(paymentTransactionId=None),
        row(paymentTransactionId=""),
    ]
    server.answers(
        Reply(200, report(row(), nextPageToken="2")),
        Reply(200, report(row(message="again"), *others)),
    )
    assert len(reporting.transactions(POINT, payout())) == 1 + len(others)


@pytest.mark.parametrize("tokens", [("a", "a"), ("a", "b", "a")])
def test_pages_that_come_again(server, reporting, tokens):
    steps = [Reply(200, report(nextPageToken=token)) for token in tokens]
    server.answers(*steps, Reply(200, report(row())))
    with pytest.raises(BadAnswer):
        reporting.transactions(POINT, payout())
    assert len(server.asked) == len(tokens)


def test_pages_without_end(server, reporting, monkeypatch):
    assert reporting_parts.MOST_PAGES == 10_000
    monkeypatch.setattr(reporting_parts, "MOST_PAGES", 3)
    server.answers(*[Reply(200, report(nextPageToken=str(n))) for n in range(9)])
    with pytest.raises(BadAnswer):
        reporting.transactions(POINT, payout())
    assert len(server.asked) == 3


def test_a_later_page_of_another_transfer(server, reporting):
    server.answers(
        Reply(200, report(row(), nextPageToken="2")),
        Reply(200, report(row(), transferReference="1")),
    )
    with pytest.raises(BadAnswer):
        reporting.transactions(POINT, payout())


# what does not come


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (403, Unauthorized),
        (404, NotFound),
        (408, Unavailable),
        (409, Rejected),
        (412, NotReady),
        (415, Rejected),
        (500, Unavailable),
    ],
)
def test_errors(server, reporting, status, kind):
    server.answers(Reply(status))
    with pytest.raises(kind) as caught:
        reporting.transactions(POINT, payout())
    assert type(caught.value) is kind


def test_an_error_on_a_later_page_is_no_short_report(server, reporting):
    server.answers(Reply(200, report(row(), nextPageToken="2")), Reply(412))
    with pytest.raises(NotReady):
        reporting.transactions(POINT, payout())
