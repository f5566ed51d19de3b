"""What the OpenID provider remembers, in the forms that Authlib asks for."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin

SCOPES = ("openid", "offline_access", "invoice", "transactionreporting")
RESPONSE_TYPES = ("code id_token",)
GRANT_TYPES = ("authorization_code", "refresh_token")
AUTH_METHODS = ("client_secret_post", "client_secret_basic")
PEOPLE = uuid.uuid5(uuid.NAMESPACE_DNS, "people.mobilepay.example")


@dataclass
class Client(ClientMixin):
    """An integrator: ``client_id`` and ``client_secret`` of the "zip file"."""

    KEY: ClassVar[str] = "client_id"
    client_id: str
    client_secret: str
    redirect_uris: list[str] = field(default_factory=list)

    def get_client_id(self) -> str:
        """The identifier, for Authlib."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: every authorize request names its redirect_uri."""

    def get_allowed_scope(self, scope: str | None) -> str:
        """Of the scopes asked for, those that exist."""
        return " ".join(name for name in (scope or "").split() if name in SCOPES)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Registered beforehand and exactly equal."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Compare in constant time."""
        return secrets.compare_digest(
            self.client_secret.encode(), client_secret.encode()
        )

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Both ways of sending the secret; without one is none."""
        return method in AUTH_METHODS

    def check_response_type(self, response_type: str) -> bool:
        """The hybrid flow only."""
        return response_type in RESPONSE_TYPES

    def check_grant_type(self, grant_type: str) -> bool:
        """Code and refresh token."""
        return grant_type in GRANT_TYPES


@dataclass
class Person:
    """A merchant's user who grants access for one merchant."""

    username: str
    merchant_id: str
    merchant_vat: str

    def get_user_id(self) -> str:
        """The ``sub`` of this user, the same at every login."""
        return str(uuid.uuid5(PEOPLE, self.username))


@dataclass
class Session:
    """A merchant's consent to one integrator, until someone ends it."""

    KEY: ClassVar[str] = "id"
    id: str
    client_id: str
    merchant_id: str
    merchant_vat: str
    username: str
    scope: str
    started_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None

    def person(self) -> Person:
        """Who granted it."""
        return Person(self.username, self.merchant_id, self.merchant_vat)


@dataclass
class Code(AuthorizationCodeMixin):
    """An authorization code: works once and for five minutes."""

    KEY: ClassVar[str] = "code"
    code: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    username: str
    merchant_id: str
    merchant_vat: str
    session_id: str
    code_challenge: str
    code_challenge_method: str
    auth_time: int
    expires_at: datetime
    is_used: bool = False

    def get_redirect_uri(self) -> str:
        """The redirect_uri of the authorize request."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """The scope that was granted."""
        return self.scope

    def get_nonce(self) -> str:
        """The nonce for the ID token."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When the user logged in."""
        return self.auth_time

    def person(self) -> Person:
        """Who granted it."""
        return Person(self.username, self.merchant_id, self.merchant_vat)


@dataclass
class Token(TokenMixin):
    """An access token with its refresh token, if it has one."""

    KEY: ClassVar[str] = "access_token"
    access_token: str
    refresh_token: str | None
    client_id: str
    session_id: str
    merchant_id: str
    scope: str
    issued_at: datetime
    expires_at: datetime
    refresh_expires_at: datetime
    is_refresh_used: bool = False

    def check_client(self, client: Client) -> bool:
        """Issued to this integrator."""
        return self.client_id == client.client_id

    def get_scope(self) -> str:
        """The scope of the access token."""
        return self.scope


@dataclass
class Nonce:
    """A nonce that was used once and must not come again."""

    KEY: ClassVar[str] = "value"
    value: str


@dataclass
class SigningKey:
    """The private key of the OpenID provider, as a JWK."""

    KEY: ClassVar[str] = "kid"
    kid: str
    jwk: dict[str, Any]


class Bearer(Protocol):
    """What the gateway needs to know of a token."""

    merchant_id: str
    scope: str


class JudgedToken:
    """A token as it is now: the question Authlib's validator asks."""

    def __init__(self, token: Bearer, is_expired: bool, is_revoked: bool) -> None:
        self.token = token
        self._is_expired = is_expired
        self._is_revoked = is_revoked

    def is_expired(self) -> bool:
        """Its time is over, on the simulator's clock."""
        return self._is_expired

    def is_revoked(self) -> bool:
        """The merchant's consent ended."""
        return self._is_revoked

    def get_scope(self) -> str:
        """The scope of the access token."""
        return self.token.scope


def describe(session: Session) -> dict[str, Any]:
    """A session for showing, without anything secret."""
    return {
        "id": session.id,
        "merchant_vat": session.merchant_vat,
        "username": session.username,
        "scope": session.scope,
        "started_at": session.started_at,
        "ended_at": session.ended_at,
        "ended_by": session.ended_by,
    }
