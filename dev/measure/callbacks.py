"""Taking callbacks in, beside the least that a public controller does."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import sql

from stack import OdooServer, install
from stack.processes import dying_with_parent

from .books import SECRET, connection_of
from .goals import Figure
from .lab import ADDONS, Lab
from .timing import Run, median

CLIENTS = 8
WORKERS = 2
REQUESTS = 3000
MANY = 100
DOOR = "/bench/door"


@dataclass(frozen=True)
class Load:
    """Requests of one kind: where to, how many, with how many elements each."""

    path: str
    table: str
    requests: int
    elements: int = 1
    headers: dict[str, str] = field(default_factory=dict)

    def bodies(self) -> list[str]:
        """What is sent, no element twice."""
        return [
            json.dumps([_element() for _number in range(self.elements)])
            for _request in range(self.requests)
        ]


def figures(lab: Lab) -> list[Figure]:
    """Two figures: requests a second with one element, rows a second with many."""
    with lab.clone(lab.company()) as database:
        install(database, ["bench_door"], addons_path=[ADDONS])
        path = lab.call(database, "callbacks:path")
        few = lab.count(REQUESTS)
        headers = {"Authorization": SECRET}
        loads = (
            Load(DOOR, "bench_row", few),
            Load(path, "mobilepay_event", few, headers=headers),
            Load(path, "mobilepay_event", few // 10, MANY, headers),
        )
        least, one, many = _play(lab, database, loads)
    rate = few / least.seconds
    raw = {
        "least": {"requests a second": rate, **vars(least)},
        "one": {"requests a second": few / one.seconds, **vars(one)},
        "many": {"rows a second": few // 10 * MANY / many.seconds, **vars(many)},
    }
    against = "a public controller that inserts one row"
    return [
        Figure(
            "callbacks of one element, requests a second",
            against,
            few / one.seconds / rate,
            0.7,
            at_least=True,
            raw=raw,
        ),
        Figure(
            f"callbacks of {MANY} elements, rows a second",
            against,
            few // 10 * MANY / many.seconds / rate,
            15.0,
            at_least=True,
            raw=raw,
        ),
    ]


def path(env: Any) -> str:
    """Where MobilePay delivers."""
    return f"/mobilepay/callback/{connection_of(env).callback_path}"


def _play(lab: Lab, database: str, loads: Sequence[Load]) -> list[Run]:
    """The median run of each load on one server, in alternating order."""
    found: list[list[Run]] = [[] for _load in loads]
    server = OdooServer(database, workers=WORKERS, addons_path=[ADDONS])
    with server:
        for load in loads:
            # both workers have loaded everything then
            _send(lab, server.port, load, load.bodies()[: 10 * CLIENTS])
        for turn in range(lab.turns):
            numbers = list(range(len(loads)))
            for number in numbers[::-1] if turn % 2 else numbers:
                found[number].append(
                    _measure(lab, database, server.port, loads[number])
                )
    return [median(runs) for runs in found]


def _measure(lab: Lab, database: str, port: int, load: Load) -> Run:
    """Send it all, and see that all of it was stored."""
    postgres = lab.databases.postgres
    table = sql.Identifier(load.table)
    postgres.execute(sql.SQL("TRUNCATE {}").format(table), database=database)
    run = Run(_send(lab, port, load, load.bodies()))
    count = sql.SQL("SELECT count(*) FROM {}").format(table)
    [[rows]] = postgres.execute(count, database=database)
    if rows != load.requests * load.elements:
        raise AssertionError(f"{rows} rows of {load.requests * load.elements}")
    run.facts = {"rows": rows}
    return run


def _send(lab: Lab, port: int, load: Load, bodies: list[str]) -> float:
    """Have a process of its own send the bodies; how many seconds it took."""
    paths = lab.databases.paths
    command = [str(paths.python), "-m", "measure.load"]
    job = {
        "port": port,
        "path": load.path,
        "headers": load.headers,
        "bodies": bodies,
        "clients": CLIENTS,
    }
    done = subprocess.run(
        dying_with_parent(command),
        cwd=paths.dev,
        input=json.dumps(job) + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    return float(json.loads(done.stdout)["seconds"])


def _element() -> dict[str, Any]:
    """One piece of news as MobilePay writes it."""
    return {
        "InvoiceId": str(uuid.uuid4()),
        "Status": "accepted",
        "Date": "2026-05-05T07:29:47.7500268+00:00",
        "Sequence": 2,
        "PaymentDate": "2026-05-18",
    }
