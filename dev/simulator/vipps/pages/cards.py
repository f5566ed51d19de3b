"""What pages show of a payment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ...core import simulator
from ...money import money_text
from ..payments.receipts import adds_up
from ..records import CREATED, Payment, SalesUnit


def show_card(payment: Payment) -> dict[str, Any]:
    """A payment for a template."""
    unit = simulator().store.table(SalesUnit).one(payment.msn)
    values = payment.values
    links = values.get("merchantLegalLinks") or {}
    return {
        "payment": payment,
        "merchant": unit.name,
        "amount": _money(payment, payment.amount),
        "description": values.get("paymentDescription") or payment.reference,
        "lines": _lines(payment),
        "receipt_url": values.get("receiptUrl"),
        "terms": list(links.values()),
        "scope": (values.get("profile") or {}).get("scope"),
        "can_act": payment.state == CREATED and payment.pending_until is None,
    }


def _lines(payment: Payment) -> list[tuple[str, str]]:
    """The receipt's lines; none at all if they are not the payment's sum."""
    receipt = payment.values.get("receipt")
    if not receipt or not adds_up(receipt, payment.amount):
        return []
    return [
        (line["name"], _money(payment, line["totalAmount"]))
        for line in receipt["orderLines"]
    ]


def _money(payment: Payment, value: int) -> str:
    return money_text(Decimal(value) / 100, payment.currency)
