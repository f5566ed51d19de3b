"""Two ways of sending a :class:`HostileRequest` to Odoo: over a socket, and without
one.

The second calls Odoo's WSGI application in this process, as its HTTP servers do,
and is a few times as fast.
"""

import io
import socket
import sys
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes, urlsplit

from werkzeug.serving import DechunkedInput

PIECE = 700


@dataclass(frozen=True)
class Reply:
    """An answer as somebody sees it who compares it with another one."""

    status: int
    headers: tuple
    body: bytes = field(repr=False)

    @property
    def location(self):
        return dict(self.headers).get("location", "")


def _reply(status, headers, body):
    # what differs from one moment to the next tells nothing
    told = (
        (name.lower(), value.split("=")[0] if name.lower() == "set-cookie" else value)
        for name, value in headers
        if name.lower() != "date"
    )
    return Reply(status, tuple(sorted(told)), body)


def _framed(knock):
    """Return the headers that tell the length, and the body as it is sent."""
    body = knock.body
    if knock.framing == "chunked":
        pieces = [body[at : at + PIECE] for at in range(0, len(body), PIECE)]
        chunks = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
        return {"Transfer-Encoding": "chunked"}, b"".join([*chunks, b"0\r\n\r\n"])
    if knock.framing == "torn":
        return {"Transfer-Encoding": "chunked"}, b"zz\r\n" + body
    if knock.framing == "none":
        return {}, body
    told = {"length": str(len(body)), "cut": str(len(body) + 7)}
    return {"Content-Length": told.get(knock.framing, knock.framing)}, body


def _headers(knock, host, authorization):
    length, body = _framed(knock)
    own = {} if authorization is None else {"Authorization": authorization}
    return {"Host": host, **dict(knock.headers), **length, **own}, body


class Wire:
    """Sends over a socket of its own, ends sending, and reads until the end."""

    def __init__(self, url):
        self._netloc = urlsplit(url).netloc

    def send(self, knock, path, authorization=None):
        """Send it; return the :class:`Reply`."""
        headers, body = _headers(knock, self._netloc, authorization)
        query = f"?{knock.query}" if knock.query else ""
        head = [f"{knock.method} {path}{query} HTTP/1.1", "Connection: close"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        return self.send_raw("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)

    def send_raw(self, request):
        """Send bytes; return the :class:`Reply`."""
        host, _colon, port = self._netloc.partition(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        return self._read(answer)

    def _read(self, answer):
        head, _blank, body = answer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(": ")[::2] for line in lines)
        return _reply(int(first.split()[1]), pairs, body)


class Inside:
    """Calls a WSGI application in this process."""

    def __init__(self, application, host="localhost"):
        self._application = application
        self._host = host

    def send(self, knock, path, authorization=None):
        """Send it; return the :class:`Reply`."""
        headers, body = _headers(knock, self._host, authorization)
        started = []
        answer = self._application(
            self._environment(knock, path, headers, body),
            lambda status, told, _error=None: started.append((status, told)),
        )
        try:
            content = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        [(status, told)] = started
        return _reply(int(status.split()[0]), told, content)

    def _environment(self, knock, path, headers, body):
        stream = io.BytesIO(body)
        chunked = "Transfer-Encoding" in headers
        environment = {
            "REQUEST_METHOD": knock.method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": knock.query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": DechunkedInput(stream) if chunked else stream,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if chunked:
            environment["wsgi.input_terminated"] = True
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            own = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
            # servers drop the spaces around a value
            environment[key if own else f"HTTP_{key}"] = value.strip()
        return environment
