"""Read what MobilePay wrote, liberally: names in any case, values in any dress.

MobilePay's documents spell names in PascalCase, camelCase and snake_case, and
write dates and numbers in several ways. Converters never raise: what cannot be
read is None, or '' for text.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NoReturn

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?"
    r" ?([Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_CEILING = Decimal(10) ** 15
_LONGEST_INTEGER = 19
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _whole(text: str) -> int | Decimal:
    """An integer; one too long to be meant is kept as a Decimal."""
    return int(text) if len(text) <= _LONGEST_INTEGER else Decimal(text)


def _fraction(text: str) -> Decimal | None:
    """A fraction, exact; one with an endless exponent counts as null."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


def decoder() -> json.JSONDecoder:
    """Strict JSON: fractions as Decimal, no NaN, no number too long to read."""
    return json.JSONDecoder(
        parse_float=_fraction, parse_int=_whole, parse_constant=_no_constant
    )


def from_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8; None for an empty one.

    :raises ValueError: for anything that is not JSON, or nested without end
    """
    text = body.decode("utf-8-sig").strip()
    if not text:
        return None
    try:
        return decoder().decode(text)
    except RecursionError:
        raise ValueError("the JSON text cannot be read") from None


def plain(name: str) -> str:
    """A name as it is compared: in lower case, without ``_`` and ``-``."""
    return name.replace("_", "").replace("-", "").lower()


def read(mapping: Any, *names: str) -> Any:
    """The first value under one of ``names``, in any case, ``_`` and ``-`` ignored.

    None where ``mapping`` is not an object, or has none of them, or null.
    """
    if not isinstance(mapping, Mapping):
        return None
    found: dict[str, Any] = {}
    for key, value in mapping.items():
        if value is not None:
            found.setdefault(plain(str(key)), value)
    hits = (found.get(plain(name)) for name in names)
    return next((hit for hit in hits if hit is not None), None)


def items(value: Any) -> list[Any]:
    """A JSON array as a list; anything else as an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any, limit: int = 1000) -> str:
    """A word or number as text fit for a database, at most ``limit`` characters."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))[:limit].strip()


def _written(value: Any) -> str:
    if isinstance(value, dict):
        members = (f"{_written(key)}:{_written(held)}" for key, held in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def as_json(value: Any) -> str:
    """Compact JSON of a value of :func:`from_json`, fit for a database.

    Fractions keep their digits. '' for a value nested too deep to write.
    """
    try:
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", _written(value))
    except RecursionError:
        return ""


def guid(value: Any) -> str:
    """A GUID in lower case, '' for anything else."""
    candidate = value.strip().lower() if isinstance(value, str) else ""
    return candidate if _GUID.fullmatch(candidate) else ""


def number(value: Any) -> Decimal | None:
    """A JSON number, or a number written as text, as an exact Decimal."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    exact = Decimal(value)
    return exact if exact.is_finite() and -_CEILING < exact < _CEILING else None


def _zone(text: str | None) -> timezone:
    """'Z', '+01:00', '+0100', '+01' or nothing, which means UTC."""
    if not text or text in "Zz":
        return timezone.utc
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def moment(value: Any) -> datetime | None:
    """An ISO 8601 moment as an aware datetime in UTC.

    Reads seven fractional digits (the seventh is dropped), ``Z``, offsets. No
    offset means UTC; a date alone is its midnight in UTC, which is the same
    calendar day in Denmark and Finland. The year 1 is .NET's way to say none.
    """
    match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or match[1] == "0001":
        return None
    year, month, number, hour, minute, second = (
        int(part or 0) for part in match.group(1, 2, 3, 4, 5, 6)
    )
    micro = int((match[7] or "").ljust(6, "0")[:6])
    try:
        written = datetime(year, month, number, hour, minute, second, micro)
        return written.replace(tzinfo=_zone(match[8])).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def day(value: Any) -> date | None:
    """The calendar date as it is written; the time and offset behind it dropped."""
    if not isinstance(value, str) or moment(value) is None:
        return None
    return date.fromisoformat(value.strip()[:10])
