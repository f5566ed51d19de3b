"""Asking MobilePay whether it is paid, beside asking one after the other."""

from __future__ import annotations

from typing import Any

from stack import SimulatorServer

from . import simulated
from .goals import Figure
from .lab import Lab
from .timing import Run, timed

COUNT = 1000
LATENCY = 0.05


def figures(lab: Lab) -> list[Figure]:
    """One figure: what confirming adds to processing the same news confirmed."""
    count = lab.count(COUNT)
    with SimulatorServer() as simulator:
        books = lab.books("simulated:paid_there", count=count, url=simulator.url)
        asked, known = lab.runs(
            books, "confirm:process", "confirm:process_confirmed", url=simulator.url
        )
    one_by_one = count * LATENCY
    return [
        Figure(
            "confirming payments, 50 ms a call",
            "the calls one after the other",
            (asked.seconds - known.seconds) / one_by_one,
            round(1 / 6, 4),
            raw={
                "payments": count,
                "one after the other": one_by_one,
                "asked": vars(asked),
                "confirmed before": vars(known),
            },
        )
    ]


def process(env: Any, url: str) -> Run:
    """Process news that MobilePay has to confirm, each by a call."""
    simulated.control(url, "settings", latency_seconds=LATENCY)
    return _process(env)


def process_confirmed(env: Any, url: str) -> Run:
    """Process the same news, confirmed already: no call is made."""
    simulated.control(url, "settings", latency_seconds=0)
    # else they know no request, and no amount
    env["mobilepay.processor"]._assign()
    for event in env["mobilepay.event"].search([]):
        event.write(
            {
                "confirmed": True,
                "transaction_id": f"bench-{event.id}",
                "paid_on": "2026-05-05",
                "paid_amount": event.request_id.amount,
            }
        )
    return _process(env)


def _process(env: Any) -> Run:
    with timed(env) as run:
        env["mobilepay.processor"]._cron_process()
    requests = env["mobilepay.invoice"].search([])
    left = requests.filtered(lambda r: r.state != "paid" or not r.payment_id)
    if left:
        raise AssertionError(f"{len(left)} not booked: {left[0].error_text}")
    return run
