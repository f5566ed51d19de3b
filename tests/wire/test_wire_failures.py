"""Failures that are hard to bring about on a loopback."""

import ssl

import pytest
import requests
from urllib3.exceptions import (
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from mobilepay.errors import OutcomeUnknown, Unavailable
from mobilepay.transport.failures import from_exception, retry_after


def wrapped(reason, kind=requests.ConnectionError):
    """As requests wraps what urllib3 raises."""
    return kind(MaxRetryError(None, "/path?secret=1", reason))


REFUSED = NewConnectionError(None, "refused")
NOT_SENT = [
    wrapped(REFUSED),
    wrapped(
        SSLError(ssl.SSLCertVerificationError("expired")), requests.exceptions.SSLError
    ),
    wrapped(
        ProxyError("Cannot connect to proxy.", REFUSED), requests.exceptions.ProxyError
    ),
    wrapped(
        ProxyError(
            "Cannot connect", OSError("Tunnel connection failed: 403 Forbidden")
        ),
        requests.exceptions.ProxyError,
    ),
    requests.exceptions.InvalidURL("bad"),
]
PERHAPS_SENT = [
    requests.ConnectionError(ProtocolError("aborted", ConnectionResetError())),
    requests.ReadTimeout(ReadTimeoutError(None, "/", "timed out")),
    wrapped(SSLError(ssl.SSLError("bad record mac")), requests.exceptions.SSLError),
    wrapped(
        ProxyError("Cannot connect to proxy.", ConnectionResetError()),
        requests.exceptions.ProxyError,
    ),
    requests.exceptions.ChunkedEncodingError(),
    # also what requests makes of a header that came back
    requests.exceptions.InvalidHeader("bad"),
    ConnectionResetError(),
]


@pytest.mark.parametrize("error", NOT_SENT)
def test_what_never_left_us_was_not_done(error):
    assert type(from_exception(error, write=True)) is Unavailable


@pytest.mark.parametrize("error", PERHAPS_SENT)
def test_what_may_have_arrived_may_have_been_done(error):
    assert type(from_exception(error, write=True)) is OutcomeUnknown
    assert type(from_exception(error, write=False)) is Unavailable


@pytest.mark.parametrize("error", NOT_SENT + PERHAPS_SENT)
def test_no_url_is_in_the_message(error):
    assert "secret" not in str(from_exception(error, write=True))


def test_a_date_as_retry_after():
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert retry_after({"Retry-After": "Fri, 31 Dec 2999 23:59:59 GMT"}) == 86400
    assert retry_after({}) == 0
