"""What passed between a merchant's system and MobilePay that nobody else may hold.

A test asks for it (``GET /control/secrets``) and looks for it where it must not be:
in a database, in a log, on a page.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Request, Response

#: Names of fields, headers and parameters, in lower case, and what they hold.
NAMES = {
    "access_token": "access token",
    "refresh_token": "refresh token",
    "id_token": "ID token",
    "id-token": "ID token",
    "code": "authorization code",
    "code_verifier": "code verifier",
    "nonce": "nonce",
    "client_secret": "client secret",
    # as a header's name reaches the application
    "client-secret": "client secret",
    "ocp-apim-subscription-key": "subscription key",
    "secret": "webhook secret",
    "x-ibm-client-secret": "gateway secret",
    "apikey": "callback secret",
    "password": "callback secret",
}
_HIDDEN = re.compile(r'name="([^"]+)" value="([^"]+)"')
#: Shorter ones are found everywhere by chance.
SHORTEST = 8


class SecretsSeen:
    """Each secret once, by its kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._found: dict[str, set[str]] = {}

    def note(self, request: Request, response: Response) -> None:
        """Take in what one request and its answer hold."""
        self._take(_of_request(request))
        self._take(_of_response(response))

    def as_dict(self) -> dict[str, list[str]]:
        """Everything, for showing."""
        with self._lock:
            return {kind: sorted(values) for kind, values in self._found.items()}

    def _take(self, pairs: Iterable[tuple[str, Any]]) -> None:
        with self._lock:
            for name, value in pairs:
                kind = NAMES.get(name.lower())
                if kind and isinstance(value, str) and len(value) >= SHORTEST:
                    self._found.setdefault(kind, set()).add(value)


def _of_request(request: Request) -> Iterable[tuple[str, Any]]:
    yield from request.args.items()
    yield from request.form.items()
    yield from request.headers.items()
    yield from _of_json(request)
    scheme, _space, credentials = request.headers.get("Authorization", "").partition(
        " "
    )
    if scheme == "Bearer":
        yield "access_token", credentials
    if scheme == "Basic":
        yield "client_secret", _password(credentials)


def _of_response(response: Response) -> Iterable[tuple[str, Any]]:
    fragment = urlsplit(response.headers.get("Location", "")).fragment
    for name, values in parse_qs(fragment).items():
        yield name, values[0]
    if response.mimetype == "application/json":
        yield from _of_json(response)
    if response.mimetype == "text/html":
        yield from _HIDDEN.findall(response.get_data(as_text=True))


def _of_json(message: Request | Response) -> Iterable[tuple[str, Any]]:
    try:
        content = message.get_json(silent=True)
    except RecursionError:
        # nested too deep for Python's reader: silent does not cover that
        return ()
    return content.items() if isinstance(content, Mapping) else ()


def _password(credentials: str) -> str:
    try:
        pair = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return pair.partition(":")[2]
