"""Where measurements are made: databases with books, and runs in processes."""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from stack import Databases
from stack.paths import ADDON

from .timing import Run, median
from .workers import Worker

#: Odoo addons that only measurements use
ADDONS = Path(__file__).with_name("addons")
FEWEST = 6


@dataclass(frozen=True)
class Ring:
    """Databases in which the same is done by turns."""

    workers: Sequence[Worker]

    def each(self, subject: str, **values: Any) -> list[Run]:
        """One run on each side."""
        return [Run(**worker.run(subject, **values)) for worker in self.workers]

    def duel(self, subject: str, rounds: int, **values: Any) -> list[list[Run]]:
        """The runs of each side, many times by turns.

        Each side begins every second round: what the machine does meanwhile hits both
        alike. The first round of each is not counted.
        """
        found: list[list[Run]] = [[] for _worker in self.workers]
        self.each(subject, **values)
        for turn in range(rounds):
            for number in _order(len(found), turn):
                run = self.workers[number].run(subject, **values)
                found[number].append(Run(**run))
        return found


@dataclass
class Lab:
    """Makes databases and runs subjects in them; closing it drops the databases."""

    quick: bool = False
    repeat: int = 3
    databases: Databases = field(default_factory=Databases.from_environment)
    _made: dict[str, Future[str]] = field(default_factory=dict)
    _names: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def close(self) -> None:
        """Drop the databases that were made."""
        for name in self._names:
            self.databases.drop(name)

    # -- how much --------------------------------------------------------------

    def count(self, rows: int) -> int:
        """How many rows to take for `rows`: a fiftieth where it has to be quick."""
        return max(rows // 50, FEWEST) if self.quick else rows

    @property
    def turns(self) -> int:
        """How often each subject is run."""
        return 1 if self.quick else self.repeat

    # -- databases -------------------------------------------------------------

    def books(
        self, subject: str, *, addon: bool = True, source: str = "", **values: Any
    ) -> str:
        """A database prepared by a subject's function; made once, to be cloned.

        :param addon: False for one in which the addon is not installed
        :param source: the database to begin with; by default a company without books
        """

        def make(name: str) -> None:
            self.databases.clone(source or self.company(addon), name)
            self.call(name, subject, **values)
            # as the autovacuum of a server has done long since
            self.databases.postgres.execute("VACUUM (ANALYZE)", database=name)

        key = f"{subject} {addon} {source} {json.dumps(values, sort_keys=True)}"
        return self._once(key, make)

    def company(self, addon: bool = True) -> str:
        """A database with a company that has no books yet."""

        def make(name: str) -> None:
            if addon:
                self.databases.fresh(name, [ADDON])
            else:
                self.databases.clone(self.databases.base(), name)
            self.call(name, "books:company")

        return self._once(f"company {addon}", make)

    def prepare(self, makers: Sequence[Callable[[Lab], object]]) -> None:
        """Make books that will be measured in, on all processors: nothing is timed.

        One after the other, they were a third of the time of the whole table.
        """
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda make: make(self), makers))

    def _once(self, key: str, make: Callable[[str], None]) -> str:
        """A database that is made by whoever needs it first; the others wait."""
        with self._lock:
            found = self._made.get(key)
            if not found:
                mine = self._made[key] = Future()
                self._names.append(name := self._name())
        if not found:
            try:
                make(name)
            except BaseException as error:
                mine.set_exception(error)
                raise
            mine.set_result(name)
        return self._made[key].result()

    @contextmanager
    def clone(self, source: str) -> Iterator[str]:
        """A copy of a database, dropped at the end."""
        name = self._name()
        self.databases.clone(source, name)
        try:
            yield name
        finally:
            self.databases.drop(name)

    # -- runs ------------------------------------------------------------------

    def call(self, database: str, subject: str, **values: Any) -> Any:
        """Run one subject in a process of its own; what it returned."""
        with Worker(self.databases.paths, database) as worker:
            return worker.run(subject, **values)

    def runs(self, books: str, *subjects: str, **values: Any) -> list[Run]:
        """The median run of each subject, in alternating order on fresh clones."""
        return self.compare([(books, subject) for subject in subjects], **values)

    def compare(
        self, pairs: Sequence[tuple[str, str]], *, times: int = 1, **values: Any
    ) -> list[Run]:
        """The same, each subject on books of its own: pairs of books and subject.

        :param pairs: one that stands there twice is run twice in each turn, and is
            one median
        :param times: so many times more runs, of what takes a second or two
        """
        found: dict[tuple[str, str], list[Run]] = {pair: [] for pair in pairs}
        for turn in range(self.turns * times):
            for number in _order(len(pairs), turn):
                books, subject = pairs[number]
                with self.clone(books) as database:
                    run = Run(**self.call(database, subject, **values))
                found[pairs[number]].append(run)
        return [median(runs) for runs in found.values()]

    def race(self, books: str, subject: str, workers: int, after: str) -> Run:
        """Several processes at once on one clone: the seconds until all have ended.

        :param after: a subject that looks at the clone afterwards
        :return: with the runs of `each`, and what was found `afterwards`, as facts
        """
        with self.clone(books) as database, ExitStack() as stack:
            paths = self.databases.paths
            team = [
                stack.enter_context(Worker(paths, database)) for _n in range(workers)
            ]
            began = time.perf_counter()
            for worker in team:
                worker.start(subject)
            runs = [Run(**worker.finish()) for worker in team]
            seconds = time.perf_counter() - began
            afterwards = team[0].run(after)
        facts = {"each": [vars(run) for run in runs], "afterwards": afterwards}
        return Run(seconds, sum(run.queries for run in runs), facts=facts)

    @contextmanager
    def ring(self, *sides: str) -> Iterator[Ring]:
        """Clones of databases, each with a process that stays loaded."""
        with ExitStack() as stack:
            clones = [stack.enter_context(self.clone(side)) for side in sides]
            paths = self.databases.paths
            yield Ring([stack.enter_context(Worker(paths, name)) for name in clones])

    def duels(
        self,
        sides: Sequence[str],
        subjects: dict[str, dict[str, Any]],
        rounds: int,
        rings: int,
    ) -> dict[str, list[list[Run]]]:
        """The runs of duels in several rings, one after the other; by subject.

        A process has luck of its own, by where things lie in its memory: two percent
        that no number of rounds takes away, but other processes do.

        :param subjects: with their values
        """
        found = {subject: [list[Run]() for _side in sides] for subject in subjects}
        for _number in range(1 if self.quick else rings):
            with self.ring(*sides) as ring:
                for subject, values in subjects.items():
                    runs = ring.duel(subject, rounds, **values)
                    for known, more in zip(found[subject], runs, strict=True):
                        known += more
        return found

    @staticmethod
    def _name() -> str:
        # dropped as abandoned by the next test run, should this process die
        return f"test_{os.getpid()}_bench_{uuid.uuid4().hex[:8]}"


def _order(count: int, turn: int) -> list[int]:
    """Which comes when: there, and back in the next turn."""
    numbers = list(range(count))
    return numbers[::-1] if turn % 2 else numbers


def say(text: str) -> None:
    """Tell the reader how far it is."""
    sys.stderr.write(f"==> {text}\n")
