"""Amounts as people in Denmark and Finland read them."""

from __future__ import annotations

from decimal import Decimal

NARROW_SPACE = "\u202f"


def money_text(amount: Decimal, currency: str) -> str:
    """Format ``1234.5`` as ``1.234,50 kr.`` or, in euro, ``1 234,50 €``."""
    whole, cents = f"{amount:,.2f}".split(".")
    if currency == "EUR":
        return f"{whole.replace(',', NARROW_SPACE)},{cents} €"
    return f"{whole.replace(',', '.')},{cents} kr."
