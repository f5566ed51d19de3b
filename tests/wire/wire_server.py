"""A real HTTP server that fails in the ways networks and gateways fail."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """An answer; ``body`` of another kind than bytes is sent as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()

    def play(self, handler: BaseHTTPRequestHandler) -> None:
        time.sleep(self.delay)
        content = self.content()
        handler.send_response(self.status)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


class Drop:
    """Read the request and hang up."""

    def play(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)


@dataclass
class HalfBody:
    """Promise more than is sent, then hang up."""

    status: int = 200

    def play(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(self.status)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"InvoiceId": "')
        handler.close_connection = True
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)


@dataclass
class Endless:
    """A body that never ends, until the reader hangs up."""

    pause: float = 0
    piece: bytes = b" " * 65536

    def play(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        try:
            while True:
                handler.wfile.write(self.piece)
                time.sleep(self.pause)
        except OSError:
            return


@dataclass
class Asked:
    """A request as it came over the wire."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def handle_one(self) -> None:
        """Read the request and play the next step."""
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(
            self.command, self.path, dict(self.headers), self.rfile.read(length)
        )
        self.server.owner.next_step(asked).play(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.handle_one
        raise AttributeError(name)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: "ScriptedServer"

    def handle_error(self, *_args: object) -> None:
        """The other side hanging up is what some tests are about."""


class ScriptedServer:
    """Plays its ``script`` step by step; the last step again and again."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.script: list[Any] = [Reply()]
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        scheme = "http"
        if tls:
            scheme = "https"
            plain = self._server.socket
            self._server.socket = tls.wrap_socket(plain, server_side=True)
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "ScriptedServer":
        serve = partial(self._server.serve_forever, poll_interval=0.02)
        threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answers(self, *steps: Any) -> None:
        """Set the script."""
        self.script = list(steps)

    def next_step(self, asked: Asked) -> Any:
        with self._lock:
            self.asked.append(asked)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @property
    def last(self) -> Asked:
        return self.asked[-1]


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
