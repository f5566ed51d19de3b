import pytest
from wire_provider import CLIENT_ID, CLIENT_SECRET, ISSUER
from wire_server import Reply, closed_port

from mobilepay.classic import discovery
from mobilepay.classic.discovery import forget_documents, read_document
from mobilepay.classic.oidc import Provider
from mobilepay.errors import BadAddress, BadDocument, Unavailable
from mobilepay.transport.session import make_session

FAR = "https://provider.example/.well-known/openid-configuration"


def connect(url):
    session = make_session(url, backoff=0.01)
    return Provider(
        url,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        timeout=(1, 0.5),
        session=session,
    )


def test_endpoints_and_issuer_are_the_documents(provider):
    document = connect(provider.discovery_url).document
    assert document.issuer == ISSUER, "not a prefix of the address, and need not be"
    assert document.token_endpoint == f"{provider.url}/token"


def test_a_document_is_asked_for_once_in_ten_minutes(provider, monkeypatch):
    for _ in range(3):
        assert connect(provider.discovery_url).document
    path = "/account/.well-known/openid-configuration"
    assert provider.count(path) == 1
    monkeypatch.setattr(discovery, "BELIEVED", 0)
    assert connect(provider.discovery_url).document
    assert provider.count(path) == 2
    monkeypatch.undo()
    forget_documents()
    assert connect(provider.discovery_url).document
    assert provider.count(path) == 3


@pytest.mark.parametrize(
    "name", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"]
)
@pytest.mark.parametrize("value", [None, "", 7])
def test_a_missing_member_is_named(provider, name, value):
    provider.changes[name] = value
    with pytest.raises(BadDocument) as caught:
        _ = connect(provider.discovery_url).document
    assert name in str(caught.value)


@pytest.mark.parametrize(
    "name", ["authorization_endpoint", "token_endpoint", "jwks_uri"]
)
def test_endpoints_are_https(provider, name):
    provider.changes[name] = "http://provider.example/somewhere"
    with pytest.raises(BadDocument) as caught:
        _ = connect(provider.discovery_url).document
    assert name in str(caught.value)


def test_an_https_document_leads_nowhere_else():
    good = {
        "issuer": ISSUER,
        "authorization_endpoint": "https://a.example/authorize",
        "token_endpoint": "https://b.example/token/",
        "jwks_uri": "https://c.example/jwks",
    }
    document = read_document(good, FAR)
    assert document.token_endpoint == "https://b.example/token/", "to the letter"
    with pytest.raises(BadDocument):
        read_document({**good, "token_endpoint": "http://127.0.0.1/token"}, FAR)


@pytest.mark.parametrize("data", [None, [], "text", 1, {}])
def test_what_is_no_document(data):
    with pytest.raises(BadDocument):
        read_document(data, FAR)


def test_an_address_that_gives_a_page(server):
    server.answers(Reply(200, b"<html>"))
    with pytest.raises(BadDocument):
        _ = connect(server.url).document


@pytest.mark.parametrize("status", [301, 302, 404, 403])
def test_an_address_that_gives_nothing(server, status):
    server.answers(Reply(status, headers={"Location": server.url + "/elsewhere"}))
    with pytest.raises(BadDocument):
        _ = connect(server.url).document
    assert len(server.asked) == 1


def test_a_provider_that_is_down(provider):
    provider.document_status = 503
    with pytest.raises(Unavailable):
        _ = connect(provider.discovery_url).document
    with pytest.raises(Unavailable):
        _ = connect(f"http://127.0.0.1:{closed_port()}").document
    provider.document_status = 200
    assert connect(provider.discovery_url).document, "a failure is not remembered"


def test_plain_http_is_for_loopback():
    with pytest.raises(BadAddress):
        connect("http://provider.example/.well-known/openid-configuration")
