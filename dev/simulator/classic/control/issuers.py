"""What an issuer may be changed to."""

from __future__ import annotations

from typing import Any

from flask import abort

from ...bank import DAILY, INSTANT
from ...control.reading import change, read_amount
from ..records import INVOICED, KEPT, Issuer
from ..reporting.references import read_form

PLAIN = ("name", "status", "address", "city", "zip_code")
FIELDS = (*PLAIN, "transfer", "fees", "transaction_fee", "reference_form")
CHOICES = {"transfer": (DAILY, INSTANT), "fees": (KEPT, INVOICED)}


def change_issuer(issuer: Issuer, content: dict[str, Any]) -> None:
    """Set those of the issuer's fields that the request names, all or none."""
    checked = {name: _check(name, value) for name, value in content.items()}
    change(issuer, checked, FIELDS)


def _check(name: str, value: Any) -> Any:
    if name in CHOICES and value not in CHOICES[name]:
        abort(400, f"{name} must be one of {', '.join(CHOICES[name])}")
    if name == "transaction_fee":
        return _read_fee(value)
    if name == "reference_form" and value is not None:
        return _read_form(value)
    return value


def _read_fee(value: Any) -> Any:
    fee = read_amount("transaction_fee", value)
    if fee < 0:
        abort(400, "transaction_fee must not be negative")
    return fee


def _read_form(value: Any) -> str:
    try:
        return read_form(str(value))
    except ValueError as error:
        abort(400, f"reference_form: {error}")
