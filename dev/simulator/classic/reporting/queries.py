"""Reading what a reporting request asks for."""

from __future__ import annotations

import re
from datetime import date, datetime
from http import HTTPStatus

from flask import request

from ...core import simulator
from ..parts import classic
from .errors import bad_request, refusal

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT = re.compile(DAY.pattern + r"T[0-9:]{8}(\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})")


def check_timeout() -> None:
    """Answer 408 as often as the setting ``reporting_timeouts`` says."""
    settings = classic().settings
    with simulator().store.lock:
        is_out = settings.reporting_timeouts > 0
        settings.reporting_timeouts -= is_out
    if is_out:
        text = "The request timed out. Resubmit it later."
        raise refusal(HTTPStatus.REQUEST_TIMEOUT, text)


def read_day(name: str) -> date | None:
    """A parameter ``YYYY-MM-DD``, None when it is not there."""
    text = request.args.get(name)
    if not text:
        return None
    if not DAY.fullmatch(text):
        raise bad_request(f"{name} must be a date (YYYY-MM-DD)")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise bad_request(f"{name}: {error}") from error


def read_moment(name: str) -> datetime | None:
    """A parameter ``YYYY-MM-DDTHH:mm:ssZ`` (or with an offset), likewise."""
    text = request.args.get(name)
    if not text:
        return None
    if not MOMENT.fullmatch(text):
        raise bad_request(f"{name} must be a moment (YYYY-MM-DDTHH:mm:ssZ)")
    shortened = re.sub(r"(\.\d{6})\d", r"\1", text.replace("Z", "+00:00"))
    try:
        return datetime.fromisoformat(shortened)
    except ValueError as error:
        raise bad_request(f"{name}: {error}") from error


def read_days(start: str, end: str) -> tuple[date | None, date | None]:
    """Two days in order."""
    first, last = read_day(start), read_day(end)
    if first and last and first > last:
        raise bad_request(f"{start} must not be after {end}")
    return first, last


def read_moments(start: str, end: str) -> tuple[datetime | None, datetime | None]:
    """Two moments in order."""
    first, last = read_moment(start), read_moment(end)
    if first and last and first > last:
        raise bad_request(f"{start} must not be after {end}")
    return first, last


def read_needed_days() -> tuple[date, date]:
    """``from`` and ``to``, both of them."""
    first, last = read_days("from", "to")
    if first is None or last is None:
        raise bad_request("from and to are required (YYYY-MM-DD)")
    return first, last


def read_count(name: str, default: int, highest: int | None = None) -> int:
    """A whole number from 1 on."""
    text = request.args.get(name)
    if not text:
        return default
    count = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    if count < 1 or (highest and count > highest):
        raise bad_request(f"{name} must be a number from 1 to {highest or 'any'}")
    return count
