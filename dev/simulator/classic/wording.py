"""How MobilePay writes a status, a moment and a day."""

from __future__ import annotations

from datetime import date, datetime, timezone


def status_word(status: str, style: str) -> str:
    """A status in lower case or capitalised: both exist in the wild."""
    return status.capitalize() if style == "capital" else status


def moment_text(moment: datetime, digit: int = 0) -> str:
    """A moment with MobilePay's seven fractional digits."""
    text = moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return f"{text}{digit % 10}+00:00"


def day_text(day: date | None) -> str | None:
    """A day in the form of the machine-readable specification (date-time)."""
    return f"{day.isoformat()}T00:00:00+00:00" if day else None
