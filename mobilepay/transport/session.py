"""One HTTP session: patient with safe calls, never with writes.

urllib3's Retry does the waiting. It is told three things it does not do by
itself: a write is not even connected twice, a Retry-After longer than we are
willing to wait ends the retries, and one that cannot be read is ignored.
"""

from __future__ import annotations

import time
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, ResponseError
from urllib3.util.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self
    from urllib3 import BaseHTTPResponse
    from urllib3.connectionpool import ConnectionPool

#: Seconds of Retry-After that are waited for; longer ones are the caller's.
LONGEST_WAIT = 10.0

#: Bytes of an answer, unpacked, that are read.
LARGEST_ANSWER = 16 * 1024 * 1024

_BUSY = (408, 429, 500, 502, 503, 504)
_CHUNK, _SMALL = 64 * 1024, 1024


class PatientRetry(Retry):
    """Retries of safe calls with back-off, none of writes."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """Seconds the server asks us to wait; None where it does not say well."""
        try:
            return super().get_retry_after(response)
        except (InvalidHeader, ValueError, OverflowError):
            return None

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Count one failure, or end the retries with MaxRetryError."""
        pool: Any = _pool
        if error is not None and not self._is_method_retryable(method or ""):
            raise MaxRetryError(pool, url or "", error)
        if response is not None and self._asks_too_much(response):
            raise MaxRetryError(pool, url or "", ResponseError("asked to wait longer"))
        return super().increment(method, url, response, error, _pool, _stacktrace)

    def _asks_too_much(self, response: BaseHTTPResponse) -> bool:
        return (self.get_retry_after(response) or 0) > LONGEST_WAIT


def make_session(address: str, *, backoff: float = 0.5) -> requests.Session:
    """A session for one address: TLS checked, no cookies, GET retried.

    Plain http, which is for loopback only, goes through no proxy.

    :param backoff: seconds that the waiting between retries starts from
    """
    session = requests.Session()
    retry = PatientRetry(
        total=3,
        connect=2,
        read=1,
        allowed_methods=frozenset({"GET"}),
        status_forcelist=_BUSY,
        backoff_factor=backoff,
        raise_on_status=False,
    )
    session.mount("https://", HTTPAdapter(max_retries=retry))
    session.mount("http://", HTTPAdapter(max_retries=retry))
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "account_mobilepay"
    session.verify = True
    session.trust_env = urlsplit(address).scheme != "http"
    return session


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """The body as it comes in, unpacked; urllib3 1 can only fill whole chunks."""
    if not hasattr(response.raw, "read1"):
        yield from response.iter_content(_SMALL)
        return
    while piece := response.raw.read1(_CHUNK, decode_content=True):
        yield piece


def read_body(response: requests.Response, *, seconds: float) -> bytes | None:
    """The body of a streamed answer; None where it broke off, drags or is too big.

    :param seconds: how long the whole body may take
    """
    end, body = time.monotonic() + seconds, bytearray()
    try:
        for piece in _pieces(response):
            body += piece
            if len(body) > LARGEST_ANSWER or time.monotonic() > end:
                return None
        return bytes(body)
    except (requests.RequestException, HTTPError, OSError):
        return None
    finally:
        response.close()
