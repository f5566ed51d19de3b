"""News in any order, some of them twice, for one worker and for two."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
from typing import Any

from psycopg2 import errors

from .books import paid_values, requests, told_values
from .goals import Figure
from .lab import Lab
from .timing import Run, median, timed

INVOICES = 2000
SEED = 7

# all that may differ but for ids and moments, which depend on who was first
REQUESTS = """
    SELECT r.payment_reference, r.state, r.last_sequence, r.paid_amount, p.amount,
           p.state, p.date, i.payment_state, i.amount_residual
      FROM mobilepay_invoice r
      JOIN account_move i ON i.id = r.move_id
 LEFT JOIN account_payment p ON p.mobilepay_invoice_id = r.id
  ORDER BY r.payment_reference
"""
# requests with news that another worker holds
HELD = """
    WITH waiting AS (
        SELECT DISTINCT request_id AS id FROM mobilepay_event
         WHERE state = 'new' AND request_id IS NOT NULL
    ), free AS (
        SELECT id FROM mobilepay_invoice WHERE id IN (SELECT id FROM waiting)
           FOR NO KEY UPDATE SKIP LOCKED
    )
    SELECT min(id) FROM waiting WHERE id NOT IN (SELECT id FROM free)
"""
WAIT = "SELECT id FROM mobilepay_invoice WHERE id = %s FOR NO KEY UPDATE"
EVENTS = """
    SELECT mobilepay_id, sequence, status, state FROM mobilepay_event ORDER BY 1, 2, 3
"""


def books(lab: Lab) -> list[str]:
    """News in their inbox."""
    return [lab.books("crowd:inbox", count=lab.count(INVOICES))]


def figures(lab: Lab) -> list[Figure]:
    """One figure: two workers, which must come to the same end."""
    invoices = lab.count(INVOICES)
    [told] = books(lab)
    found: dict[int, list[Run]] = {1: [], 2: []}
    for turn in range(lab.turns):
        for workers in (1, 2) if turn % 2 else (2, 1):
            run = lab.race(told, "crowd:process", workers, after="crowd:end")
            found[workers].append(run)
    ends = {run.facts["afterwards"] for runs in found.values() for run in runs}
    if len(ends) != 1:
        raise AssertionError(f"{len(ends)} different ends")
    one, two = median(found[1]), median(found[2])
    return [
        Figure(
            "news for two workers",
            "one worker",
            two.seconds / one.seconds,
            0.6,
            raw={"events": 5 * invoices, "one": vars(one), "two": vars(two)},
        )
    ]


def inbox(env: Any, count: int) -> None:
    """Requests, and five news of each two in the inbox: shuffled, half of them twice.

    Each request is accepted, every second one is paid as well. The same was told by
    callback and by a poll.
    """
    requests(env, count, lines=1)
    told = env["mobilepay.invoice"].search([], order="id")
    told.write({"state": "created", "next_poll_on": "2030-01-01 00:00:00"})
    rows = [values for request in told for values in _twice(request)]
    random.Random(SEED).shuffle(rows)
    env["mobilepay.event"].create(rows)


def _twice(request: Any) -> list[dict[str, Any]]:
    news = [told_values(request, "created", 1), told_values(request, "accepted", 2)]
    if request.id % 2:
        news.append(paid_values(request))
    # a poll has no Sequence
    again = [{**values, "source": "poll", "sequence": -1} for values in news]
    return [*news, *again]


def process(env: Any) -> Run:
    """Process until nothing is left, as a cron that comes again and again."""
    processor = env["mobilepay.processor"]
    with timed(env) as run:
        rounds = 0
        while processor._count():
            processor._cron_process()
            _wait_for_others(env)
            rounds += 1
    run.facts = {"rounds": rounds}
    return run


def _wait_for_others(env: Any) -> None:
    """Until another worker has let go of what it holds, if there is one."""
    env.cr.execute(HELD)
    [[held]] = env.cr.fetchall()
    env.cr.rollback()
    # it was held, and has changed
    with contextlib.suppress(errors.SerializationFailure):
        env.cr.execute(WAIT, [held], log_exceptions=False)
    env.cr.rollback()


def end(env: Any) -> str:
    """All that was made of the news, in one word."""
    rows = []
    for query in (REQUESTS, EVENTS):
        env.cr.execute(query)
        rows += [[str(value) for value in row] for row in env.cr.fetchall()]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
