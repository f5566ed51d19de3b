"""An OpenID provider over real HTTP whose tokens can be forged piece by piece."""

import base64
import hashlib
import hmac
import json
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "client-1", "client-secret-nobody-may-see"
ISSUER = "https://issuer.example/merchant"
CODE, NONCE = "code-1-nobody-may-see", "nonce-1"
ACCESS, REFRESH = "access-token-nobody-may-see", "refresh-token-nobody-may-see"

KEY = RSAKey.generate_key(2048, {"kid": "key-1", "use": "sig", "alg": "RS256"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "key-1", "use": "sig", "alg": "RS256"})
NEW_KEY = RSAKey.generate_key(2048, {"kid": "key-2", "use": "sig", "alg": "RS256"})


def half_hash(value: str) -> str:
    """``c_hash`` and ``at_hash`` for RS256, as OpenID Connect Core defines them."""
    left = hashlib.sha256(value.encode("ascii")).digest()[:16]
    return _b64(left)


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims of either ID token; a change to None takes a claim out."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "sub": "user-1",
        "aud": CLIENT_ID,
        "exp": now + 300,
        "iat": now,
        "nonce": NONCE,
        **changes,
    }
    return {name: value for name, value in good.items() if value is not None}


def sign(content: dict[str, Any], key: Any = KEY, **header: Any) -> str:
    """A token signed with RS256, unless the header says otherwise."""
    full = {"alg": "RS256", "kid": key.kid, **header}
    full = {name: value for name, value in full.items() if value is not None}
    return jwt.encode(full, content, key, algorithms=[full["alg"]])


def front_token(key: Any = KEY, **changes: Any) -> str:
    """The ID token of the front channel."""
    return sign(claims(**{"c_hash": half_hash(CODE), **changes}), key)


def back_token(key: Any = KEY, **changes: Any) -> str:
    """The ID token of the token endpoint."""
    return sign(claims(**{"at_hash": half_hash(ACCESS), **changes}), key)


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _by_hand(header: dict[str, Any], content: dict[str, Any]) -> str:
    """What is to be signed, made without a library that would refuse to."""
    return ".".join(_b64(json.dumps(part).encode()) for part in (header, content))


def unsigned(content: dict[str, Any]) -> str:
    """A token of ``alg: none``."""
    return _by_hand({"alg": "none", "kid": "key-1"}, content) + "."


def hs256_with_public_key(content: dict[str, Any]) -> str:
    """A token signed with HS256, its secret the provider's public key."""
    text = _by_hand({"alg": "HS256", "kid": "key-1"}, content)
    secret = KEY.as_pem(private=False)
    return text + "." + _b64(hmac.digest(secret, text.encode(), "sha256"))


def token_answer(**changes: Any) -> dict[str, Any]:
    """A good answer of the token endpoint; None takes a member out."""
    good = {
        "access_token": ACCESS,
        "refresh_token": REFRESH,
        "token_type": "Bearer",
        "expires_in": 300,
        "id_token": back_token(),
        **changes,
    }
    return {name: value for name, value in good.items() if value is not None}


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        owner = self.server.owner
        owner.asked.append(self.path)
        if self.path == "/jwks":
            keys = owner.key_sets[0]
            if len(owner.key_sets) > 1:
                owner.key_sets.pop(0)
            return self._send(200, {"keys": keys})
        return self._send(owner.document_status, owner.document())

    def do_POST(self) -> None:
        owner = self.server.owner
        owner.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        owner.forms.append({name: held[0] for name, held in parse_qs(body).items()})
        owner.authorizations.append(self.headers.get("Authorization"))
        time.sleep(owner.token_delay)
        self._send(owner.token_status, owner.token_answer, owner.token_headers)

    def _send(
        self, status: int, body: Any, headers: dict[str, str] | None = None
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: "LocalProvider"

    def handle_error(self, *_args: object) -> None:
        """The other side hanging up is what some tests are about."""


class LocalProvider:
    """Everything it says can be changed by the test."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.changes: dict[str, Any] = {}
        self.document_status = 200
        self.key_sets: list[list[Any]] = [[KEY.as_dict(private=False)]]
        self.token_status, self.token_delay = 200, 0.0
        self.token_answer: Any = token_answer()
        self.token_headers: dict[str, str] = {}
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.authorizations: list[str | None] = []

    def __enter__(self) -> "LocalProvider":
        serve = partial(self._server.serve_forever, poll_interval=0.02)
        threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def discovery_url(self) -> str:
        return f"{self.url}/account/.well-known/openid-configuration"

    def document(self) -> dict[str, Any]:
        good = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            **self.changes,
        }
        return {name: value for name, value in good.items() if value is not None}

    def count(self, path: str) -> int:
        """How often this path was asked for."""
        return self.asked.count(path)
