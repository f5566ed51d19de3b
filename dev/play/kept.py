"""A demo that is kept between runs: its database, its MobilePay and their ports."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from stack import Databases

from .stage import Stage


@dataclass(frozen=True)
class Ports:
    """They stand in the database's addresses: the next run has to use them again."""

    odoo: int
    simulator: int


class Shelf:
    """Where a demo is kept, by its database's name."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._databases = Databases.from_environment()
        state = self._databases.paths.state
        self._file = state / f"demo-{database}.json"
        #: all that the simulator knows, in SQLite
        self.simulator_file: Path = state / f"demo-{database}.sqlite"

    def find(self) -> Ports | None:
        """Return the ports of a whole demo that was kept, None where there is none."""
        self._databases.postgres.ensure_running()
        whole = self._file.exists() and self.simulator_file.exists()
        if not (whole and self._databases.postgres.exists(self._database)):
            return None
        return Ports(**json.loads(self._file.read_text()))

    def put(self, stage: Stage) -> None:
        """Keep a demo that is whole."""
        ports = {"odoo": stage.odoo.port, "simulator": stage.simulator.port}
        self._file.write_text(json.dumps(ports))

    def clear(self) -> None:
        """Forget what was kept, and drop its database."""
        self._file.unlink(missing_ok=True)
        self.simulator_file.unlink(missing_ok=True)
        self._databases.drop(self._database)
