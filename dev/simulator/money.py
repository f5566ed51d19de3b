"""Amounts as people in Denmark, Finland and Norway read them."""

from __future__ import annotations

from decimal import Decimal

NARROW_SPACE = "\u202f"


def money_text(amount: Decimal, currency: str) -> str:
    """Format ``1234.5`` as ``1.234,50 kr.`` (euro: ``1 234,50 €``)."""
    whole, cents = f"{amount:,.2f}".split(".")
    if currency == "EUR":
        return f"{whole.replace(',', NARROW_SPACE)},{cents} €"
    if currency == "NOK":
        return f"{whole.replace(',', NARROW_SPACE)},{cents} kr"
    return f"{whole.replace(',', '.')},{cents} kr."
