"""Reading control requests about what only this service has."""

from __future__ import annotations

from typing import Any

from flask import abort

from ...core import simulator
from ..parts import vipps
from ..records import Payment, SalesUnit


def unit_or_404(msn: str) -> SalesUnit:
    """The sales unit with this number."""
    unit = simulator().store.table(SalesUnit).get(msn)
    if unit is None:
        abort(404, f"no sales unit {msn}")
    return unit


def payment_or_404(reference: str, content: dict[str, Any]) -> Payment:
    """By reference (or our own id); ``msn`` if two sales units have that one."""
    msn = content.get("msn")
    found = [
        row
        for row in vipps().payments.all()
        if reference in (row.reference, row.id) and msn in (None, row.msn)
    ]
    if not found:
        abort(404, f"no payment {reference}")
    if len(found) > 1:
        abort(409, f"several sales units have a payment {reference}: name the msn")
    return found[0]
