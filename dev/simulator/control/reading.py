"""Reading control requests and showing records."""

from __future__ import annotations

import dataclasses
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import abort, request

from ..core import simulator
from ..records import Merchant

#: How the addresses begin; nothing there is ever disturbed.
CONTROL = "/control/"
HIDDEN = ("callback_secret", "client_secret")
CENT = Decimal("0.01")


def body() -> dict[str, Any]:
    """The request's JSON object; nothing sent is an empty one."""
    if not request.get_data():
        return {}
    content = request.get_json(force=True)
    if not isinstance(content, dict):
        abort(400, "The body must be a JSON object")
    return content


def show(record: Any) -> dict[str, Any]:
    """A record as JSON, without its secrets."""
    fields = dataclasses.asdict(record)
    return {name: value for name, value in fields.items() if name not in HIDDEN}


def needed(content: dict[str, Any], name: str) -> Any:
    """A field that must be there."""
    if name not in content:
        abort(400, f"{name} is required")
    return content[name]


def change(record: Any, content: dict[str, Any], names: tuple[str, ...]) -> None:
    """Set those of the record's fields that the request names."""
    unknown = set(content) - set(names)
    if unknown:
        abort(400, f"unknown: {', '.join(sorted(unknown))}")
    for name, value in content.items():
        setattr(record, name, value)


def merchant_or_404(vat: str) -> Merchant:
    """The merchant with this VAT number."""
    merchant = simulator().merchant_by_vat(vat)
    if merchant is None:
        abort(404, f"no merchant {vat}")
    return merchant


def read_amount(name: str, value: Any) -> Decimal:
    """An amount, as a number or a string, with at most two decimals."""
    try:
        amount = Decimal(str(value))
        is_exact = amount == amount.quantize(CENT)
    except InvalidOperation:
        is_exact = False
    if isinstance(value, bool) or not is_exact:
        abort(400, f"{name} must be an amount with at most two decimals")
    return amount
