"""Where measurements are made: databases with books, and runs in processes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from stack import Databases, configuration
from stack.paths import ADDON

from .timing import Run


class LabError(RuntimeError):
    """A run failed; the text has the last lines that it printed."""


@dataclass
class Lab:
    """Makes databases and runs subjects in them; closing it drops the databases."""

    quick: bool = False
    repeat: int = 3
    databases: Databases = field(default_factory=Databases.from_environment)
    _made: dict[str, str] = field(default_factory=dict)

    def close(self) -> None:
        """Drop the databases that were made."""
        for name in self._made.values():
            self.databases.drop(name)

    def count(self, rows: int) -> int:
        """How many rows to take for `rows`: a twentieth where it has to be quick."""
        return max(rows // 20, 10) if self.quick else rows

    def books(self, subject: str, **values: Any) -> str:
        """A database prepared by a subject's function; made once, to be cloned."""
        key = f"{subject} {json.dumps(values, sort_keys=True)}"
        if key not in self._made:
            name = self._name()
            self._made[key] = name
            if source := self._made.get("addon"):
                self.databases.clone(source, name)
            else:
                self._made["addon"] = self.databases.fresh(self._name(), [ADDON])
                self.databases.clone(self._made["addon"], name)
            self.call(name, subject, **values)
        return self._made[key]

    def runs(self, books: str, *subjects: str, **values: Any) -> list[Run]:
        """The median run of each subject, in alternating order on fresh clones."""
        found: dict[str, list[Run]] = {subject: [] for subject in subjects}
        for turn in range(1 if self.quick else self.repeat):
            for subject in subjects[:: -1 if turn % 2 else 1]:
                with self._clone(books) as database:
                    found[subject].append(Run(**self.call(database, subject, **values)))
        return [_median(found[subject]) for subject in subjects]

    def call(self, database: str, subject: str, **values: Any) -> Any:
        """Run one subject in a process of its own; what it returned."""
        paths = self.databases.paths
        file = paths.home / "run" / f"{database}.conf"
        configuration.write(file, configuration.options(paths, db_name=database))
        module, _colon, function = subject.partition(":")
        name = f"measure.{module}:{function}"
        command = [str(paths.python), "-m", "measure.child", str(file), name]
        try:
            done = subprocess.run(
                [*command, json.dumps(values)],
                env=os.environ | {"PYTHONPATH": str(paths.dev)},
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            file.unlink(missing_ok=True)
        if done.returncode:
            tail = "\n".join(done.stderr.splitlines()[-25:])
            raise LabError(f"{subject} failed:\n{tail}")
        return json.loads(done.stdout)

    @contextmanager
    def _clone(self, source: str) -> Iterator[str]:
        name = self._name()
        self.databases.clone(source, name)
        try:
            yield name
        finally:
            self.databases.drop(name)

    @staticmethod
    def _name() -> str:
        # dropped as abandoned by the next test run, should this process die
        return f"test_{os.getpid()}_bench_{uuid.uuid4().hex[:8]}"


def _median(runs: Sequence[Run]) -> Run:
    middle = statistics.median_low(run.seconds for run in runs)
    return next(run for run in runs if run.seconds == middle)


def say(text: str) -> None:
    """Tell the reader how far it is."""
    sys.stderr.write(f"==> {text}\n")
