"""Between network and application: the place for trouble on the way.

This layer sees every request before and every answer after the application,
and can keep either back. Its faults are rules (``faults.py``); latency is a
setting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from .control.reading import CONTROL
from .core import Simulator
from .fault_answers import FaultyAnswers

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Trouble:
    """WSGI middleware: the setting ``latency_seconds``, and the faults' rules."""

    def __init__(self, application: Application, simulator: Simulator) -> None:
        self._application = application
        self._faulty = FaultyAnswers(application, simulator)
        self._simulator = simulator

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass the request on, late if so wished; control is never disturbed."""
        path = environ["PATH_INFO"]
        if path.startswith(CONTROL):
            return self._application(environ, start_response)
        latency = self._simulator.settings.latency_seconds
        if latency and path.startswith(self._simulator.service_paths()):
            time.sleep(latency)
        return self._faulty(environ, start_response)
