"""People with the app by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, jsonify

from ..core import simulator
from ..demo_data import add_payer
from ..phones import country_of
from ..records import Payer
from .reading import body, change, needed, show

blueprint = Blueprint("payers", __name__, url_prefix="/control")

PAYER_FIELDS = ("name", "available", "can_pay", "amount_limit")


@blueprint.route("/payers", methods=["GET", "POST"])
def payers() -> Response:
    """List payers, or add or change one by ``phone``."""
    content = body()
    if content:
        phone = needed(content, "phone")
        if country_of(phone) is None:
            abort(400, f"{phone} is no number of a Nordic country (+45…, +358…)")
        _change_payer(phone, content)
    return jsonify([show(payer) for payer in simulator().payers.all()])


def _change_payer(phone: str, content: dict[str, Any]) -> Payer:
    payer = simulator().payers.get(phone)
    if payer is None:
        payer = add_payer(simulator(), phone, content.get("name", phone))
    changes = {name: value for name, value in content.items() if name != "phone"}
    if changes.get("amount_limit") is not None:
        changes["amount_limit"] = Decimal(str(changes["amount_limit"]))
    change(payer, changes, PAYER_FIELDS)
    return simulator().payers.put(payer)
