"""Reporting v3, held against MobilePay's specification."""

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl

import jsonschema
import pytest
from wire_reports import (
    PAYOUT_ID,
    POINT,
    REFERENCE,
    listed_v3,
    payout,
    row_v3,
)
from wire_server import Reply
from wire_shared import nullable

from mobilepay.classic.reporting_v3 import ReportingV3Api
from mobilepay.errors import BadAnswer, NotReady, Unavailable
from mobilepay.types import PaymentPoint, TransactionType

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
BASE = "/v3/reporting"
POINTS = [{"id": POINT, "name": "Shop", "productType": "Invoice", "alias": None}]


def page(name, *entries, following=None):
    return {"pageSize": 1000, "nextPageNumber": following, name: list(entries)}


@pytest.fixture
def reporting(connect, server):
    changes = {"gateway_id": "", "gateway_secret": "", "gateway": False}
    return ReportingV3Api(connect(server.url, **changes))


def queries(server):
    return [dict(parse_qsl(asked.path.partition("?")[2])) for asked in server.asked]


def test_payment_points(server, reporting):
    two = {**POINTS[0], "id": PAYOUT_ID.upper(), "name": None}
    server.answers(
        Reply(200, page("paymentPoints", *POINTS, following=2)),
        Reply(200, page("PaymentPoints", *POINTS, two)),
    )
    found = reporting.payment_points()
    assert found == [PaymentPoint(POINT, "Shop"), PaymentPoint(PAYOUT_ID, "")]
    assert server.last.path.startswith(f"{BASE}/paymentpoints?")
    assert queries(server) == [
        {"pagesize": "1000", "pagenumber": number} for number in ("1", "2")
    ]


def test_no_gateway_headers_only_the_bearer(server, reporting):
    server.answers(Reply(200, page("paymentPoints")))
    assert reporting.payment_points() == []
    names = {name.lower() for name in server.last.headers}
    assert not [name for name in names if name.startswith("x-ibm")]
    assert server.last.headers["Authorization"] == "Bearer access-token-1"


def test_transfers(server, reporting):
    other = listed_v3(id=POINT, reference="2", totalTransferredAmount=-1.5)
    server.answers(
        Reply(200, page("transfers", listed_v3(), following=2)),
        Reply(200, page("transfers", listed_v3(), other)),
        Reply(200, page("transfers")),
    )
    first, second = reporting.transfers(POINT, FIRST, date(2026, 4, 1))
    assert first == payout(raw=first.raw)
    assert (second.reference, second.total) == ("2", Decimal("-1.5"))
    asked = queries(server)
    assert [(one["startdate"], one["enddate"], one["pagenumber"]) for one in asked] == [
        ("2026-03-01", "2026-03-31", "1"),
        ("2026-03-01", "2026-03-31", "2"),
        ("2026-04-01", "2026-04-01", "1"),
    ]
    same = {"paymentpointid": POINT, "pagesize": "1000", "sortdirection": "asc"}
    assert all(same.items() <= one.items() for one in asked)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": "1"},
        {"reference": None},
        {"date": None},
        {"totalTransferredAmount": None},
        {"paymentPointId": PAYOUT_ID},
    ],
)
def test_a_transfer_that_cannot_be_read_is_not_skipped(server, reporting, changes):
    server.answers(Reply(200, page("transfers", listed_v3(), listed_v3(**changes))))
    with pytest.raises(BadAnswer):
        reporting.transfers(POINT, FIRST, LAST)


def test_transactions(server, reporting):
    payment = row_v3(type="Payment", amount=200.1, paymentId="p-1")
    refund = row_v3(type="Refund", amount=-1, paymentId="p-1", refundId="r-1")
    server.answers(
        Reply(200, page("transactions", payment, row_v3(), row_v3(), following=2)),
        Reply(200, page("transactions", payment, refund, row_v3(type="Transfer"))),
    )
    found = reporting.transactions(POINT, payout())
    fee = TransactionType.TRANSACTION_FEE
    kinds = [TransactionType.PAYMENT, fee, fee, TransactionType.REFUND]
    assert [one.type for one in found] == kinds, "rows without an id are all kept"
    assert [one.transaction_id for one in found] == ["p-1", "", "", "r-1"]
    assert found[1].amount == Decimal("-5.1")
    assert server.last.path.startswith(f"{BASE}/transactions?")
    assert queries(server)[1] == {
        "transferid": PAYOUT_ID,
        "paymentpointid": POINT,
        "sortdirection": "asc",
        "pagesize": "1000",
        "pagenumber": "2",
    }


@pytest.mark.parametrize(
    "bad",
    [
        row_v3(amount=None),
        row_v3(timestamp=None),
        row_v3(transferReference=REFERENCE[::-1]),
        "rubbish",
    ],
)
def test_a_row_that_cannot_be_read_is_not_skipped(server, reporting, bad):
    server.answers(Reply(200, page("transactions", row_v3(), bad)))
    with pytest.raises(BadAnswer):
        reporting.transactions(POINT, payout())


def test_a_transfer_of_another_version_has_no_id(server, reporting):
    with pytest.raises(ValueError):
        reporting.transactions(POINT, payout(id=""))
    assert server.asked == []


@pytest.mark.parametrize("following", [1, 0, -1, 1.5, "x", {}, True])
def test_page_numbers_that_lead_nowhere(server, reporting, following):
    server.answers(Reply(200, page("transactions", row_v3(), following=following)))
    with pytest.raises(BadAnswer):
        reporting.transactions(POINT, payout())
    assert len(server.asked) == 1


def test_a_server_that_ignores_the_page(server, reporting):
    server.answers(Reply(200, page("transactions", row_v3(), following=2)))
    with pytest.raises(BadAnswer):
        reporting.transactions(POINT, payout())
    assert len(server.asked) == 2


@pytest.mark.parametrize(("status", "kind"), [(412, NotReady), (408, Unavailable)])
def test_what_comes_later(server, reporting, status, kind):
    server.answers(Reply(status))
    with pytest.raises(kind) as caught:
        reporting.transfers(POINT, FIRST, LAST)
    assert type(caught.value) is kind


# the specification

ANSWERS = {
    "/paymentpoints": page("paymentPoints", *POINTS),
    "/transfers": page("transfers", listed_v3()),
    "/transactions": page("transactions", row_v3(), row_v3(type="Payment")),
}
ASKING = {
    "/paymentpoints": lambda api: api.payment_points(),
    "/transfers": lambda api: api.transfers(POINT, FIRST, LAST),
    "/transactions": lambda api: api.transactions(POINT, payout()),
}


@pytest.mark.parametrize("path", ANSWERS)
def test_the_request_is_in_the_specification(
    server, reporting, reporting_openapi, path
):
    server.answers(Reply(200, ANSWERS[path]))
    assert ASKING[path](reporting)
    operation = reporting_openapi["paths"][BASE + path]["get"]
    assert (server.last.method, server.last.body) == ("GET", b"")
    assert server.last.path.partition("?")[0] == BASE + path
    specified = {
        parameter["name"]: parameter["schema"] for parameter in operation["parameters"]
    }
    checker = jsonschema.FormatChecker()
    for name, value in queries(server)[0].items():
        schema = specified[name]
        typed = int(value) if schema["type"] == "integer" else value
        jsonschema.validate(typed, schema, format_checker=checker)


@pytest.mark.parametrize("path", ANSWERS)
def test_the_answers_of_these_tests_are_the_specifications(reporting_openapi, path):
    operation = reporting_openapi["paths"][BASE + path]["get"]
    model = operation["responses"]["200"]["content"]["application/json"]["schema"]
    components = nullable(reporting_openapi["components"])
    specified = jsonschema.Draft202012Validator({**model, "components": components})
    assert not list(specified.iter_errors(ANSWERS[path]))
