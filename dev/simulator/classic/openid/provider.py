"""Authlib's authorization server with MobilePay's rules laid on top.

All tokens, hashes and signatures are the library's. Ours are: which flow is
allowed, that PKCE S256 is required, that codes, nonces and refresh tokens work
once, and how the answer travels back to the merchant.
"""

from __future__ import annotations

import time
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import (
    AccessDeniedError,
    InvalidRequestError,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import OpenIDCode, OpenIDHybridGrant, OpenIDToken
from authlib.oidc.core.grants.util import create_response_mode_response
from flask import Flask, render_template
from joserfc.jwk import KeySet

from ...core import simulator
from ..parts import classic
from .records import AUTH_METHODS, SCOPES, Client, Code, Person, Token

RESPONSE_MODES = ("form_post", "fragment")
HTML = [("Content-Type", "text/html; charset=utf-8")]


def issuer() -> str:
    """The issuer, which is not a prefix of the discovery URL (section 2)."""
    return f"{simulator().base_url}/merchant"


class Signing:
    """How ID tokens are signed and what they say."""

    DEFAULT_EXPIRES_IN = 300

    def resolve_client_private_key(self, client: Client) -> KeySet:
        """The provider's newest key."""
        return classic().sessions.signing_keys()

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        """Issuer and audience; the library's times, unless a fault skews them."""
        claims: dict[str, Any] = {"iss": issuer(), "aud": [client.client_id]}
        skew = simulator().faults.strike("id_token_skew", subject=client.client_id)
        if skew:
            issued = int(time.time() + skew["seconds"])
            claims.update(iat=issued, exp=issued + self.DEFAULT_EXPIRES_IN)
        return claims

    def generate_user_info(self, user: Person, scope: str) -> dict[str, str]:
        """The user's ``sub``."""
        return {"sub": user.get_user_id()}


class HybridGrant(Signing, OpenIDHybridGrant):
    """``code id_token`` by form_post or fragment."""

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """A nonce used before is refused."""
        return classic().sessions.nonce_was_used(nonce)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Keep the code, with all that the token endpoint will check."""
        asked = request.payload.data
        if not classic().sessions.use_nonce(asked["nonce"]):
            raise InvalidRequestError("Replay attack")
        classic().sessions.save_code(code, request.user, request.client, asked)

    def create_authorization_response(
        self, redirect_uri: str, grant_user: Person | None
    ) -> tuple[int, Any, list[tuple[str, str]]]:
        """Send the answer back, grant or refusal, with the state."""
        data = self.request.payload.data
        params = self._granted(grant_user) if grant_user else self._refused()
        if self.request.payload.state:
            params.append(("state", self.request.payload.state))
        mode = data.get("response_mode", self.DEFAULT_RESPONSE_MODE)
        if mode == "form_post":
            page = render_template(
                "classic/form_post.html", action=redirect_uri, fields=params
            )
            return 200, page, HTML
        return create_response_mode_response(redirect_uri, params, mode)

    def _granted(self, person: Person) -> list[tuple[str, str]]:
        params = self.create_granted_params(person)
        kept = [(name, value) for name, value in params if name != "expires_in"]
        return [*kept, ("session_state", generate_token(43))]

    @staticmethod
    def _refused() -> list[tuple[str, str]]:
        refusal = AccessDeniedError(description="The user refused to grant access")
        return refusal.get_body()


class S256Required(CodeChallenge):
    """PKCE with S256 for every client, as MobilePay requires."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: Any) -> None:
        """A request without a challenge, or with another method, is an error."""
        data = grant.request.payload.data
        if not data.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge'")
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("'code_challenge_method' must be S256")
        super().validate_code_challenge(grant, redirect_uri)


class CodeGrant(AuthorizationCodeGrant):
    """The exchange of a code for tokens."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """Take the code: a second try finds none, whatever the first one's fate."""
        return classic().sessions.take_code(code, client)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Nothing to do: it was taken when it was asked for."""

    def authenticate_user(self, authorization_code: Code) -> Person:
        """Who granted access."""
        return authorization_code.person()

    def generate_token(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Only offline_access yields a refresh token."""
        scope = options.get("scope") or ""
        options["include_refresh_token"] = "offline_access" in scope.split()
        return super().generate_token(*args, **options)


class RefreshGrant(RefreshTokenGrant):
    """Rotating refresh tokens: each works once and yields the next."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(AUTH_METHODS)
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        """Take the refresh token; a used or revoked one is invalid_grant."""
        client = self.request.client
        self._revoke_by_fault(refresh_token, client)
        return classic().sessions.take_refresh_token(refresh_token, client)

    @staticmethod
    def _revoke_by_fault(refresh_token: str, client: Client) -> None:
        sessions = classic().sessions
        token = sessions.find_token(refresh_token)
        if token and simulator().faults.strike("revoke", subject=client.client_id):
            sessions.end(token.session_id, "a fault")

    def authenticate_user(self, refresh_token: Token) -> Person:
        """Who granted access, long ago."""
        return classic().sessions.session(refresh_token.session_id).person()

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """Nothing to do: it was taken when it was asked for."""


class CodeIDToken(Signing, OpenIDCode):
    """The ID token of the code exchange, with nonce and at_hash."""

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """Checked at the authorize endpoint already."""
        return False


class RefreshIDToken(Signing, OpenIDToken):
    """The ID token of a refresh; one page spells its name with a hyphen."""

    def process_token(self, grant: Any, response: Any) -> dict[str, Any]:
        """Add it under the name that the settings choose."""
        token = super().process_token(grant, response)
        name = classic().settings.refresh_id_token_name
        if name != "id_token" and "id_token" in token:
            token[name] = token.pop("id_token")
        return token


class Revocation(RevocationEndpoint):
    """RFC 7009: an integrator gives a consent back."""

    CLIENT_AUTH_METHODS = list(AUTH_METHODS)

    def query_token(self, token_string: str, token_type_hint: str) -> Token | None:
        """By access token or refresh token, whatever the hint."""
        return classic().sessions.find_token(token_string)

    def revoke_token(self, token: Token, request: OAuth2Request) -> None:
        """End the session."""
        classic().sessions.end(token.session_id, "the integrator")


class AccessTokens(JWTBearerTokenGenerator):
    """Access tokens are JWTs; the gateway judges them by the session book."""

    def __init__(self) -> None:
        super().__init__(
            issuer="",
            refresh_token_generator=lambda **_: generate_token(64),
            expires_generator=lambda *_: classic().settings.access_token_seconds,
        )

    def get_jwks(self) -> KeySet:
        """The provider's keys."""
        self.issuer = issuer()
        return classic().sessions.signing_keys()

    def get_extra_claims(
        self, client: Client, grant_type: str, user: Person, scope: str
    ) -> dict[str, str]:
        """The merchant on whose behalf the integrator acts."""
        return {"merchant_id": user.merchant_id, "merchant_vat": user.merchant_vat}


def save_token(token: dict[str, Any], request: OAuth2Request) -> None:
    """Keep an issued token with its session, new or continued."""
    sessions = classic().sessions
    if request.authorization_code:
        session = sessions.start(request.authorization_code)
        simulator().journal.count("openid", "codes exchanged")
    else:
        session = sessions.session(request.refresh_token.session_id)
        simulator().journal.count("openid", "refreshes")
    sessions.save_token(token, session)


def create_server(app: Flask) -> AuthorizationServer:
    """The provider's authorization server."""
    server = AuthorizationServer(
        query_client=lambda client_id: classic().sessions.clients.get(client_id),
        save_token=save_token,
    )
    app.config["OAUTH2_SCOPES_SUPPORTED"] = list(SCOPES)
    server.init_app(app)
    server.register_token_generator("default", AccessTokens())
    challenge = S256Required(required=True)
    server.register_grant(HybridGrant, [challenge])
    server.register_grant(CodeGrant, [CodeIDToken(require_nonce=True), challenge])
    server.register_grant(RefreshGrant, [RefreshIDToken()])
    server.register_endpoint(Revocation)
    return server
