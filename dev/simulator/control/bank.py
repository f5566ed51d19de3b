"""``GET /control/bank/<vat>``: the bank statement of the merchant's transfers."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from ..bank import DAILY, INSTANT, STYLES, Account, Asked, camt, lines_of, show
from ..core import simulator
from .reading import merchant_or_404, read_amount

blueprint = Blueprint("bank", __name__, url_prefix="/control")

CHOICES = {
    "format": ("camt", "json"),
    "style": tuple(STYLES),
    "transfer": ("", DAILY, INSTANT),
}


@blueprint.get("/bank/<vat>")
def statement(vat: str) -> Response:
    """``from``, ``to``, ``transfer``, ``issuer``, ``style``, ``format``.

    For camt also ``account`` (the IBAN to write) and ``opening`` (a balance).
    """
    merchant = merchant_or_404(vat)
    first, last = _day("from"), _day("to")
    if first and last and first > last:
        abort(400, "from must not be after to")
    asked = Asked(
        merchant=merchant,
        first=first,
        last=last,
        kind=_choice("transfer") or None,
        issuer_id=request.args.get("issuer"),
        style=_choice("style"),
    )
    lines = lines_of(simulator().payouts(asked), asked)
    if _choice("format") == "json":
        return jsonify(lines=[show(line) for line in lines])
    opening = read_amount("opening", request.args.get("opening", "0"))
    account = Account(_iban(), merchant.currency, opening)
    content = camt(lines, account, asked, simulator().clock.now())
    return Response(content, mimetype="application/xml")


def _day(name: str) -> date | None:
    text = request.args.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        abort(400, f"{name} must be a date (YYYY-MM-DD)")


def _choice(name: str) -> Any:
    value = request.args.get(name, CHOICES[name][0])
    if value not in CHOICES[name]:
        abort(400, f"{name} must be one of {', '.join(filter(None, CHOICES[name]))}")
    return value


def _iban() -> str:
    account = "".join(request.args.get("account", "").split())
    if not account.isalnum():
        abort(400, "account is required: the IBAN to write in the statement")
    return account
