"""The catcher of mails as a process of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from .paths import Paths
from .processes import Server, free_port


class OutboxServer(Server):
    """`python -m outbox` on loopback; Odoo sends by SMTP to `smtp_port`.

    >>> with OutboxServer() as outbox:
    ...     OdooServer("my_db", options=outbox.odoo_options())
    """

    health_path = "/health"
    ready_seconds = 20.0

    def __init__(
        self, *, log_file: Path | None = None, paths: Paths | None = None
    ) -> None:
        self.paths = paths or Paths.from_environment()
        self.smtp_port = free_port()
        port = free_port()
        super().__init__(port, log_file or self.paths.logs / f"outbox-{port}.log")

    def command(self) -> list[str]:
        """The catcher's command line."""
        ports = ["--port", str(self.port), "--smtp-port", str(self.smtp_port)]
        return [str(self.paths.python), "-m", "outbox", *ports]

    def environment(self) -> Mapping[str, str]:
        """This process's environment, with the package on Python's path."""
        return {**os.environ, "PYTHONPATH": str(self.paths.dev)}

    def odoo_options(self) -> dict[str, object]:
        """What an Odoo's configuration needs to send its mails here."""
        return {"smtp_server": "127.0.0.1", "smtp_port": self.smtp_port}
