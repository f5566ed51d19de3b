"""Transaction reporting v1 and v2, for the merchant of the token."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from ...core import simulator
from ...records import Merchant
from ..fields import read_guid
from ..gateway import guard
from ..parts import classic
from ..records import Issuer
from . import shapes
from .errors import refusal
from .paging import page
from .queries import check_timeout, read_moments, read_needed_days
from .records import SCOPE, Movement, Transfer

blueprint = Blueprint("reporting", __name__, url_prefix="/transaction-reporting")
blueprint.before_request(guard(SCOPE))
blueprint.before_request(check_timeout)

POINT = "/api/merchant/<any(v1, v2):version>/paymentpoints/<point_id>"
POINT_V1 = "/api/merchant/v1/paymentpoints/<point_id>"
POINT_V2 = "/api/merchant/v2/paymentpoints/<point_id>"


@blueprint.before_request
def check_accept() -> None:
    """JSON is all that there is here."""
    if request.headers.get("Accept") and not request.accept_mimetypes.accept_json:
        text = "Only application/json is supported"
        raise refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text)


@blueprint.get("/api/merchant/v1/paymentpoints")
def payment_points() -> Response:
    """The merchant's issuers; only here is ``merchantId`` a GUID."""
    merchant = _merchant()
    points = [
        {
            "paymentPointId": shapes.guid_text(issuer.id),
            "paymentPointName": issuer.name,
        }
        for issuer in simulator().store.table(Issuer).find(merchant_id=merchant.id)
    ]
    return jsonify(
        merchantId=shapes.guid_text(merchant.id),
        merchantName=merchant.name,
        paymentPoints=points,
    )


@blueprint.get(f"{POINT_V1}/transfer-references")
def transfer_references(point_id: str) -> Response:
    """The transfers of some days, both included."""
    issuer = _point(point_id)
    first, last = read_needed_days()
    found = classic().transfers.between(issuer.merchant_id, first, last)
    lines = [
        shapes.transfer_reference(transfer)
        for transfer in found
        if transfer.issuer_id == issuer.id
    ]
    return jsonify(transferReferences=lines)


@blueprint.get(f"{POINT}/transfers/<reference>")
def transfer(version: str, point_id: str, reference: str) -> Response:
    """What a transfer is the net of, page by page."""
    issuer, merchant = _point(point_id), _merchant()
    found = _transfer(issuer, reference)
    number = int(version[1])
    shape = shapes.movement_v1 if number == 1 else shapes.movement_v2
    rows, more = page(classic().transfers.movements(found))
    return jsonify(
        **shapes.point_head(merchant, issuer, number),
        **shapes.reference_fields(found),
        **shapes.account_field(merchant, issuer),
        transactions=[shape(row) for row in rows],
        **more,
    )


@blueprint.get(f"{POINT_V2}/transactions")
def transactions(point_id: str) -> Response:
    """What happened between two moments, transferred or not."""
    issuer, merchant = _point(point_id), _merchant()
    start, end = read_moments("from", "to")
    rows, more = page(classic().ledger.of_issuer(issuer.id, start, end))
    return jsonify(
        **shapes.point_head(merchant, issuer, 2),
        **shapes.account_field(merchant, issuer),
        transactions=[_with_reference(row) for row in rows],
        **more,
    )


@blueprint.get("/api/merchant/v2/paymentpoints/transfers")
@blueprint.get("/merchant/v2/paymentpoints/transfers")
def transferred_by_merchant() -> Response:
    """All that was transferred on some days, each transfer's own row included."""
    merchant, book = _merchant(), classic().transfers
    first, last = read_needed_days()
    found = [
        row
        for transfer in book.between(merchant.id, first, last)
        for row in (*book.movements(transfer), book.row(transfer))
    ]
    rows, more = page(found)
    lines = [_by_merchant(merchant, row) for row in rows]
    return jsonify(transactions=lines, **more)


def _merchant() -> Merchant:
    merchant = simulator().merchants.get(g.token.merchant_id)
    if merchant is None:
        raise refusal(HTTPStatus.CONFLICT, "Merchant not found")
    return merchant


def _point(point_id: str) -> Issuer:
    """The merchant's payment point; 403 for another merchant's."""
    guid = read_guid("paymentPointId", point_id)
    issuer = simulator().store.table(Issuer).get(guid)
    if issuer is None:
        raise refusal(HTTPStatus.NOT_FOUND, "Payment point not found")
    if issuer.merchant_id != _merchant().id:
        raise refusal(HTTPStatus.FORBIDDEN, "Not authorized for this payment point")
    return issuer


def _transfer(issuer: Issuer, reference: str) -> Transfer:
    """The issuer's transfer; 412 while its report is being prepared."""
    found = classic().transfers.by_reference(issuer, reference)
    if found is None:
        raise refusal(HTTPStatus.NOT_FOUND, "Transfer not found")
    wait = timedelta(seconds=classic().settings.reporting_prepare_seconds)
    if simulator().clock.now() < found.made_at + wait:
        text = "The transfer is being processed and will be available later"
        raise refusal(HTTPStatus.PRECONDITION_FAILED, text)
    return found


def _with_reference(row: Movement) -> dict[str, Any]:
    transfer = classic().transfers.of_movement(row.id)
    return {**shapes.movement_v2(row), **shapes.reference_fields(transfer)}


def _by_merchant(merchant: Merchant, row: Movement) -> dict[str, Any]:
    issuer = simulator().store.table(Issuer).one(row.issuer_id)
    return {
        **shapes.point_head(merchant, issuer, 2),
        **shapes.account_field(merchant, issuer),
        **_with_reference(row),
    }
