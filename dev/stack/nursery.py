"""Simulators that begin at once: forks of a process that has loaded them.

A simulator takes a second to load, and each class of tests begins with a new one, as
Odoo ends all child processes of its own with each class.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import runpy
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from typing_extensions import Self

from .paths import Paths
from .processes import LOOPBACK, Server, ServerError, answers, free_port

# the environment variable that names the nursery of a test run
NURSERY = "ACCOUNT_MOBILEPAY_NURSERY"
READY_SECONDS = 20.0
DIE_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


class Nursery(Server):
    """The process that is forked; it ends with its simulators.

    >>> with Nursery() as nursery:
    ...     ForkedSimulator(nursery.address).start()
    """

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        # made when it starts: a cache folder's path may be too long for a socket
        self.address = Path()
        super().__init__(None, paths.logs / f"nursery-{os.getpid()}.log")

    def prepare(self) -> None:
        """Make a folder that nobody else can enter."""
        folder = tempfile.mkdtemp(prefix="account_mobilepay-")
        self.address = Path(folder, "nursery")

    def command(self) -> list[str]:
        """Its command line."""
        return [str(self.paths.python), "-m", "stack.nursery", str(self.address)]

    def stop(self) -> None:
        """End it, with the simulators that it was forked for."""
        super().stop()
        if self.address.name:
            shutil.rmtree(self.address.parent, ignore_errors=True)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.address.exists():
            if not self.is_running() or time.monotonic() > deadline:
                raise ServerError(f"the nursery did not start:\n{self.log_tail()}")
            time.sleep(0.05)


class ForkedSimulator:
    """A simulator of the nursery at one address, which may begin anew there."""

    def __init__(self, nursery: Path, arguments: Sequence[str] = ()) -> None:
        self.nursery = nursery
        self.port = free_port()
        self.arguments = ["--port", str(self.port), *arguments]
        self.pid = 0

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> Self:
        """Have it begin, where it does not run, and wait until it answers."""
        if self.pid:
            return self
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.nursery))
            connection.sendall(json.dumps(self.arguments).encode() + b"\n")
            self.pid = int(connection.makefile().readline())
        deadline = time.monotonic() + READY_SECONDS
        while not answers(f"{self.url}/control/health"):
            if time.monotonic() > deadline:
                raise ServerError(f"the simulator at {self.url} did not answer")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """End it; a second call does nothing."""
        pid, self.pid = self.pid, 0
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            # its port is to be had again
            while Path("/proc", str(pid)).exists():
                time.sleep(0.01)


def main(address: str) -> None:
    """Fork a simulator for each line of arguments; answer with its process id."""
    # it loads all that a simulator needs
    importlib.import_module("simulator.__main__")
    # nobody waits for them: the kernel takes them away
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        while True:
            connection, _peer = listener.accept()
            with connection:
                arguments = json.loads(connection.makefile().readline())
                pid = os.fork()
                if not pid:
                    listener.close()
                    connection.close()
                    _become_simulator(arguments)
                connection.sendall(f"{pid}\n".encode())


def _become_simulator(arguments: Sequence[str]) -> None:
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    sys.argv = ["simulator", *arguments]
    try:
        runpy.run_module("simulator", run_name="__main__", alter_sys=True)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
