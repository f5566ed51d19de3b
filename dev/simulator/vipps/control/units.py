"""Sales units and their tokens by hand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify

from ...control.reading import body, change, merchant_or_404, needed, show
from ...core import simulator
from ..demo_data import make_unit
from ..parts import vipps
from ..records import SalesUnit
from .reading import unit_or_404

blueprint = Blueprint("vipps_units", __name__, url_prefix="/control/vipps")

FIELDS = {
    "name": str,
    "push_allowed": bool,
    "long_living_days": int,
    "partial_capture": bool,
    "capture_days": int,
    "guarantee_days": int,
    "enabled": bool,
    "bank_verified": bool,
    "refunds_allowed": bool,
    "client_secret": str,
    "primary_key": str,
    "secondary_key": str,
}


@blueprint.route("/units", methods=["GET", "POST"])
def units() -> Response:
    """List sales units with their keys, or add one: ``msn``, ``vat``, fields."""
    content = body()
    table = simulator().store.table(SalesUnit)
    if content:
        msn = str(needed(content, "msn"))
        merchant = merchant_or_404(needed(content, "vat"))
        if not msn.isdigit() or table.get(msn):
            abort(400, f"{msn} cannot be added")
        unit = make_unit(msn, merchant, merchant.name)
        fields = {k: v for k, v in content.items() if k not in ("msn", "vat")}
        _change(unit, fields)
    return jsonify([_show(unit) for unit in table.all()])


@blueprint.post("/units/<msn>")
def change_unit(msn: str) -> Response:
    """What it was approved for, its days and keys."""
    unit = unit_or_404(msn)
    _change(unit, body())
    return jsonify(_show(unit))


@blueprint.post("/tokens/revoke")
def revoke() -> Response:
    """End all access tokens (of one ``msn``): the next call of each is 401."""
    return jsonify(ended=vipps().tokens.revoke(body().get("msn")))


def _change(unit: SalesUnit, content: dict[str, Any]) -> None:
    for name, value in content.items():
        kind = FIELDS.get(name)
        if kind and type(value) is not kind:
            abort(400, f"{name} must be of type {kind.__name__}")
    change(unit, content, tuple(FIELDS))
    simulator().store.table(SalesUnit).put(unit)


def _show(unit: SalesUnit) -> dict[str, Any]:
    """With the keys: whoever starts a demo needs them."""
    keys = {"client_secret": unit.client_secret, "currency": unit.currency}
    return {**show(unit), **keys}
