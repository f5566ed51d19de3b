"""The access token of a sales unit (section 2)."""

from datetime import datetime, timedelta, timezone
from typing import Any

from .. import reading
from ..errors import (
    ClientRefused,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Unauthorized,
    Unavailable,
)
from ..transport.transport import Transport
from ..types import Token
from .access import Access
from .refusals import read_error

#: Seconds a token is taken to live where MobilePay does not say.
DEFAULT_LIFE = 300

_LONGEST_LIFE = 86400
_LONGEST_TOKEN = 16384


def fetch_token(access: Access, **others: Any) -> Token:
    """A new access token; older ones stay good until their end.

    Called by whoever holds the lock of the connection's token, once for all.

    :param others: see :class:`.Transport`
    :raises ClientRefused: one of the four keys is not good, here
    :raises Unavailable: it could not be had now; asking again does no harm
    """
    asked = datetime.now(timezone.utc)
    pair = {"client_id": access.client_id, "client_secret": access.client_secret}
    with Transport(
        access.api_base,
        bearer=None,
        credentials={**access.headers(), **pair},
        secrets=access.secrets,
        reader=read_error,
        **others,
    ) as transport:
        data = _ask(transport, access.token_path)
    value = reading.text(reading.read(data, "access_token"), _LONGEST_TOKEN)
    if not value:
        raise Unavailable("the answer holds no access token")
    return Token(value, asked + _life(data, asked))


def _ask(transport: Transport, path: str) -> Any:
    """The endpoint's answer; a lost one is no harm."""
    try:
        return transport.request("POST", path).data
    except (Unauthorized, Rejected) as error:
        raise ClientRefused(
            "MobilePay refused the keys of the sales unit",
            code=error.code,
            text=error.text,
            correlation_id=error.correlation_id,
        ) from error
    except (OutcomeUnknown, NotFound) as error:
        raise Unavailable(
            "no access token could be had",
            code=error.code,
            text=error.text,
            correlation_id=error.correlation_id,
        ) from error


def _life(data: Any, asked: datetime) -> timedelta:
    """How long a token lives: numbers come as text, ``expires_in`` in seconds.

    ``expires_on`` is by MobilePay's clock, so it is the second choice.
    """
    seconds = reading.number(reading.read(data, "expires_in"))
    until = reading.number(reading.read(data, "expires_on"))
    if seconds is None and until is not None:
        seconds = until - int(asked.timestamp())
    whole = int(seconds) if seconds and seconds > 0 else DEFAULT_LIFE
    return timedelta(seconds=min(whole, _LONGEST_LIFE))
