"""One conversation with one MobilePay API: headers, time limits, errors.

Knows nothing of invoices, nor which service it speaks to.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import TracebackType
from typing import Any

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from .. import reading
from ..environments import check_address
from ..errors import BadAnswer, OutcomeUnknown, Unauthorized, Unavailable
from .failures import Reader, from_answer, from_exception, read_nothing
from .session import make_session, read_body

_logger = logging.getLogger(__name__)

_SAFE = ("GET", "HEAD")
_ID = re.compile(r"(?<=/)(?!v[0-9]+(?:/|$))[^/]*[0-9%][^/]*")
_HEADER = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Answer:
    """A 2xx answer.

    :param data: its JSON, fractions as Decimal; None where the body is empty
    :param correlation_id: the GUID that this call was sent with, '' for none
    """

    status: int
    data: Any = field(repr=False)
    correlation_id: str


@dataclass(frozen=True)
class _Call:
    """What is to be asked."""

    method: str
    path: str
    body: str | None = field(repr=False)
    params: Mapping[str, str] | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def write(self) -> bool:
        """Whether it changes something at MobilePay."""
        return self.method not in _SAFE

    @property
    def plain_path(self) -> str:
        """The path with ``{id}`` for whatever names a thing."""
        return _ID.sub("{id}", self.path)


@dataclass(frozen=True)
class _Reply:
    """What came back; ``body`` is None where it could not be read whole."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    correlation_id: str


@dataclass(frozen=True)
class Heard:
    """One call as it may be told to others: no ids but MobilePay's, no content.

    :param path: below the base, with ``{id}`` for whatever names a thing
    :param status: MobilePay's HTTP status, None where no answer came
    :param moment: when it was asked, in UTC
    """

    method: str
    path: str
    status: int | None
    correlation_id: str
    moment: datetime


class _Bearer(AuthBase):
    """The access token, or none, put where no ``.netrc`` can replace it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Transport:
    """Speaks to one API base, with an access token and the headers that let us in.

    :param base_url: https, or http on a loopback host
    :param bearer: gives the access token; called with True it gives a fresh
        one, after the last was answered with 401. None: no token is needed
    :param credentials: headers that go with each call beside the token; where one is
        empty, nothing is sent
    :param secrets: what of them no error may hold
    :param timeout: seconds to connect, and to wait for each piece of an answer
    :param backoff: seconds that the waiting between retries of GET starts from
    :param heard: is told of each call once it is over
    :param reader: reads the bodies of errors
    :param correlation_header: in which each call names itself by a GUID, '' for none
    :raises BadAddress: for any other ``base_url``

    Made for one thread. Close it, or use it as a context manager.
    """

    def __init__(
        self,
        base_url: str,
        *,
        bearer: Callable[[bool], str] | None,
        credentials: Mapping[str, str] | None = None,
        secrets: tuple[str, ...] = (),
        timeout: tuple[float, float] = (5.0, 30.0),
        backoff: float = 0.5,
        heard: Callable[[Heard], None] | None = None,
        reader: Reader = read_nothing,
        correlation_header: str = "",
    ) -> None:
        self.base_url = check_address(base_url)
        self._bearer = bearer
        self._credentials = dict(credentials or {})
        self._secrets = secrets
        self._timeout = timeout
        self._heard = heard
        self._reader = reader
        self._correlation_header = correlation_header
        self._session = make_session(self.base_url, backoff=backoff)

    def __enter__(self) -> "Transport":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        private: tuple[str, ...] = (),
    ) -> Answer:
        """Ask once, GET with retries; a 401 is answered by one fresh token.

        :param path: below the base, beginning with ``/``, its parts quoted
        :param body: JSON text, sent as it is in UTF-8
        :param headers: of this call; ``Accept`` in place of JSON's
        :param private: what of the body no error may hold, should MobilePay repeat it
        :raises Rejected: for 400, 409 and other 4xx
        :raises Unauthorized: for 401, 403, and credentials no header can carry
        :raises NotFound: for 404
        :raises Unavailable: nothing was done: 429, no connection, no token; for
            a GET also 5xx, 408 and lost or unreadable answers
        :raises NotReady: for a GET answered by 412
        :raises OutcomeUnknown: a write was sent and no usable answer came back
        """
        call = _Call(method.upper(), path, body, params, headers or {})
        tokens = [self._token(False)]
        reply = self._send(call, tokens[0])
        if reply.status == 401 and self._bearer:
            tokens.append(self._token(True))
            reply = self._send(call, tokens[1])
        secrets = (*tokens, *self._secrets, *private)
        return _answer_of(call, reply, secrets, self._reader)

    def _token(self, renew: bool) -> str:
        """The access token; that a refresh went astray is not the call's outcome."""
        if self._bearer is None:
            return ""
        try:
            return self._bearer(renew)
        except OutcomeUnknown as error:
            raise Unavailable(
                "the access token could not be renewed",
                code=error.code,
                text=error.text,
                correlation_id=error.correlation_id,
            ) from error

    def _send(self, call: _Call, token: str) -> _Reply:
        correlation_id = str(uuid.uuid4()) if self._correlation_header else ""
        start = time.monotonic()
        moment = datetime.now(timezone.utc)
        status: int | None = None
        try:
            response = self._open(call, token, correlation_id)
            status = response.status_code
            body = read_body(response, seconds=2 * self._timeout[1])
            return _Reply(status, response.headers, body, correlation_id)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise from_exception(
                error, write=call.write, correlation_id=correlation_id
            ) from None
        finally:
            heard = Heard(call.method, call.plain_path, status, correlation_id, moment)
            _log(heard, time.monotonic() - start)
            if self._heard:
                self._heard(heard)

    def _open(self, call: _Call, token: str, correlation_id: str) -> requests.Response:
        """The answer's head; its body is still on the wire."""
        return self._session.request(
            call.method,
            self.base_url + call.path,
            params=call.params,
            data=None if call.body is None else call.body.encode("utf-8"),
            headers=self._headers(call, token, correlation_id),
            auth=_Bearer(token),
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
        )

    def _headers(self, call: _Call, token: str, correlation_id: str) -> dict[str, str]:
        """All headers but the token's."""
        shown = (*self._credentials.values(), *([token] if self._bearer else []))
        if not all(_HEADER.fullmatch(value) for value in shown):
            raise Unauthorized("the credentials are empty or cannot be sent")
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            **call.headers,
            **self._credentials,
        }
        if correlation_id:
            headers[self._correlation_header] = correlation_id
        return headers


def _answer_of(
    call: _Call, reply: _Reply, secrets: tuple[str, ...], reader: Reader
) -> Answer:
    """The answer, or the error that it is."""
    if not 200 <= reply.status < 300:
        raise from_answer(
            reply.status,
            reply.headers,
            reply.body,
            write=call.write,
            correlation_id=reply.correlation_id,
            secrets=secrets,
            reader=reader,
        )
    try:
        if reply.body is None:
            raise ValueError("the body broke off")
        data = reading.from_json(reply.body)
    except ValueError:
        kind = OutcomeUnknown if call.write else BadAnswer
        raise kind(
            f"MobilePay's answer cannot be read ({reply.status})",
            correlation_id=reply.correlation_id,
        ) from None
    return Answer(reply.status, data, reply.correlation_id)


def _log(heard: Heard, seconds: float) -> None:
    """One line a call: no ids, no query, no header, no body."""
    _logger.info(
        "%s %s: %s in %d ms, correlation id %s",
        heard.method,
        heard.path,
        heard.status or "no answer",
        seconds * 1000,
        heard.correlation_id or "none",
    )
