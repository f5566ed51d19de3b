"""All rows of a time, whether they were paid out or not."""

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from wire_reports import POINT, row, row_v3
from wire_server import Reply

from mobilepay.classic.reporting import ReportingApi
from mobilepay.classic.reporting_v3 import ReportingV3Api
from mobilepay.types import TransactionType


@pytest.fixture
def reporting(transport):
    return ReportingApi(transport)


@pytest.fixture
def reporting_v3(connect, server):
    changes = {"gateway_id": "", "gateway_secret": "", "gateway": False}
    return ReportingV3Api(connect(server.url, **changes))


def test_movements_are_all_rows_of_a_time(server, reporting):
    paid = row(type="Payment", transferReference="04000000000011111111")
    waiting = row(type="Refund", transferReference=None, paymentTransactionId="T2")
    server.answers(
        Reply(
            200, {"transactions": [paid, row(type="Transfer")], "nextPageToken": "a/b"}
        ),
        Reply(200, {"transactions": [waiting], "nextPageToken": None}),
    )
    first = datetime(2026, 3, 1, 8, 0, tzinfo=timezone.utc)
    found = reporting.movements(POINT, first, first.replace(hour=9))
    assert [one.type for one in found] == [
        TransactionType.PAYMENT,
        TransactionType.REFUND,
    ]
    period = "from=2026-03-01T08%3A00%3A00Z&to=2026-03-01T09%3A00%3A00Z"
    address = f"/base/api/merchant/v2/paymentpoints/{POINT}/transactions?{period}"
    assert [asked.path for asked in server.asked] == [
        address,
        f"{address}&pageToken=a%2Fb",
    ]


def test_v3_has_movements_too(server, reporting_v3):
    server.answers(Reply(200, {"transactions": [row_v3(transferReference=None)]}))
    first = datetime(2026, 3, 1, 8, 0, tzinfo=timezone.utc)
    [found] = reporting_v3.movements(POINT, first, first.replace(hour=9))
    assert found.amount == Decimal("-5.1")
    assert "startdate=2026-03-01T08%3A00%3A00Z" in server.last.path
    assert "enddate=2026-03-01T09%3A00%3A00Z" in server.last.path
    assert "transferid" not in server.last.path
