"""Stands between Odoo and the simulator, and changes what a test wants changed."""

import base64
import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

OWN_KEY = RSAKey.generate_key(
    2048, {"use": "sig", "alg": "RS256", "kid": "interceptor"}
)

DISCOVERY = "openid-configuration"
KEYS = "/jwks"
TOKEN = "/connect/token"


class Interceptor:
    """A reverse proxy on loopback; ``url`` is its base.

    It names itself in the discovery document for tokens and keys, and its own key
    ``OWN_KEY`` among the provider's, so that it can sign ID tokens.

    >>> with Interceptor(simulator().url) as between:
    ...     between.change(TOKEN, lambda status, data: (503, {}))
    """

    def __init__(self, upstream):
        self.upstream = upstream
        self._changes = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.change(DISCOVERY, self._name_itself)
        self.change(KEYS, self._add_key)

    def change(self, path, function):
        """Let ``function(status, data)`` make the answer of paths ending so.

        It returns another pair, or None to hang up without an answer; ``data`` is
        the JSON of the answer, else its bytes, and may be either in the result.
        """
        self._changes.append((path, function))

    def __enter__(self):
        serve = partial(self._server.serve_forever, poll_interval=0.02)
        threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method, path, headers, body):
        """Ask the simulator; return status and data as they are to be, or None."""
        passed = {name: headers[name] for name in headers if name.lower() != "host"}
        real = requests.request(
            method,
            self.upstream + path,
            headers=passed,
            data=body,
            allow_redirects=False,
            timeout=60,
        )
        try:
            result = real.status_code, real.json()
        except ValueError:
            result = real.status_code, real.content
        for ending, function in self._changes:
            if result is not None and path.partition("?")[0].endswith(ending):
                result = function(*result)
        return result

    def _name_itself(self, status, data):
        for name in ("token_endpoint", "jwks_uri"):
            data[name] = data[name].replace(self.upstream, self.url)
        return status, data

    @staticmethod
    def _add_key(status, data):
        data["keys"].append(OWN_KEY.as_dict(private=False))
        return status, data


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        answer = self.server.owner.answer(
            self.command, self.path, self.headers, self.rfile.read(length)
        )
        if answer is None:
            self.close_connection = True
            return
        status, data = answer
        content = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(b"" if status == 204 else content)

    do_POST = do_GET  # noqa: N815
    do_PUT = do_GET  # noqa: N815

    def log_message(self, *_args):
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner = None

    def handle_error(self, *_args):
        """Hanging up is what some tests are about."""


def claims_of(token):
    """Return what an ID token says, unchecked."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def forged(token, **changes):
    """Return the ID token with other claims, signed well; None takes one out."""
    claims = {**claims_of(token), **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": "interceptor"}, kept, OWN_KEY)


def unsigned(token):
    """Return the ID token as one of ``alg: none``."""
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def bent(token):
    """Return the ID token with another claim under its old signature."""
    header, _body, signature = token.split(".")
    claims = {**claims_of(token), "sub": "somebody else"}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{body}.{signature}"
