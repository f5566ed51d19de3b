"""Start a server, wait until it answers, and leave nothing of it behind."""

from __future__ import annotations

import abc
import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from typing_extensions import Self

LOOPBACK = "127.0.0.1"
STOP_SECONDS = 15.0
POLL_SECONDS = 0.05


class ServerError(RuntimeError):
    """A server ended or did not answer in time; the text has its last log lines."""


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    """Whether a GET of `url` is answered with a 2xx, a proxy notwithstanding."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return bool(200 <= response.status < 300)
    except (urllib.error.URLError, OSError):
        return False


def dying_with_parent(command: Sequence[str]) -> list[str]:
    """`command`, made to end when the process that starts it is killed.

    The kernel's rule is about the starting *thread*: start servers from one that
    lives as long as they shall.
    """
    setpriv = shutil.which("setpriv")
    return [*([setpriv, "--pdeathsig", "TERM"] if setpriv else []), *command]


class Server(abc.ABC):
    """One server process in a process group of its own; use it with `with`.

    Subclasses say what to run (`command`), in which environment (`environment`)
    and which page answers when it is ready (`health_path`).
    """

    health_path = "/"
    ready_seconds = 60.0

    def __init__(self, port: int | None, log_file: Path) -> None:
        self.port = port or free_port()
        self.log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._log: BinaryIO | None = None

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id of the server's main process."""
        if self._process is None:
            raise ServerError(f"{type(self).__name__} is not running")
        return self._process.pid

    @abc.abstractmethod
    def command(self) -> Sequence[str]:
        """The program and its arguments."""

    def environment(self) -> Mapping[str, str]:
        """Its environment variables."""
        return os.environ

    def prepare(self) -> None:  # noqa: B027 (there may be nothing)
        """What has to be there before it starts."""

    def is_running(self) -> bool:
        """Whether the main process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start it and return when it answers; `ServerError` if it does not."""
        if self.is_running():
            return self
        self.prepare()
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        self._log = self.log_file.open("ab")
        self._process = subprocess.Popen(
            dying_with_parent(self.command()),
            env=dict(self.environment()),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        atexit.register(self.stop)
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the process and all that it started; a second call does nothing."""
        process, self._process = self._process, None
        if process is not None:
            self._end(process)
        if self._log is not None:
            self._log.close()
            self._log = None
        atexit.unregister(self.stop)

    def kill(self) -> None:
        """End it without a warning, as a crash would."""
        if self._process is not None:
            _signal_group(self._process.pid, signal.SIGKILL)
        self.stop()

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of its log."""
        if not self.log_file.exists():
            return ""
        text = self.log_file.read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.ready_seconds
        while not answers(self.url + self.health_path):
            if not self.is_running():
                raise ServerError(f"{self._name()} ended at once:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ServerError(
                    f"{self._name()} did not answer within {self.ready_seconds:.0f} s:"
                    f"\n{self.log_tail()}"
                )
            time.sleep(POLL_SECONDS)

    def _name(self) -> str:
        return f"{type(self).__name__} ({self.url})"

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        # also what the main process left behind
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)
