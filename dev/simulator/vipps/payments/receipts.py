"""The ``receipt`` of a payment (contract, section 4)."""

from __future__ import annotations

import re
from typing import Any

from ...records import CURRENCIES
from ..errors import WrongField

QUANTITY = re.compile(r"\d+([.]\d{1,8})?")
UNITS = ("PCS", "KG", "KM", "MINUTE", "LITRE", "KWH")
LINE_AMOUNTS = ("totalAmount", "totalAmountExcludingTax", "totalTaxAmount")
BARCODES = ("EAN-13", "CODE 39", "CODE 128")
LARGEST = 2**31


def check_receipt(name: str, receipt: Any) -> None:
    """WrongField unless it has lines and a bottom line as the contract has them.

    That the lines add up to the payment is not checked: see :func:`adds_up`.
    """
    _check_object(name, receipt)
    lines = receipt.get("orderLines")
    if not isinstance(lines, list) or not lines:
        raise WrongField(f"{name}.orderLines", "At least one line is required")
    for place, line in enumerate(lines):
        _check_line(f"{name}.orderLines[{place}]", line)
    _check_bottom(f"{name}.bottomLine", receipt.get("bottomLine"))


def adds_up(receipt: dict[str, Any], amount: int) -> bool:
    """Do the lines sum to the payment? If not, the app shows none of them."""
    return sum(map(_counted, receipt["orderLines"])) == amount


def _counted(line: dict[str, Any]) -> int:
    total = int(line["totalAmount"])
    return -total if line.get("isReturn") else total


def _check_line(name: str, line: Any) -> None:
    _check_object(name, line)
    for field in ("name", "id"):
        if not isinstance(line.get(field), str) or not line[field]:
            raise WrongField(f"{name}.{field}", "A text is required")
    for field in LINE_AMOUNTS:
        check_whole(f"{name}.{field}", line.get(field), 0, LARGEST)
    if line.get("taxRate") is None and line.get("taxPercentage") is None:
        raise WrongField(f"{name}.taxRate", "taxRate is required")
    if line.get("taxRate") is not None:
        check_whole(f"{name}.taxRate", line["taxRate"], 0, 10000)
    if line.get("taxPercentage") is not None:
        check_whole(f"{name}.taxPercentage", line["taxPercentage"], 0, 100)
    if line.get("discount") is not None:
        check_whole(f"{name}.discount", line["discount"], 0, LARGEST)
    if line.get("unitInfo") is not None:
        _check_unit(f"{name}.unitInfo", line["unitInfo"])


def _check_unit(name: str, unit: Any) -> None:
    _check_object(name, unit)
    check_whole(f"{name}.unitPrice", unit.get("unitPrice"), 0, LARGEST)
    quantity = unit.get("quantity")
    is_text = isinstance(quantity, str) and len(quantity) <= 10
    if not is_text or not QUANTITY.fullmatch(quantity):
        raise WrongField(f"{name}.quantity", f"Must match {QUANTITY.pattern}")
    if unit.get("quantityUnit") not in (None, *UNITS):
        raise WrongField(f"{name}.quantityUnit", f"One of {', '.join(UNITS)}")


def _check_bottom(name: str, bottom: Any) -> None:
    _check_object(name, bottom)
    if bottom.get("currency") not in CURRENCIES.values():
        raise WrongField(f"{name}.currency", "NOK, DKK or EUR is required")
    barcode = bottom.get("barcode")
    if barcode is None:
        return
    _check_object(f"{name}.barcode", barcode)
    if barcode.get("format") not in BARCODES:
        raise WrongField(f"{name}.barcode.format", f"One of {', '.join(BARCODES)}")


def check_whole(name: str, value: Any, least: int, most: int) -> None:
    """WrongField unless it is a whole number within these bounds."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not least <= value <= most:
        raise WrongField(name, f"A whole number from {least} to {most} is required")


def _check_object(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise WrongField(name, "An object is required")
