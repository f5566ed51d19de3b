"""The simulator of MobilePay as a process of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .paths import Paths
from .processes import Server, free_port


class SimulatorServer(Server):
    """`python -m simulator --port PORT ARGS…` on loopback.

    >>> with SimulatorServer(args=["--odoo", odoo.url]) as simulator:
    ...     requests.get(simulator.url + "/control/health", timeout=10)
    """

    health_path = "/control/health"
    ready_seconds = 20.0

    def __init__(
        self,
        port: int | None = None,
        args: Sequence[str] = (),
        *,
        log_file: Path | None = None,
        paths: Paths | None = None,
    ) -> None:
        self.paths = paths or Paths.from_environment()
        self.args = list(args)
        port = port or free_port()
        super().__init__(port, log_file or self.paths.logs / f"simulator-{port}.log")

    def command(self) -> list[str]:
        """The simulator's command line."""
        python = [str(self.paths.python), "-m", "simulator"]
        return [*python, "--port", str(self.port), *self.args]

    def environment(self) -> Mapping[str, str]:
        """This process's environment, with the package on Python's path."""
        return {**os.environ, "PYTHONPATH": str(self.paths.dev)}
