"""Between network and application: the place for trouble on the way.

Slow answers live here. Fault modes (an answer lost after its effect, a broken
connection, a 503 from nowhere) belong here too: this layer sees every request
before and every answer after the application, and can keep either back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from .core import Simulator

#: What MobilePay itself would serve; the control endpoints are never disturbed.
DISTURBED = (
    *("/invoice-restapi/", "/transaction-reporting/", "/v3/reporting/"),
    *("/merchant/", "/merchant-authentication-openidconnect/", "/dk/", "/fi/"),
)

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Trouble:
    """WSGI middleware that delays answers by the setting ``latency_seconds``."""

    def __init__(self, application: Application, simulator: Simulator) -> None:
        self._application = application
        self._simulator = simulator

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass the request on, late if so wished."""
        latency = self._simulator.settings.latency_seconds
        if latency and environ["PATH_INFO"].startswith(DISTURBED):
            time.sleep(latency)
        return self._application(environ, start_response)
