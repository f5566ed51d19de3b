"""What crons cost that have nothing to do, in books of which little is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stack import SimulatorServer

from . import simulated
from .goals import Figure
from .lab import Lab
from .owed import books
from .timing import timed

# a table that has so many rows in these books, and is not made by installing, grows
LARGE = 2000
INSTALLED = ("ir_model", "ir_ui", "ir_asset")
BATCHES = 20000


def figures(lab: Lab) -> list[Figure]:
    """Two figures: the most queries of an idle cron, and tables read to the end."""
    _few, many = books(lab)
    with SimulatorServer() as simulator, lab.clone(many) as database:
        found = lab.call(
            database, "idle:crons", url=simulator.url, batches=lab.count(BATCHES)
        )
    queries = {name: len(plans) for name, plans in found.items()}
    scans = {
        f"{name}: {plan['scans']}": plan["query"]
        for name, plans in found.items()
        for plan in plans
        if plan["scans"]
    }
    return [
        Figure(
            "idle: queries of the busiest cron",
            max(queries, key=lambda name: queries[name]),
            max(queries.values()),
            10,
            unit="queries",
            raw={"queries": queries},
        ),
        Figure(
            "idle: growing tables read to the end",
            ", ".join(scans) or "none",
            len(scans),
            0,
            unit="scans",
            raw={"scans": scans, "plans": found},
        ),
    ]


def crons(env: Any, url: str, batches: int) -> dict[str, list[dict[str, Any]]]:
    """Run each of the addon's scheduled actions twice; the second one's plans."""
    simulated.connect(env, url)
    _finished_batches(env, batches)
    _nothing_due(env)
    large = _large_tables(env)
    found = {}
    for cron in env["mobilepay.watcher"]._crons():
        action = cron.ir_actions_server_id
        with timed(env):
            action.run()
        with timed(env) as run, _recorded(env.cr) as queries:
            action.run()
        if run.queries != len(queries):
            raise AssertionError(f"{cron.name}: {run.queries}, {len(queries)} seen")
        found[cron.name] = [_plan(env.cr, query, large) for query in queries]
    return found


def _finished_batches(env: Any, count: int) -> None:
    """Batches that were sent long ago: the other books have none."""
    env.cr.execute(
        "INSERT INTO mobilepay_batch (company_id, user_id, prepared, create_date)"
        " SELECT %s, %s, true, now() FROM generate_series(1, %s)",
        [env.company.id, env.uid, count],
    )
    env.cr.execute("ANALYZE mobilepay_batch")
    env.cr.commit()


def _nothing_due(env: Any) -> None:
    """Open requests were just asked for, and no scheduled action is overdue.

    However old the books are meanwhile: on a slow machine hours.
    """
    env.cr.execute(
        "UPDATE mobilepay_invoice SET next_poll_on = now() AT TIME ZONE 'UTC'"
        " + interval '1 day' WHERE next_poll_on IS NOT NULL"
    )
    env.cr.execute(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'"
    )
    env.cr.commit()


def _large_tables(env: Any) -> set[str]:
    env.cr.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [LARGE]
    )
    names = [name for (name,) in env.cr.fetchall()]
    return {name for name in names if not name.startswith(INSTALLED)}


@contextmanager
def _recorded(cr: Any) -> Iterator[list[str]]:
    """Collect the queries that a cursor runs, with their values."""
    queries: list[str] = []
    execute = cr.execute

    def recording(query: Any, params: Any = None, **options: Any) -> Any:
        queries.append(cr.mogrify(query, params).decode())
        return execute(query, params, **options)

    cr.execute = recording
    try:
        yield queries
    finally:
        del cr.execute


def _plan(cr: Any, query: str, large: set[str]) -> dict[str, Any]:
    """How PostgreSQL ran a query, and which large tables it read to the end.

    It is run once more, and undone: what a plan has for a case that did not occur
    is no table that was read.
    """
    words = " ".join(query.split())
    if not words.upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
        return {"query": words, "scans": [], "plan": ""}
    cr.execute("SAVEPOINT plan")
    # as text: % would be taken for a value's place
    cr._obj.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
    [[plan]] = cr._obj.fetchall()
    cr.execute("ROLLBACK TO plan")
    nodes = [node for node in _nodes(plan[0]["Plan"]) if node["Actual Loops"]]
    read = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
    return {
        "query": words[:400],
        "scans": sorted(read & large),
        "plan": " < ".join(map(_words, nodes)),
    }


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


def _words(node: dict[str, Any]) -> str:
    parts = (node["Node Type"], node.get("Index Name"), node.get("Relation Name"))
    return " ".join(filter(None, parts))
