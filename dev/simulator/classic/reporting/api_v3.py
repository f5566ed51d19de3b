"""Reporting v3, as its machine-readable specification describes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from ...core import simulator
from ..answers import correlation_id
from ..errors import ApiError, GatewayError
from ..fields import read_guid
from ..gateway import current_merchant, guard
from ..parts import classic
from ..records import Issuer
from . import shapes
from .errors import bad_request, refusal
from .queries import check_timeout, read_count, read_days, read_moments
from .records import SCOPE, Movement

Row = TypeVar("Row")

blueprint = Blueprint("reporting_v3", __name__, url_prefix="/v3/reporting")
blueprint.before_request(guard(SCOPE, needs_app=False))
blueprint.before_request(check_timeout)

PAGE_SIZE, LARGEST_PAGE = 100, 1000


@blueprint.get("/paymentpoints")
def payment_points() -> Response:
    """The merchant's issuers."""
    found = simulator().store.table(Issuer).find(merchant_id=current_merchant().id)
    return _page("paymentPoints", found, shapes.point_v3)


@blueprint.get("/transactions")
def transactions() -> Response:
    """Movements by moment, transfer and payment point, those of transfers too."""
    start, end = read_moments("startdate", "enddate")
    rows = classic().ledger.of_merchant(current_merchant().id, start, end)
    point_id, transfer_id = _guid("paymentpointid"), _guid("transferid")
    if point_id:
        rows = [row for row in rows if row.issuer_id == point_id]
    if transfer_id:
        rows = [row for row in rows if _is_in(row, transfer_id)]
    return _page("transactions", _sorted(rows), shapes.movement_v3)


@blueprint.get("/transfers")
def transfers() -> Response:
    """Transfers by day, payment point and reference."""
    first, last = read_days("startdate", "enddate")
    rows = classic().transfers.between(current_merchant().id, first, last)
    point_id, reference = _guid("paymentpointid"), request.args.get("reference")
    if point_id:
        rows = [row for row in rows if row.issuer_id == point_id]
    if reference:
        rows = [row for row in rows if row.reference == reference]
    return _page("transfers", _sorted(rows), shapes.transfer_v3)


@blueprint.get("/transfers/<transfer_id>")
def transfer(transfer_id: str) -> Response:
    """One transfer."""
    found = classic().transfers.get(read_guid("transferid", transfer_id))
    if found is None or found.merchant_id != current_merchant().id:
        raise refusal(HTTPStatus.NOT_FOUND, "Transfer not found")
    return jsonify(shapes.transfer_v3(found))


@blueprint.errorhandler(ApiError)
def api_error(error: ApiError) -> Response:
    """An error in v3's own form."""
    return _error(error.status, error.error, error.text)


@blueprint.errorhandler(GatewayError)
def gateway_error(error: GatewayError) -> Response:
    """No token, or none for this."""
    return _error(error.status, error.message, error.more)


@blueprint.errorhandler(HTTPException)
def http_error(error: HTTPException) -> Response:
    """What the framework refuses."""
    return _error(error.code or 500, error.name, error.description or error.name)


def _error(status: int, code: str, message: str) -> Response:
    response = jsonify(
        code=code,
        message=message,
        correlationId=correlation_id(),
        origin="Reporting",
    )
    response.status_code = status
    return response


def _guid(name: str) -> str | None:
    text = request.args.get(name)
    return read_guid(name, text) if text else None


def _is_in(row: Movement, transfer_id: str) -> bool:
    found = classic().transfers.of_movement(row.id)
    return found is not None and found.id == transfer_id


def _sorted(rows: list[Row]) -> list[Row]:
    """Newest first, unless the request says otherwise."""
    direction = request.args.get("sortdirection") or "desc"
    if direction not in ("asc", "desc"):
        raise bad_request("sortdirection must be asc or desc")
    return rows if direction == "asc" else rows[::-1]


def _page(name: str, rows: Sequence[Row], shape: Callable[[Row], Any]) -> Response:
    size = read_count("pagesize", PAGE_SIZE, LARGEST_PAGE)
    number = read_count("pagenumber", 1)
    start, end = (number - 1) * size, number * size
    shown = [shape(row) for row in rows[start:end]]
    more = number + 1 if end < len(rows) else None
    return jsonify({"pageSize": size, "nextPageNumber": more, name: shown})
