"""Which of our errors a failed call is, by what it did at MobilePay.

The question behind every choice: may the same thing be done again? A write
whose answer is lost may have been done, so it is :class:`OutcomeUnknown`
unless it certainly never left us or was certainly turned away.
"""

import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .. import reading
from ..errors import (
    Busy,
    MobilePayError,
    NotFound,
    NotReady,
    OutcomeUnknown,
    RateLimited,
    Reason,
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
#: What is worth more words than that it was refused.
_REFUSED = {
    Reason.KEY_REUSED: (
        "an idempotency key was used again with another body: a fault of the addon"
    ),
    # MobilePay's own wish: nobody is told that his number is wrong
    Reason.PAYER_NOT_FOUND: "MobilePay cannot ask this payer",
}
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


@dataclass(frozen=True)
class Told:
    """What the body of an error says, fit for a log.

    :param correlation_id: the service's own id of the call, where the body has one
    :param own: whether it came as MobilePay's own error, see :class:`.MobilePayError`
    :param reason: what its code means, where that is known
    """

    code: str = ""
    text: str = ""
    correlation_id: str = ""
    own: bool = False
    reason: Reason | None = None

    @property
    def words(self) -> dict[str, str]:
        """What every error is made with."""
        return {
            "code": self.code,
            "text": self.text,
            "correlation_id": self.correlation_id,
        }


#: How a service writes its errors: HTTP status, JSON (None where there is none), and
#: what no error may hold.
Reader = Callable[[int, Any, Sequence[str]], Told]


def read_nothing(_status: int, _data: Any, _secrets: Sequence[str]) -> Told:
    """Of a service whose errors are in no known form."""
    return Told()


def from_answer(
    status: int,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    write: bool,
    correlation_id: str,
    secrets: Sequence[str] = (),
    reader: Reader = read_nothing,
) -> MobilePayError:
    """The error for an answer that is not 2xx.

    A write answered by 3xx, 408 or 5xx may have been done: ``OutcomeUnknown``.
    425 and 429 turned it away: ``Unavailable``. A read answered by 412 is of a
    report in the making: ``NotReady``. A reason that is known goes before the
    status.

    :param secrets: what the call was made with, and no error may hold
    :param reader: reads what the body says
    """
    told = reader(status, _read(body), secrets)
    if not told.correlation_id:
        told = replace(told, correlation_id=correlation_id)
    error = _by_reason(headers, told) or _by_status(status, headers, told, write=write)
    error.own, error.reason = told.own, told.reason
    return error


def _by_reason(headers: Mapping[str, str], told: Told) -> MobilePayError | None:
    """The error where its code alone decides."""
    if told.reason is None:
        return None
    if told.reason is Reason.UNKNOWN_REFERENCE:
        return NotFound("MobilePay does not know this", **told.words)
    if told.reason.passes:
        wait = retry_after(headers)
        message = "MobilePay cannot do this just now"
        return Busy(message, retry_after=wait, **told.words)
    message = _REFUSED.get(told.reason, "MobilePay refused the request")
    return Rejected(message, **told.words)


def _by_status(
    status: int, headers: Mapping[str, str], told: Told, *, write: bool
) -> MobilePayError:
    words, wait = told.words, retry_after(headers)
    if status in (401, 403):
        return Unauthorized(f"MobilePay refused the credentials ({status})", **words)
    if status == 404:
        return NotFound("MobilePay does not know this (404)", **words)
    if status == 412 and not write:
        message = "MobilePay is still preparing this (412)"
        return NotReady(message, retry_after=wait, **words)
    if status == 429:
        message = "too many calls to MobilePay (429)"
        return RateLimited(message, retry_after=wait, **words)
    if 400 <= status < 500 and status not in (408, 425):
        return Rejected(f"MobilePay refused the request ({status})", **words)
    message = "redirected us, which is not followed" if status < 400 else "failed"
    message = f"MobilePay {message} ({status})"
    if write and status != 425:
        return OutcomeUnknown(message, **words)
    return Unavailable(message, retry_after=wait, **words)
