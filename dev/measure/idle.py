"""What crons cost that have nothing to do."""

from __future__ import annotations

from typing import Any

from .goals import Figure
from .lab import Lab
from .timing import timed


def figures(lab: Lab) -> list[Figure]:
    """One figure: the most queries that an idle cron runs."""
    books = lab.books("books:invoices", count=lab.count(200))
    queries = lab.call(books, "idle:crons")
    return [
        Figure(
            "idle: queries of the busiest cron",
            max(queries, key=queries.get),
            max(queries.values()),
            10,
            unit="queries",
            raw={"queries": queries},
        )
    ]


def crons(env: Any) -> dict[str, int]:
    """Run each of the addon's scheduled actions twice; the second one's queries."""
    found = {}
    for cron in env["mobilepay.watcher"]._crons():
        action = cron.ir_actions_server_id
        for _time in range(2):
            with timed(env) as run:
                action.run()
        found[cron.name] = run.queries
    return found
