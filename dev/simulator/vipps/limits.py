"""How often may one payment be asked about or changed (contract, section 7)."""

from __future__ import annotations

import math
import threading
from collections import defaultdict, deque
from datetime import datetime, timedelta

from ..core import Simulator
from .errors import GatewayError
from .settings import VippsSettings

MINUTE = timedelta(minutes=1)
#: More subjects than that are never counted at a time; the oldest are forgotten.
CLEAR_ABOVE = 20000


class RateLimits:
    """Counts the calls of the last minute, on the simulator's clock.

    Each operation has a count of its own, per reference and sales unit (or
    subscription key). The gateway counts, so a call that is refused counts, too.
    """

    def __init__(self, simulator: Simulator, settings: VippsSettings) -> None:
        self._simulator = simulator
        self._settings = settings
        self._lock = threading.Lock()
        self._calls: dict[tuple[str, ...], deque[datetime]] = defaultdict(deque)

    def count(self, is_write: bool, *subject: str) -> None:
        """Count one call; GatewayError 429 when there were too many."""
        settings = self._settings
        if not settings.vipps_rate_limits:
            return
        limit = settings.vipps_write_limit if is_write else settings.vipps_read_limit
        wait = self._seconds_to_wait(subject, limit)
        if wait is not None:
            text = f"Rate limit is exceeded. Try again in {wait} seconds."
            shown = wait if settings.vipps_retry_after else None
            raise GatewayError(429, text, shown)

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()

    def _seconds_to_wait(self, subject: tuple[str, ...], limit: int) -> int | None:
        now = self._simulator.clock.now()
        with self._lock:
            if len(self._calls) > CLEAR_ABOVE:
                self._calls.clear()
            calls = self._calls[subject]
            # a clock that was set back leaves calls of the future: they count not
            while calls and not now - MINUTE < calls[0] <= now:
                calls.popleft()
            if len(calls) >= limit:
                return max(1, math.ceil((calls[0] + MINUTE - now).total_seconds()))
            calls.append(now)
        return None
