"""The token endpoint: a code or a refresh token for a new set (section 2).

Refresh tokens are single-use and rotate, so a request that was sent and not
answered is :class:`OutcomeUnknown`, and an answer that holds an access token is
never refused for something else that is odd about it.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import requests
from authlib.oauth2.auth import ClientAuth  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_token_request,
)
from urllib3.exceptions import HTTPError

from .. import reading
from ..errors import (
    ClientRefused,
    ConsentLost,
    MobilePayError,
    OutcomeUnknown,
    Rejected,
    Unauthorized,
    Unavailable,
)
from ..transport.failures import from_exception, own_code, own_words, retry_after
from ..transport.session import read_body
from ..types import TokenSet
from .discovery import Document

#: Seconds an access token is taken to live where ``expires_in`` is not said.
DEFAULT_LIFE = 300

_LONGEST_LIFE = 86400
_FORM = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
}
_CLIENT = ("invalid_client", "unauthorized_client", "invalid_scope")
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")


def _as_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep our own Authorization header, or none: no ``.netrc``."""
    return request


class TokenEndpoint:
    """Asks the token endpoint of one provider as one client.

    :param timeout: seconds to connect, and to wait for each piece of an answer
    """

    def __init__(
        self,
        session: requests.Session,
        document: Document,
        *,
        client_id: str,
        client_secret: str,
        timeout: tuple[float, float],
    ) -> None:
        self._session = session
        self._url = document.token_endpoint
        self._client = ClientAuth(client_id, client_secret, _auth_method(document))
        self._client_secret = client_secret
        self._timeout = timeout

    def ask(self, grant_type: str, **params: str) -> Mapping[str, Any]:
        """One request, never repeated; the answer's JSON object.

        :raises ConsentLost: a refresh token was not taken (``invalid_grant``)
        :raises ClientRefused: the client was not
        :raises Rejected: a code was not, or the request was not understood
        :raises Unavailable: 5xx, 429, or no connection
        :raises OutcomeUnknown: sent, and no usable answer came back
        """
        response = self._post(prepare_token_request(grant_type, **params))
        body = read_body(response, seconds=2 * self._timeout[1])
        try:
            data = reading.from_json(body or b"")
        except ValueError:
            data = None
        error = reading.text(reading.read(data, "error"))
        if error or not 200 <= response.status_code < 300:
            held = [value for name, value in params.items() if name != "redirect_uri"]
            secrets = [self._client_secret, *held]
            raise _refusal(response, data, grant_type, secrets)
        if not isinstance(data, Mapping):
            raise OutcomeUnknown("the token endpoint's answer cannot be read")
        return data

    def _post(self, form: str) -> requests.Response:
        try:
            # a copy: Authlib writes the client's secret into it
            headers = dict(_FORM)
            url, headers, body = self._client.prepare("POST", self._url, headers, form)
            return self._session.post(
                url,
                data=body,
                headers=headers,
                auth=_as_is,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, HTTPError, OSError) as error:
            raise from_exception(error, write=True) from None
        except UnicodeError:
            raise ClientRefused("the client's credentials cannot be sent") from None


def _auth_method(document: Document) -> str:
    """In the form, as section 2 shows, unless the document rules it out."""
    methods = document.auth_methods
    if "client_secret_basic" in methods and "client_secret_post" not in methods:
        return "client_secret_basic"
    return "client_secret_post"


def _refusal(
    response: requests.Response, data: Any, grant_type: str, secrets: list[str]
) -> MobilePayError:
    """The error that an answer of the token endpoint is."""
    status = response.status_code
    error = own_code(reading.read(data, "error"), secrets=secrets)
    said = reading.read(data, "error_description", "moreInformation")
    words = own_words(said, secrets=secrets)
    if status >= 500 or status in (408, 425, 429) or 300 <= status < 400:
        return Unavailable(
            f"the token endpoint is not available ({status})",
            code=error,
            text=words,
            retry_after=retry_after(response.headers),
        )
    if error == "invalid_grant" and grant_type == "refresh_token":
        return ConsentLost("the merchant's consent is gone", code=error, text=words)
    if error in _CLIENT:
        return ClientRefused("the OpenID client was refused", code=error, text=words)
    kind = Unauthorized if status in (401, 403) else Rejected
    return kind(f"the token request was refused ({status})", code=error, text=words)


def _token(data: Mapping[str, Any], name: str) -> str:
    value = reading.read(data, name)
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else ""


def _life(data: Mapping[str, Any]) -> timedelta:
    """How long the access token lives, from ``expires_in`` in seconds."""
    seconds = reading.number(reading.read(data, "expires_in"))
    if seconds is None or seconds <= 0:
        seconds = reading.number(DEFAULT_LIFE) or seconds
    return timedelta(seconds=min(int(seconds or 0), _LONGEST_LIFE))


def token_set(
    data: Mapping[str, Any], *, asked: datetime, refresh_token: str, subject: str
) -> TokenSet:
    """The tokens of an answer.

    :param asked: aware UTC, when the request was sent: the life counts from it
    :param refresh_token: kept where the answer brings no new one
    :raises OutcomeUnknown: where there is no access token in it
    :raises Rejected: where there is no refresh token, neither old nor new
    """
    access_token = _token(data, "access_token")
    if not access_token:
        raise OutcomeUnknown("the token endpoint gave no access token")
    kept = _token(data, "refresh_token") or refresh_token
    if not kept:
        raise Rejected(
            "MobilePay gave no refresh token: the client may not ask for "
            "offline_access",
            code="no_refresh_token",
        )
    return TokenSet(access_token, kept, asked + _life(data), subject)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(timezone.utc)
