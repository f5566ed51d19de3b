"""Reporting v3, held against MobilePay's own specification."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_schema import REPORTING_V3, Specification
from simclient import FINNISH, Reporting, day

pytestmark = pytest.mark.usefixtures("noon")

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def specification() -> Specification:
    if not REPORTING_V3.exists():
        pytest.skip("../shared is absent: MobilePay's specification cannot be read")
    return Specification(REPORTING_V3)


V3_CASES: list[tuple[str, dict[str, Any], int]] = [
    ("paymentpoints", {}, 200),
    ("paymentpoints", {"pagesize": 2}, 200),
    ("paymentpoints", {"pagesize": 1001}, 400),
    ("transactions", {}, 200),
    ("transactions", {"startdate": "2020-01-01T00:00:00Z"}, 200),
    ("transactions", {"sortdirection": "asc"}, 200),
    ("transactions", {"startdate": "2020-01-01"}, 400),
    ("transactions", {"sortdirection": "up"}, 400),
    ("transactions", {"transferid": "x"}, 400),
    ("transfers", {}, 200),
    ("transfers", {"startdate": "2020-01-01", "enddate": "2100-01-01"}, 200),
    ("transfers", {"pagenumber": 0}, 400),
    ("transfers", {"startdate": "2020-01-01T00:00:00Z"}, 400),
    ("transfers", {"startdate": "2026-01-02", "enddate": "2026-01-01"}, 400),
]


@pytest.mark.parametrize(("name", "params", "status"), V3_CASES)
def test_v3_is_as_specified(
    simulator, reporting, specification, settled, name, params, status
):
    simulator.control(f"transfers/{settled['reference']}/return", {})
    response = reporting.get(f"{Reporting.V3}/{name}", **params)
    assert response.status_code == status, response.text
    specification.check(f"get {Reporting.V3}/{name}", response)


def test_v3_single_transfer(reporting, specification, settled):
    operation = f"get {Reporting.V3}/transfers/{{transferid}}"
    response = reporting.get(f"{Reporting.V3}/transfers/{settled['id']}")
    specification.check(operation, response)
    found = response.json()
    assert found["totalTransferredAmount"] == 110.75
    assert found["date"] == f"{day(0)}T00:00:00Z"
    assert reporting.get(f"{Reporting.V3}/transfers/{NOBODY}").status_code == 404
    response = reporting.get(f"{Reporting.V3}/transfers/x")
    specification.check(operation, response)
    stranger = Reporting(reporting.simulator, FINNISH)
    response = stranger.get(f"{Reporting.V3}/transfers/{settled['id']}")
    assert response.status_code == 404


def test_v3_errors_have_a_form_of_their_own(reporting):
    reporting.headers["Authorization"] = "Bearer nonsense"
    response = reporting.get(f"{Reporting.V3}/transfers")
    assert response.status_code == 401
    assert set(response.json()) == {"code", "message", "correlationId", "origin"}


def test_v3_names_no_invoice(reporting, settled):
    rows = reporting.read(f"{Reporting.V3}/transactions")["transactions"]
    assert len(rows) == 4
    assert {row["merchantReference"] for row in rows} == {None}
    assert {row["paymentId"] for row in rows} == {None}
    assert {row["transferReference"] for row in rows} == {settled["reference"]}
    assert sum(row["amount"] for row in rows) == 0


def test_v3_filters(simulator, reporting, point, add, settled):
    add(5)
    path = f"{Reporting.V3}/transactions"

    def amounts(**params: Any) -> list[float]:
        found = reporting.read(path, sortdirection="asc", **params)["transactions"]
        return [row["amount"] for row in found]

    moved = [150, -30, -9.25, -110.75]
    assert sorted(amounts()) == sorted([*moved, 5])
    assert sorted(amounts(transferid=settled["id"])) == sorted(moved)
    assert amounts(transferid=NOBODY) == []
    assert len(amounts(paymentpointid=point)) == 5
    assert amounts(paymentpointid=NOBODY) == []
    path = f"{Reporting.V3}/transfers"
    for params, count in (
        ({"reference": settled["reference"]}, 1),
        ({"reference": "1"}, 0),
        ({"startdate": day(0), "enddate": day(0)}, 1),
        ({"startdate": day(1)}, 0),
        ({"enddate": day(-1)}, 0),
    ):
        assert len(reporting.read(path, **params)["transfers"]) == count


def test_v3_pages(reporting, add):
    for amount in range(1, 6):
        add(amount)
    path, number, found = f"{Reporting.V3}/transactions", 1, []
    while number:
        answer = reporting.read(path, pagesize=2, pagenumber=number)
        assert answer["pageSize"] == 2
        found += [row["amount"] for row in answer["transactions"]]
        number = answer["nextPageNumber"]
    assert sorted(found) == [1, 2, 3, 4, 5]
    assert reporting.read(path, pagenumber=9)["transactions"] == []
