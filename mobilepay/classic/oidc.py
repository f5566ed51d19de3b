"""OpenID Connect with MobilePay: connect a merchant once, keep the session.

Section 2 of the contract: hybrid flow ``code id_token`` with PKCE, rotating
refresh tokens. Requests are built and claims checked by Authlib; nothing is
kept here between calls but the provider's public documents. No message and no
log line holds a token, a code or a secret.
"""

import secrets
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_grant_uri,
)
from authlib.oauth2.rfc7636 import (  # type: ignore[import-untyped]
    create_s256_code_challenge,
)
from joserfc.jwk import RSAKey

from .. import reading
from ..environments import check_address
from ..errors import BadIdToken
from ..transport.session import make_session
from ..types import TokenSet
from .discovery import Document, fetch_document, fetch_json
from .idtoken import Expected, import_keys, verify
from .tokens import TokenEndpoint, now, token_set

SCOPE = "openid offline_access invoice transactionreporting"
RESPONSE_TYPE = "code id_token"
RESPONSE_MODES = ("form_post", "fragment")


@dataclass(frozen=True)
class Login:
    """One authorization request; all but ``url`` is kept until the answer.

    :param url: where the browser goes
    :param state: comes back with the answer
    :param nonce: comes back inside the ID token; never used twice
    :param code_verifier: goes to the token endpoint with the code
    """

    url: str
    state: str
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)


class Provider:
    """The OpenID provider of one environment, asked as one client.

    :param discovery_url: https, or http on a loopback host
    :param client_id: of the OpenID client (not the gateway's)
    :param client_secret: of the same
    :param timeout: seconds to connect, and to wait for each piece of an answer
    :param session: one made by :func:`.make_session`, else an own one
    :raises BadAddress: for any other ``discovery_url``

    Every method also raises BadDocument where the provider's documents cannot
    be used, and Unavailable where they cannot be had.
    """

    def __init__(
        self,
        discovery_url: str,
        *,
        client_id: str,
        client_secret: str,
        timeout: tuple[float, float] = (5.0, 30.0),
        session: requests.Session | None = None,
    ) -> None:
        check_address(discovery_url)
        self.discovery_url = discovery_url
        self.client_id = client_id
        self._client_secret = client_secret
        self._timeout = timeout
        self._session = session or make_session(discovery_url)
        self._document: Document | None = None
        self._keys: list[RSAKey] = []

    def __enter__(self) -> "Provider":
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

    @property
    def document(self) -> Document:
        """The provider's discovery document."""
        if self._document is None:
            self._document = fetch_document(
                self._session, self.discovery_url, self._timeout
            )
        return self._document

    def start(
        self,
        *,
        redirect_uri: str,
        merchant_vat: str,
        response_mode: str = "form_post",
        scope: str = SCOPE,
    ) -> Login:
        """An authorization request for the browser to make (section 2, step 1).

        :param redirect_uri: registered with MobilePay, matched to the letter
        :param merchant_vat: as :func:`~.environments.merchant_vat` writes it;
            '' lets the user choose
        :param response_mode: 'form_post' or 'fragment'
        :raises BadAddress: where ``redirect_uri`` is neither https nor loopback
        """
        check_address(redirect_uri)
        if response_mode not in RESPONSE_MODES:
            raise ValueError(f"response_mode is one of {RESPONSE_MODES}")
        state, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(3))
        url: str = prepare_grant_uri(
            self.document.authorization_endpoint,
            self.client_id,
            RESPONSE_TYPE,
            redirect_uri=redirect_uri,
            scope=scope,
            state=state,
            response_mode=response_mode,
            nonce=nonce,
            merchant_vat=merchant_vat or None,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        _check_pkce(url)
        return Login(url, state, nonce, verifier)

    def finish(
        self,
        *,
        code: str,
        id_token: str,
        redirect_uri: str,
        nonce: str,
        code_verifier: str,
    ) -> TokenSet:
        """Both ID tokens checked, the code exchanged (section 2, steps 2 and 3).

        The first ID token is checked before the code is used. The answer's
        ``state`` is the caller's to check.

        :param redirect_uri: the one of the login, as are nonce and verifier
        :raises BadIdToken: for any check that failed
        :raises Rejected: for a code MobilePay does not take, or no refresh token
        :raises ClientRefused: for a client MobilePay does not take
        :raises OutcomeUnknown: the code was sent and no usable answer came back
        """
        if not (code and nonce):
            raise BadIdToken("the answer brought no code, or the login no nonce")
        front = self._verify(id_token, nonce, code=code)
        asked = now()
        data = self._endpoint().ask(
            "authorization_code",
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=code_verifier,
        )
        tokens = token_set(
            data,
            asked=asked,
            # a code brings the first one
            refresh_token="",  # nosec B106
            subject=front["sub"],
        )
        back = self._verify(
            _text(data, "id_token"), nonce, access_token=tokens.access_token
        )
        if (back["sub"], back["iss"]) != (front["sub"], front["iss"]):
            raise BadIdToken("the two ID tokens are about different users")
        return tokens

    def refresh(self, refresh_token: str) -> TokenSet:
        """A new pair of tokens for an old refresh token (section 2, step 4).

        Where the answer brings no new refresh token, the old one stays. An ID
        token in the answer is not looked at: nothing depends on it, and to
        refuse it would lose the new refresh token. ``subject`` is ''.

        :raises ConsentLost: the refresh token is spent, revoked or too old
        :raises ClientRefused: the client is not taken any more
        :raises Unavailable: nothing was done: 5xx, 429, no connection
        :raises OutcomeUnknown: sent and not answered: the token may be spent
        """
        asked = now()
        data = self._endpoint().ask("refresh_token", refresh_token=refresh_token)
        return token_set(data, asked=asked, refresh_token=refresh_token, subject="")

    def _endpoint(self) -> TokenEndpoint:
        return TokenEndpoint(
            self._session,
            self.document,
            client_id=self.client_id,
            client_secret=self._client_secret,
            timeout=self._timeout,
        )

    def _fetch_keys(self, fresh: bool) -> list[RSAKey]:
        if fresh or not self._keys:
            url = self.document.jwks_uri
            self._keys = import_keys(fetch_json(self._session, url, self._timeout))
        return self._keys

    def _verify(
        self, id_token: str, nonce: str, *, code: str = "", access_token: str = ""
    ) -> dict[str, Any]:
        expected = Expected(
            issuer=self.document.issuer,
            client_id=self.client_id,
            nonce=nonce,
            code=code,
            access_token=access_token,
        )
        return verify(id_token, self._fetch_keys, expected)


def _text(data: Any, name: str) -> str:
    value = reading.read(data, name)
    return value if isinstance(value, str) else ""


def _check_pkce(url: str) -> None:
    """Authlib drops PKCE for ``code id_token`` in places; MobilePay needs it."""
    query = parse_qs(urlsplit(url).query)
    if len(query.get("code_challenge", [""])[0]) != 43:
        raise RuntimeError("the authorization request carries no code_challenge")
    if query.get("code_challenge_method") != ["S256"]:
        raise RuntimeError("the authorization request does not say S256")
