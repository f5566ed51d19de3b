"""What MobilePay owes as of a day, with many requests in the books."""

from __future__ import annotations

import time
from typing import Any

from .goals import Figure
from .lab import Lab
from .timing import Run, median, timed

ROUNDS = 7
REQUESTS = 2000
TIMES = 100
DAY = "2026-05-06"
AMOUNTS = (
    *("owed", "clearing_balance", "difference", "agrees", "transit_balance"),
    *("requested", "oldest"),
)
COLUMNS = ("reference", "stage", "requested", "owed", "since", "requested_on")
# as the web client asks
ROWS, COUNT_LIMIT = 80, 10001
# what the screen opens with, and the group that a person looks into
OPEN_STAGES = ("requested", "accepted", "paid", "transferred", "other")
UNFOLDED = "paid"


def books(lab: Lab) -> list[str]:
    """Requests of every stage in them: few, and a hundred times as many."""
    few = lab.books("money:mixed", count=lab.count(REQUESTS))
    return [few, lab.books("multiply:books", source=few, times=lab.count(TIMES))]


def figures(lab: Lab) -> list[Figure]:
    """Two figures: the time of the report, and its queries.

    It only reads. So processes stay loaded, as a server's do, and the first two reports
    of each are not counted: one of a server that has just been started, whose
    PostgreSQL has read nothing yet, stands beside the figures.
    """
    few, many = books(lab)
    with lab.ring(many, few) as ring:
        started, _small = ring.each("owed:report")
        runs = ring.duel("owed:report", 1 if lab.quick else ROUNDS)
    large, small = (median(side) for side in runs)
    raw = {"large": vars(large), "small": vars(small), "started": vars(started)}
    requests = lab.count(REQUESTS) * lab.count(TIMES)
    return [
        Figure(
            f"owed report, {requests:,} requests",
            "",
            large.seconds,
            2.0,
            unit="s",
            raw=raw,
        ),
        Figure(
            f"owed report, {requests:,} requests for {lab.count(REQUESTS):,}",
            "more queries",
            large.queries - small.queries,
            0,
            unit="queries",
            raw=raw,
        ),
    ]


def report(env: Any) -> Run:
    """Open the report as a person does: amounts and proof, stages, one of them."""
    with timed(env) as run:
        began = time.perf_counter()
        wizard = env["mobilepay.owed.wizard"].create({"day": DAY})
        [amounts] = wizard.read(AMOUNTS)
        after = time.perf_counter()
        action = wizard.action_show()
        rows = env["mobilepay.owed"].with_context(**action["context"])
        # the filter and the group that the action sets
        opened = [*action["domain"], ("stage", "in", OPEN_STAGES)]
        groups = rows.formatted_read_group(
            opened, ["stage"], ["__count", "owed:sum", "requested:sum"]
        )
        first = rows.web_search_read(
            [*opened, ("stage", "=", UNFOLDED)],
            {name: {} for name in COLUMNS},
            limit=ROWS,
            count_limit=COUNT_LIMIT,
        )
        ended = time.perf_counter()
    run.facts = {
        "amounts": after - began,
        "rows": ended - after,
        "rows of the stage": first["length"],
        "stages": {group["stage"]: group["__count"] for group in groups},
    }
    if not amounts["agrees"]:
        raise AssertionError(f"the report differs by {amounts['difference']}")
    return run
