"""Reading control requests about what only the classic service has."""

from __future__ import annotations

from flask import abort

from ...control.reading import merchant_or_404
from ...core import simulator
from ..records import Issuer


def issuer_or_404(vat: str, issuer_id: str) -> Issuer:
    """The merchant's issuer with this id."""
    merchant = merchant_or_404(vat)
    issuer = simulator().store.table(Issuer).get(issuer_id)
    if issuer is None or issuer.merchant_id != merchant.id:
        abort(404, f"no issuer {issuer_id}")
    return issuer
