"""Processes that run subjects, one after the other or side by side."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from typing_extensions import Self

from stack import configuration
from stack.paths import Paths
from stack.processes import dying_with_parent

PATIENCE = 15.0


class WorkerError(RuntimeError):
    """A subject failed; the text says where."""


class Worker:
    """A ``measure.child`` with one database loaded; use it with `with`.

    >>> with Worker(paths, "books") as worker:
    ...     worker.run("booking:process")
    """

    def __init__(
        self, paths: Paths, database: str, addons_path: Sequence[Path | str] = ()
    ) -> None:
        name = f"{database}-{uuid.uuid4().hex[:8]}.conf"
        self._configuration = paths.home / "run" / name
        options = configuration.options(paths, addons_path, db_name=database)
        configuration.write(self._configuration, options)
        # closed by stop()
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115
        command = [str(paths.python), "-m", "measure.child", str(self._configuration)]
        self._process = subprocess.Popen(
            dying_with_parent(command),
            env=os.environ | {"PYTHONPATH": str(paths.dev)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        # both are pipes, as was asked for
        self._jobs = cast(IO[str], self._process.stdin)
        self._answers = cast(IO[str], self._process.stdout)

    def start(self, subject: str, **values: Any) -> None:
        """Give it a job, and do not wait."""
        job = json.dumps({"subject": subject, "values": values})
        self._jobs.write(job + "\n")
        self._jobs.flush()

    def finish(self) -> Any:
        """Wait for the end of the job; what the subject returned."""
        answer = self._read()
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer["value"]

    def run(self, subject: str, **values: Any) -> Any:
        """Do one job; what the subject returned."""
        self.start(subject, **values)
        return self.finish()

    def stop(self) -> None:
        """Let the process end, and take its files away."""
        self._jobs.close()
        self._answers.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._configuration.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        try:
            self._read()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _read(self) -> Any:
        line = self._answers.readline()
        if not line:
            self._log.seek(0)
            tail = "\n".join(self._log.read().splitlines()[-25:])
            raise WorkerError(f"the process ended:\n{tail}")
        return json.loads(line)
