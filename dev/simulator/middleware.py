"""Between network and application: the place for trouble on the way.

This layer sees every request before and every answer after the application,
and can keep either back. Its faults are rules (``faults.py``); latency is a
setting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from .core import Simulator
from .fault_answers import FaultyAnswers

#: Never disturbed.
CONTROL = "/control/"
#: What MobilePay itself would serve.
DISTURBED = (
    *("/invoice-restapi/", "/transaction-reporting/", "/v3/reporting/"),
    *("/merchant/", "/merchant-authentication-openidconnect/", "/dk/", "/fi/"),
)

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Trouble:
    """WSGI middleware: the setting ``latency_seconds``, and the faults' rules."""

    def __init__(self, application: Application, simulator: Simulator) -> None:
        self._application = application
        self._faulty = FaultyAnswers(application, simulator.faults, DISTURBED)
        self._simulator = simulator

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass the request on, late if so wished."""
        path = environ["PATH_INFO"]
        if path.startswith(CONTROL):
            return self._application(environ, start_response)
        latency = self._simulator.settings.latency_seconds
        if latency and path.startswith(DISTURBED):
            time.sleep(latency)
        return self._faulty(environ, start_response)
