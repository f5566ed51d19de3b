"""Transaction reporting v1, v2 and v3 (contract, section 9)."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import date, datetime
from typing import Any

import pytest
import requests
from inprocess import MINUTE, ONE_DAY, World
from simclient import (
    DANISH,
    FINNISH,
    PATIENCE,
    MerchantClient,
    Reporting,
    day,
)

pytestmark = pytest.mark.usefixtures("noon")

NOBODY = "00000000-0000-0000-0000-000000000000"
BY_MERCHANT = Reporting.V2 + "/paymentpoints/transfers"


def of_point(point: str, rest: str, version: int = 2) -> str:
    base = Reporting.V1 if version == 1 else Reporting.V2
    return f"{base}/paymentpoints/{point}/{rest}"


# v1 and v2


def test_payment_points(simulator, reporting, point):
    found = reporting.read(f"{Reporting.V1}/paymentpoints")
    merchant = MerchantClient(simulator)
    assert found["merchantId"] == merchant.id
    assert found["merchantName"] == "Havnens Cykler ApS"
    points = {row["paymentPointId"] for row in found["paymentPoints"]}
    assert points == set(merchant.issuers.values())
    simulator.settings(reporting_guids="upper")
    found = reporting.read(f"{Reporting.V1}/paymentpoints")
    points = {row["paymentPointId"] for row in found["paymentPoints"]}
    assert point.upper() in points and point not in points
    path = of_point(point.upper(), "transfer-references", 1)
    assert reporting.read(path, from_=day(0), to=day(0)) == {"transferReferences": []}


def test_transfer_references(reporting, point, settled):
    path = of_point(point, "transfer-references", 1)
    (found,) = reporting.read(path, from_=day(0), to=day(0))["transferReferences"]
    assert found == {
        "transferReference": settled["reference"],
        "transferReferenceDate": day(0),
        "totalTransferredAmount": 110.75,
        "currencyCode": "DKK",
    }
    for first, last in ((-5, -1), (1, 5)):
        found = reporting.read(path, from_=day(first), to=day(last))
        assert found["transferReferences"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"from": "2026-01-01"},
        {"to": "2026-01-01"},
        {"from": "2026-01-02", "to": "2026-01-01"},
        {"from": "2026-02-30", "to": "2026-03-01"},
        {"from": "01-01-2026", "to": "2026-03-01"},
        {"from": "2026-01-01T00:00:00Z", "to": "2026-03-01"},
    ],
)
def test_wrong_days(reporting, point, asked):
    for path in (
        of_point(point, "transfer-references", 1),
        BY_MERCHANT,
    ):
        response = reporting.get(path, **asked)
        assert response.status_code == 400
        body = response.json()
        assert body["error"] == "InputError"
        assert body["correlation_id"] == response.headers["CorrelationId"]


def test_transfer_in_v2(reporting, point, settled):
    reference = settled["reference"]
    found = reporting.read(of_point(point, f"transfers/{reference}"))
    rows = found.pop("transactions")
    assert found.pop("receiverAccount").startswith("DK")
    assert found == {
        "companyRegNo": "12345678",
        "merchantName": "Havnens Cykler ApS",
        "paymentPointId": point,
        "paymentPointName": "Havnens Cykler ApS (Daily)",
        "transferReference": reference,
        "transferReferenceDate": day(0),
        "nextPageToken": None,
    }
    shown = [(row["type"], row["amount"], row["merchantReference"]) for row in rows]
    assert shown == [
        ("Payment", 150, "F17"),
        ("Refund", -30, "F17"),
        ("ServiceFee", -9.25, None),
    ]
    assert rows[0]["message"] == "Thanks" and rows[0]["userIndicator"] is None
    assert len({row["paymentTransactionId"] for row in rows}) == 3


def test_transfer_in_v1(reporting, point, settled):
    path = of_point(point, f"transfers/{settled['reference']}", 1)
    found = reporting.read(path)
    assert found["merchantId"] == "12345678" and "companyRegNo" not in found
    row = found["transactions"][0]
    assert (row["externalTransactionId"], row["senderComment"]) == ("F17", "Thanks")
    assert "merchantReference" not in row


def test_payment_carries_the_invoices_reference_and_transaction(simulator, reporting):
    merchant = MerchantClient(simulator)
    numbers = {"InvoiceNumber": "F1", "PaymentReference": "pay/1"}
    for changes in (numbers, {**numbers, "PaymentReference": None}):
        invoice = merchant.create(**changes)
        simulator.control(f"invoices/{invoice}/accept", {})
    transaction = merchant.details(invoice)["PaymentTransactionId"]
    path = of_point(merchant.issuers["Daily"], "transactions")
    rows = reporting.read(path)["transactions"]
    assert [row["merchantReference"] for row in rows] == ["pay/1", "F1"]
    assert rows[1]["paymentTransactionId"] == transaction


def test_transactions_by_moment(simulator, reporting, point, add):
    path = of_point(point, "transactions")
    add(1)
    (row,) = reporting.read(path)["transactions"]
    assert row["transferReference"] is row["transferReferenceDate"] is None
    (made,) = simulator.control("settle", {})["transfers"]
    moment = row["timestamp"]
    datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")
    (row,) = reporting.read(path, from_=moment, to=moment)["transactions"]
    assert row["transferReference"] == made["reference"]
    assert row["transferReferenceDate"] == day(0)
    later = {"from": "2100-01-01T00:00:00+00:00"}
    assert reporting.read(path, **later)["transactions"] == []
    simulator.settings(reporting_timestamps="milliseconds")
    (row,) = reporting.read(path)["transactions"]
    assert row["timestamp"] == moment.replace("Z", ".000Z")
    assert len(row["timestamp"]) == 24


@pytest.mark.parametrize(
    "moment",
    ["2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00 00:00", "now"],
)
def test_wrong_moments(reporting, point, moment):
    response = reporting.get(of_point(point, "transactions"), from_=moment)
    assert response.status_code == 400


def test_by_merchant_adds_up_to_zero(simulator, reporting, settled):
    merchant = MerchantClient(simulator)
    for issuer in ("Instant", "Daily"):
        path = f"merchants/{DANISH}/issuers/{merchant.issuers[issuer]}"
        simulator.control(path, {"fees": "kept"})
        invoice = merchant.create(InvoiceIssuer=merchant.issuers[issuer])
        simulator.control(f"invoices/{invoice}/accept", {})
    simulator.control("settle", {})
    sums: dict[str, float] = defaultdict(float)
    asked = {"from": day(0), "to": day(0)}
    (rows,) = reporting.pages(BY_MERCHANT, **asked)
    (same,) = reporting.pages(BY_MERCHANT.replace("/api", ""), **asked)
    assert rows == same
    for row in rows:
        sums[row["transferReference"]] += row["amount"]
        assert {"paymentPointId", "receiverAccount", "companyRegNo"} < set(row)
    assert len(sums) == 3 and set(sums.values()) == {0}
    transfers = [row for row in rows if row["type"] == "Transfer"]
    assert [row["amount"] for row in transfers] == [-110.75, -359.5, -359.5]


def test_what_is_not_there_or_not_theirs(simulator, reporting, settled):
    finnish = MerchantClient(simulator, FINNISH).issuers["Daily"]
    reference = settled["reference"]
    danes = MerchantClient(simulator).issuers
    for point, status in (
        ("no-guid", 400),
        (NOBODY, 404),
        (finnish, 403),
        (danes["Instant"], 404),
    ):
        path = of_point(point, f"transfers/{reference}")
        assert reporting.get(path).status_code == status, point
    response = reporting.get(of_point(danes["Daily"], "transfers/0000"))
    assert response.status_code == 404
    assert reporting.get("/transaction-reporting/nothing").status_code == 404


# pages


def test_pages_and_their_tokens(simulator, reporting, point, add):
    for amount in range(1, 8):
        add(amount)
    simulator.control("settle", {})
    simulator.settings(reporting_page_size=3, reporting_last_token="absent")
    path = of_point(point, "transactions")
    pages = reporting.pages(path)
    assert [[row["amount"] for row in page] for page in pages] == [
        [1, 2, 3],
        [4, 5, 6],
        [7],
    ]
    token = reporting.read(path)["nextPageToken"]
    assert {"/", "+", "="} <= set(token)
    second = reporting.read(path, pageToken=token)
    last = reporting.read(path, pageToken=second["nextPageToken"])
    assert "nextPageToken" not in last
    plain = requests.get(
        f"{simulator.url}{path}?pageToken={token}",
        headers=reporting.headers,
        timeout=PATIENCE,
    )
    assert plain.status_code == 400
    merchant = {"from": day(0), "to": day(0)}
    pages = reporting.pages(BY_MERCHANT, **merchant)
    assert [len(page) for page in pages] == [3, 3, 2]


def test_wrong_tokens(simulator, reporting, point, add):
    for amount in range(1, 5):
        add(amount)
    simulator.settings(reporting_page_size=2)
    path = of_point(point, "transactions")
    token = reporting.read(path)["nextPageToken"]
    moment = {"from": "2020-01-01T00:00:00Z"}
    for wrong in ("x", token[:-4], token.lower(), "AAAA" + token[4:], "å"):
        assert reporting.get(path, pageToken=wrong).status_code == 400, wrong
    assert reporting.get(path, **moment, pageToken=token).status_code == 400
    assert reporting.get(path, pageToken=token).status_code == 200


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_page_that_is_just_full(simulator, reporting, point, add, count):
    for amount in range(1, count + 1):
        add(amount)
    simulator.settings(reporting_page_size=2)
    pages = reporting.pages(of_point(point, "transactions"))
    assert [len(page) for page in pages] == [[1], [2], [2, 1], [2, 2]][count - 1]


def test_too_many_results(simulator, reporting, point, add):
    add(1)
    add(2)
    simulator.settings(reporting_result_limit=1)
    response = reporting.get(of_point(point, "transactions"))
    assert response.status_code == 400 and "too many" in response.text


# who may, and when


def test_key_and_token_and_scope(simulator, reporting):
    path = f"{Reporting.V1}/paymentpoints"
    for scope, status in (("transactionreporting", 200), ("invoice", 403)):
        asked = {"scope": f"openid {scope}"}
        token = simulator.control("tokens", asked)["access_token"]
        caller = Reporting(simulator)
        caller.headers["Authorization"] = f"Bearer {token}"
        assert caller.get(path).status_code == status
        assert caller.get(f"{Reporting.V3}/transfers").status_code == status
    key = reporting.headers["Authorization"].split()[1]
    url = f"{simulator.url}/invoice-restapi/api/v1/merchants/me"
    response = requests.get(url, headers=reporting.headers, timeout=PATIENCE)
    assert response.status_code == 403
    assert reporting.get(path).status_code == 200
    url = f"{simulator.url}/control/merchants/{DANISH}/reporting-key"
    requests.delete(url, timeout=PATIENCE)
    assert reporting.get(path).status_code == 401
    assert key not in str(simulator.state())


def test_key_lives_five_years(simulator, reporting):
    path = f"{Reporting.V1}/paymentpoints"
    simulator.advance(days=5 * 365)
    assert reporting.get(path).status_code == 200
    simulator.advance(days=3)
    assert reporting.get(path).status_code == 401


def test_gateway_headers_are_for_v1_and_v2(reporting):
    del reporting.headers["x-ibm-client-secret"]
    assert reporting.get(f"{Reporting.V1}/paymentpoints").status_code == 401
    assert reporting.get(f"{Reporting.V3}/paymentpoints").status_code == 200


def test_412_then_200(simulator, reporting, point, settled):
    path = of_point(point, f"transfers/{settled['reference']}")
    simulator.settings(reporting_prepare_seconds=600)
    assert reporting.get(path).status_code == 412
    references = of_point(point, "transfer-references", 1)
    found = reporting.read(references, from_=day(0), to=day(0))
    assert len(found["transferReferences"]) == 1
    simulator.advance(minutes=11)
    assert reporting.get(path).status_code == 200


def test_408_counts_down(simulator, reporting):
    simulator.settings(reporting_timeouts=2)
    paths = [f"{Reporting.V1}/paymentpoints", f"{Reporting.V3}/paymentpoints"]
    found = [reporting.get(path).status_code for path in paths * 2]
    assert found == [408, 408, 200, 200]
    assert simulator.control("settings")["reporting_timeouts"] == 0


def test_csv_alone_is_not_served(reporting):
    path = f"{Reporting.V1}/paymentpoints"
    for accept, status in (
        ("text/csv", 415),
        ("text/csv, application/json", 200),
        ("*/*", 200),
    ):
        reporting.headers["Accept"] = accept
        assert reporting.get(path).status_code == status


# much


def test_5000_payments_are_served_page_by_page():
    first = date(2026, 2, 2)
    world = World(first)
    start = world.local(first)
    for number in range(5000):
        world.add(number + 1, start + number * MINUTE / 4)
    world.go(first + ONE_DAY, 12)
    (transfer,) = world.transfers()
    assert transfer.total == 5000 * 5001 // 2
    client, sums = Caller(world), []
    point = world.issuer.id
    days = {"from": first, "to": first + ONE_DAY}
    for path, asked in (
        (of_point(point, f"transfers/{transfer.reference}"), {}),
        (of_point(point, f"transfers/{transfer.reference}", 1), {}),
        (of_point(point, "transactions"), {}),
        (BY_MERCHANT, days),
    ):
        pages = client.pages(path, **asked)
        sums.append(sum(row["amount"] for page in pages for row in page))
        assert len(pages) == 5 + (path == BY_MERCHANT)
    assert sums == [transfer.total] * 3 + [0]
    started = time.monotonic()
    for _ in range(100):
        world.classic.nights.run(world.simulator.clock.now())
    assert time.monotonic() - started < 0.5


class Caller(Reporting):
    """Calls an application in this process; no call may take long."""

    def __init__(self, world: World) -> None:
        self.client = world.client()
        merchant = world.simulator.merchant_by_vat(world.vat)
        key = world.classic.reporting_keys.make(merchant)
        self.headers = {
            "Authorization": f"Bearer {key.token}",
            "x-ibm-client-id": "demo-ibm-id",
            "x-ibm-client-secret": "demo-ibm-secret",
        }

    def read(self, path: str, **params: Any) -> dict[str, Any]:
        started = time.monotonic()
        response = self.client.get(path, query_string=params, headers=self.headers)
        assert time.monotonic() - started < 0.5
        assert response.status_code == 200, response.text
        return response.get_json()


def test_moments_are_utc():
    world, first = World(date(2026, 7, 1)), date(2026, 7, 1)
    world.add(1, world.local(first, 0, 30))
    found = Caller(world).read(of_point(world.issuer.id, "transactions"))
    assert found["transactions"][0]["timestamp"] == "2026-06-30T22:30:00Z"
