"""Matching bank lines, beside making them; few open payments, and many."""

from __future__ import annotations

from typing import Any

from .goals import Figure
from .lab import Lab
from .money import bank_values
from .timing import Run, timed

LINES = 1000
OPEN = 2000
TIMES = 100


def books(lab: Lab) -> list[str]:
    """Few open payments in them, and a hundred times as many."""
    few = lab.books("money:payments", count=lab.count(OPEN), method="instant")
    return [few, lab.books("multiply:books", source=few, times=lab.count(TIMES))]


def figures(lab: Lab) -> list[Figure]:
    """Two figures: against making the lines, and with a hundred times the books."""
    lines, few, times = map(lab.count, (LINES, OPEN, TIMES))
    small, large = books(lab)
    matched, made, grown = lab.compare(
        [(small, "bank:match"), (small, "bank:create"), (large, "bank:match")],
        count=lines,
    )
    raw = {
        "lines": lines,
        "open": [few, few * times],
        "matched": vars(matched),
        "made": vars(made),
        "grown": vars(grown),
    }
    return [
        Figure(
            "bank matching",
            "creating the same lines",
            matched.seconds / made.seconds,
            0.8,
            raw=raw,
        ),
        Figure(
            f"bank matching, {few * times:,} open payments",
            f"{few:,} open payments",
            grown.seconds / matched.seconds,
            1.3,
            raw=raw,
        ),
    ]


def create(env: Any, count: int) -> Run:
    """Create the lines as an import does; nothing is matched."""
    values = _values(env, count)
    with timed(env) as run:
        env["account.bank.statement.line"].create(values)
    return run


def match(env: Any, count: int) -> Run:
    """Match as many new lines as the cron does."""
    values = _values(env, count)
    lines = env["account.bank.statement.line"].create(values)
    with timed(env) as run:
        env["mobilepay.matcher"]._cron_match()
    left = lines.filtered(lambda line: not line.is_reconciled)
    if left:
        raise AssertionError(f"{len(left)} left: {left[0].mobilepay_note}")
    return run


def _values(env: Any, count: int) -> list[dict[str, Any]]:
    """Lines of payments that are spread over the whole of the books."""
    paid = env["mobilepay.invoice"].search([("state", "=", "paid")], order="id")
    chosen = paid[:: len(paid) // count][:count]
    return [
        bank_values(env, request.payment_reference, request.paid_amount, "2026-05-06")
        for request in chosen
    ]
