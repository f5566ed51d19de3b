"""The simulator's own time, which tests can move."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ZONES = {"DK": "Europe/Copenhagen", "FI": "Europe/Helsinki"}
#: Winter time, for a machine that has no time zone database.
FIXED_OFFSETS = {"DK": timedelta(hours=1), "FI": timedelta(hours=2)}


def zone_of(country: str) -> tzinfo:
    """Return the time zone in which a merchant of ``country`` counts days."""
    try:
        return ZoneInfo(ZONES[country])
    except ZoneInfoNotFoundError:
        return timezone(FIXED_OFFSETS[country])


def local_day(moment: datetime, country: str) -> date:
    """Return the day of a moment where a merchant of ``country`` is."""
    return moment.astimezone(zone_of(country)).date()


def parse_moment(text: str) -> datetime:
    """Read an ISO moment; one without an offset is taken as UTC."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


class Clock:
    """Real time plus an offset that tests change."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The present moment, in UTC."""
        with self._lock:
            return datetime.now(timezone.utc) + self._offset

    def today(self, country: str) -> date:
        """The present day where the merchant is."""
        return local_day(self.now(), country)

    def advance(self, seconds: float) -> datetime:
        """Move forward (or back) by ``seconds``."""
        with self._lock:
            self._offset += timedelta(seconds=seconds)
        return self._moved()

    def set(self, moment: datetime) -> datetime:
        """Make ``moment`` the present; time goes on from there."""
        with self._lock:
            self._offset = moment - datetime.now(timezone.utc)
        return self._moved()

    def reset(self) -> datetime:
        """Return to real time."""
        with self._lock:
            self._offset = timedelta()
        return self._moved()

    def on_move(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever the clock was moved."""
        self._listeners.append(listener)

    def _moved(self) -> datetime:
        for listener in self._listeners:
            listener()
        return self.now()


def start_of_day(day: date, country: str) -> datetime:
    """The first moment of ``day`` at the merchant's, in UTC."""
    local = datetime.combine(day, time(), tzinfo=zone_of(country))
    return local.astimezone(timezone.utc)
