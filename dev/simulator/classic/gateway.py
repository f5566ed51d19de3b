"""The API gateway in front of the APIs (contract, section 1).

It checks the developer portal's credentials, then the access token and its
scope, and answers in its own style when it refuses. Another API (transaction
reporting) guards its blueprint with :func:`guard` and its own scope.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from authlib.integrations.flask_oauth2 import ResourceProtector
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6750 import BearerTokenValidator, InsufficientScopeError
from flask import g, request

from ..core import simulator
from ..records import Merchant
from .errors import DomainError, GatewayError, NotFoundError
from .openid.records import JudgedToken
from .parts import classic


@dataclass
class GatewayApp:
    """An app of the developer portal: ``x-ibm-client-id`` and ``-secret``."""

    KEY: ClassVar[str] = "client_id"
    client_id: str
    client_secret: str


class TokenValidator(BearerTokenValidator):
    """Asks the session book about an access token."""

    def authenticate_token(self, token_string: str) -> JudgedToken | None:
        """The token as it is now; a merchant's reporting key is one, too."""
        parts = classic()
        return parts.sessions.judge(token_string) or parts.reporting_keys.judge(
            token_string
        )


_protector = ResourceProtector()
_protector.register_token_validator(TokenValidator())


def guard(scope: str, needs_app: bool = True) -> Callable[[], None]:
    """Return a check to run before each request of an API.

    Without ``needs_app`` a bearer token is enough, as for reporting v3.
    """

    def check() -> None:
        if needs_app:
            _check_app()
        g.token = _check_token(scope)

    return check


def current_merchant(merchant_id: str | None = None) -> Merchant:
    """The token's merchant; another one in the path is not found."""
    merchant = simulator().merchants.get(g.token.merchant_id)
    if merchant is None:
        raise NotFoundError("Merchant not found", "Merchants")
    if merchant_id is not None and merchant_id.lower() != merchant.id:
        raise DomainError(10302, context="Merchants")
    return merchant


def _check_app() -> None:
    app = (
        simulator().store.table(GatewayApp).get(request.headers.get("x-ibm-client-id"))
    )
    secret = request.headers.get("x-ibm-client-secret", "")
    if app is None or not secrets.compare_digest(
        app.client_secret.encode(), secret.encode()
    ):
        raise GatewayError(401, "Unauthorized", "Invalid client id or secret.")


def _check_token(scope: str) -> Any:
    try:
        return _protector.acquire_token(scope).token
    except InsufficientScopeError as error:
        text = f"The access token lacks the scope {scope}."
        raise GatewayError(403, "Forbidden", text) from error
    except OAuth2Error as error:
        text = "The access token is missing, expired or revoked."
        raise GatewayError(401, "Unauthorized", text) from error
