"""What the batch wizard says before anything leaves, beside the wizard alone."""

from __future__ import annotations

from typing import Any

from .goals import Figure
from .lab import Lab
from .timing import Run, timed

COUNT = 2000
TIMES = 3
# below Odoo's prefetch of a thousand records: there the counts must be the same
FEW = 400
SHOWN: dict[str, Any] = {"summary_data": {}, "alerts": {}}


def books(lab: Lab) -> list[str]:
    """Invoices that are not sent, with the addon and without it."""
    count = lab.count(COUNT)
    return [
        lab.books("books:invoices", count=count, method="mobilepay"),
        lab.books("books:invoices", addon=False, count=count, method="manual"),
    ]


def figures(lab: Lab) -> list[Figure]:
    """Two figures: the time of opening the wizard, and its queries."""
    count, few = lab.count(COUNT), lab.count(FEW)
    ours, stock = books(lab)
    pairs = [(ours, "preflight:show"), (stock, "preflight:show")]
    with_addon, without = lab.compare(pairs, times=TIMES, count=count)
    with lab.ring(ours, stock) as ring:
        found = {
            number: [run.queries for run in ring.each("preflight:show", count=number)]
            for number in (few, 2 * few)
        }
    added = {number: mine - theirs for number, (mine, theirs) in found.items()}
    raw = {
        "invoices": count,
        "ours": vars(with_addon),
        "stock": vars(without),
        "queries": found,
    }
    return [
        Figure(
            "pre-flight alerts",
            "the wizard without the addon",
            with_addon.seconds / without.seconds,
            1.2,
            raw=raw,
        ),
        Figure(
            f"pre-flight alerts, {2 * few} invoices for {few}",
            "more queries of the addon",
            added[2 * few] - added[few],
            0,
            unit="queries",
            raw=raw,
        ),
    ]


def show(env: Any, count: int) -> Run:
    """Open the wizard on some invoices, as the web client does."""
    moves = env["account.move"].search(
        [("move_type", "=", "out_invoice")], order="id", limit=count
    )
    Wizard = env["account.move.send.batch.wizard"]
    # what the first of its kind loads: templates, reports, rules
    Wizard.create({"move_ids": [(6, 0, moves[:2].ids)]}).web_read(SHOWN)
    with timed(env) as run:
        wizard = Wizard.create({"move_ids": [(6, 0, moves.ids)]})
        [shown] = wizard.web_read(SHOWN)
    run.facts = {"summary": shown["summary_data"], "alerts": shown["alerts"]}
    return run
