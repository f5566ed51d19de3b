"""Which of our errors a failed call is, by what it did at MobilePay.

The question behind every choice: may the same thing be done again? A write
whose answer is lost may have been done, so it is :class:`OutcomeUnknown`
unless it certainly never left us or was certainly turned away.
"""

import re
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .. import reading
from ..errors import (
    MobilePayError,
    NotFound,
    NotReady,
    OutcomeUnknown,
    Rejected,
    Unauthorized,
    Unavailable,
)
from ..phones import mask_phones_in

_NEVER_LEFT = (
    ConnectTimeoutError,
    NewConnectionError,
    ssl.SSLCertVerificationError,
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)
_SLOW = (requests.exceptions.Timeout, TimeoutError)
_TOKEN = re.compile(r"eyJ[\w-]+(?:\.[\w-]+)*|(?i:bearer)\s+\S+")
_A_DAY = 86400.0
#: MobilePay's own errors (section 4): by its code, or by the word for their kind.
_OWN_CODE = re.compile(r"[0-9]{5}", re.ASCII)
_OWN_KINDS = ("inputerror", "domainerror", "servererror")
#: Characters of a text that are looked through before it is cut.
_LONGEST_READ = 20_000


def _chain(error: object, depth: int = 8) -> Iterator[BaseException]:
    """An exception and those that requests and urllib3 wrapped in it."""
    if not isinstance(error, BaseException) or not depth:
        return
    yield error
    inner = [*error.args, getattr(error, "reason", None)]
    for wrapped in [*inner, getattr(error, "original_error", None)]:
        yield from _chain(wrapped, depth - 1)


def never_left(error: BaseException) -> bool:
    """Whether a failed call certainly reached nobody: no connection was made."""
    return any(
        isinstance(link, _NEVER_LEFT) or "Tunnel connection failed" in str(link)
        for link in _chain(error)
    )


def from_exception(
    error: BaseException, *, write: bool, correlation_id: str = ""
) -> MobilePayError:
    """The error for a call that got no answer at all.

    ``Unavailable`` for a read, and for a write that never left us; else
    ``OutcomeUnknown``. The message holds nothing of the URL.
    """
    if never_left(error):
        message = "no connection to MobilePay could be made"
    elif any(isinstance(link, _SLOW) for link in _chain(error)):
        message = "MobilePay did not answer in time"
    else:
        message = "the connection to MobilePay broke"
    if write and not never_left(error):
        return OutcomeUnknown(message, correlation_id=correlation_id)
    return Unavailable(message, correlation_id=correlation_id)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds of a Retry-After header, 0 where there is none, a day at most."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), _A_DAY)
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return 0.0
    aware = then if then.tzinfo else then.replace(tzinfo=timezone.utc)
    left = (aware - datetime.now(timezone.utc)).total_seconds()
    return min(max(left, 0.0), _A_DAY)


def own_words(value: Any, *, secrets: Iterable[str] = (), longest: int = 500) -> str:
    """MobilePay's text fit for a log: no token, no phone number, not too long.

    :param secrets: what we told MobilePay and nobody else, should it repeat it
    """
    text = reading.text(value, _LONGEST_READ)
    # longest first: one may be a part of another
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "…")
    return mask_phones_in(_TOKEN.sub("…", text))[:longest]


def own_code(value: Any, *, secrets: Iterable[str] = ()) -> str:
    """MobilePay's error code, by the same rules."""
    return own_words(value, secrets=secrets, longest=64)


def _read(body: bytes | None) -> Any:
    """The JSON of a body, None where it is none."""
    try:
        return reading.from_json(body or b"")
    except ValueError:
        return None


def _is_own(data: Any) -> bool:
    """Whether an error's body is MobilePay's own, in the form of section 4."""
    code = reading.text(reading.read(data, "error_code"))
    kind = reading.text(reading.read(data, "error")).lower()
    return bool(_OWN_CODE.fullmatch(code)) or kind in _OWN_KINDS


def _told(data: Any, secrets: Sequence[str]) -> dict[str, str]:
    """``code``, ``text`` and ``correlation_id`` of an error body (section 4).

    Also reads the gateway's own form, OAuth's, reporting's and the user
    simulation's. A body that is no JSON object says nothing.
    """
    names = (
        *("error_description", "moreInformation", "httpMessage", "message"),
        *("error", "errorText"),
    )
    return {
        "code": own_code(reading.read(data, "error_code", "code"), secrets=secrets),
        "text": own_words(reading.read(data, *names), secrets=secrets),
        "correlation_id": own_code(
            reading.read(data, "correlation_id"), secrets=secrets
        ),
    }


def from_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    write: bool,
    correlation_id: str,
    secrets: Sequence[str] = (),
) -> MobilePayError:
    """The error for an answer that is not 2xx (section 4).

    A write answered by 3xx, 408 or 5xx may have been done: ``OutcomeUnknown``.
    425 and 429 turned it away: ``Unavailable``. A read answered by 412 is of a
    report in the making (section 9): ``NotReady``.

    :param secrets: what the call was made with, and no error may hold
    """
    data = _read(body)
    told = _told(data, secrets)
    told["correlation_id"] = told["correlation_id"] or correlation_id
    error = _error(status, headers, told, write=write)
    error.own = _is_own(data)
    return error


def _error(
    status: int, headers: Mapping[str, str], told: dict[str, str], *, write: bool
) -> MobilePayError:
    if status in (401, 403):
        return Unauthorized(f"MobilePay refused the credentials ({status})", **told)
    if status == 404:
        return NotFound("MobilePay does not know this (404)", **told)
    if status == 412 and not write:
        wait = retry_after(headers)
        message = "MobilePay is still preparing this (412)"
        return NotReady(message, retry_after=wait, **told)
    if 400 <= status < 500 and status not in (408, 425, 429):
        return Rejected(f"MobilePay refused the request ({status})", **told)
    message = "redirected us, which is not followed" if status < 400 else "failed"
    message = f"MobilePay {message} ({status})"
    if write and status not in (425, 429):
        return OutcomeUnknown(message, **told)
    return Unavailable(message, retry_after=retry_after(headers), **told)
