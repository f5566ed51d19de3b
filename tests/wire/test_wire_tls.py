"""TLS is verified whatever the environment says, and no token goes elsewhere.

Protects ``session.py: make_session`` (``session.verify = True``), the
``allow_redirects=False`` of ``transport.py: Transport._open``, ``tokens.py:
TokenEndpoint._post`` and ``discovery.py: fetch_json``, and ``environments.py:
check_address``. That plain http is for loopback only is tested in
``test_wire_environments.py``, for the documents in ``test_wire_discovery.py``.
"""

import ast
import contextlib
import socket
import ssl
import threading
from pathlib import Path

import pytest
from wire_provider import CLIENT_ID, CLIENT_SECRET
from wire_server import Reply, ScriptedServer
from wire_tls import self_signed

from mobilepay.classic.discovery import fetch_document
from mobilepay.classic.oidc import Provider
from mobilepay.errors import BadDocument, OutcomeUnknown, Unavailable
from mobilepay.transport.session import make_session

# what people set to get rid of certificate errors
SWITCHES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PYTHONHTTPSVERIFY")
METHODS = ["GET", "POST", "PUT"]
TIMEOUT = (1.0, 0.4)


@pytest.fixture(params=["", "0", "False"])
def careless(request, monkeypatch):
    """An environment that would rather not verify anything."""
    for name in SWITCHES:
        monkeypatch.setenv(name, request.param)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def open_provider(url):
    return Provider(
        f"{url}/openid",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        timeout=TIMEOUT,
    )


# certificates


@pytest.mark.parametrize("method", METHODS)
def test_no_environment_switches_it_off(connect, tmp_path, careless, method):
    context, _certificate = self_signed(tmp_path)
    with ScriptedServer(context) as server:
        # a bundle that is not there is no answer to a write, either
        with pytest.raises((Unavailable, OutcomeUnknown)):
            connect(server.url).request(method, "/x")
        assert server.asked == []


def test_the_providers_documents_are_verified(tmp_path, careless):
    context, _certificate = self_signed(tmp_path)
    with ScriptedServer(context) as server, open_provider(server.url) as client:
        with pytest.raises(Unavailable):
            client.start(redirect_uri="https://example.dk", merchant_vat="")
        assert server.asked == []


def test_the_token_endpoint_is_verified(provider, tmp_path, careless):
    context, _certificate = self_signed(tmp_path)
    with ScriptedServer(context) as server, open_provider(provider.url) as client:
        provider.changes["token_endpoint"] = f"{server.url}/token"
        with pytest.raises(Unavailable):
            client.refresh("old-refresh")
        assert server.asked == []


@pytest.mark.parametrize("wrong", [{"host": "127.0.0.2"}, {"age": 9}, {"age": -5}])
def test_a_certificate_of_another_host_or_time(connect, tmp_path, monkeypatch, wrong):
    context, certificate = self_signed(tmp_path, **wrong)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ScriptedServer(context) as server:
        with pytest.raises(Unavailable):
            connect(server.url).request("GET", "/x")
        assert server.asked == []


def test_every_session_verifies():
    for address in ("https://api.example.dk", "http://127.0.0.1:1"):
        with make_session(address) as session:
            merged = session.merge_environment_settings(address, {}, None, None, None)
            assert session.verify is True
            # or a bundle of the administrator's own
            assert merged["verify"]


def test_nobody_else_says_how_to_verify():
    """There is one place where it is said, and nothing goes around it."""
    root = Path(__file__).resolve().parents[2]
    folders = ("mobilepay", "models", "controllers", "wizard", "tools")
    files = [file for folder in folders for file in (root / folder).glob("**/*.py")]
    assert len(files) > 50
    said = {file.name for file in files if says_how_to_verify(file.read_text())}
    assert said == {"session.py"}


def says_how_to_verify(text):
    names = {"verify", "cert_reqs", "check_hostname", "_create_unverified_context"}
    return any(
        (isinstance(node, ast.keyword) and node.arg in names)
        or (isinstance(node, ast.Attribute) and node.attr in names)
        for node in ast.walk(ast.parse(text))
    )


# proxies


class LyingProxy:
    """Grants every CONNECT, and then says that it is the server itself."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.asked, self.heard = b"", b""
        self._context = context
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._socket.accept()
                with connection, contextlib.suppress(OSError):
                    self._lie(connection)

    def _lie(self, connection: socket.socket) -> None:
        self.asked += connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self._context.wrap_socket(connection, server_side=True) as tls:
            self.heard += tls.recv(65536)


@pytest.mark.parametrize("method", METHODS)
def test_a_proxy_hears_no_token(connect, tmp_path, monkeypatch, method):
    context, _certificate = self_signed(tmp_path)
    with LyingProxy(context) as proxy:
        for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY", *SWITCHES):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(Unavailable):
            connect("https://127.0.0.1:9").request(method, "/x")
        assert proxy.asked.startswith(b"CONNECT 127.0.0.1:9 ")
        assert b"access-token" not in proxy.asked
        assert b"gateway-secret" not in proxy.asked
        assert proxy.heard == b""


# redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_token_follows_a_redirect_to_another_host(connect, server, status):
    with ScriptedServer() as elsewhere:
        server.answers(Reply(status, headers={"Location": f"{elsewhere.url}/x"}))
        for method in METHODS:
            with pytest.raises((Unavailable, OutcomeUnknown)):
                connect(server.url).request(method, "/x")
        assert elsewhere.asked == []
        assert len(server.asked) == len(METHODS)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_secret_follows_the_token_endpoint_elsewhere(provider, status):
    with ScriptedServer() as elsewhere, open_provider(provider.url) as client:
        provider.token_status = status
        provider.token_headers = {"Location": f"{elsewhere.url}/token"}
        with pytest.raises(Unavailable):
            client.refresh("old-refresh")
        assert elsewhere.asked == []


def test_the_discovery_document_is_not_fetched_elsewhere(server):
    with ScriptedServer() as elsewhere, make_session(server.url) as session:
        server.answers(Reply(302, headers={"Location": f"{elsewhere.url}/openid"}))
        with pytest.raises(BadDocument):
            fetch_document(session, f"{server.url}/openid", TIMEOUT)
        assert elsewhere.asked == []
