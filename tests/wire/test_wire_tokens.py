"""The authorization request, the code exchange and refresh."""

import logging
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
import wire_provider as forge
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from wire_provider import ACCESS, CODE, NONCE, REFRESH, front_token, token_answer
from wire_server import closed_port

from mobilepay.classic import oidc
from mobilepay.classic.discovery import forget_documents
from mobilepay.classic.oidc import Provider
from mobilepay.errors import (
    BadAddress,
    ClientRefused,
    ConsentLost,
    MobilePayError,
    OutcomeUnknown,
    Rejected,
    Unauthorized,
    Unavailable,
)

REDIRECT = "https://odoo.example/mobilepay/oidc/return"
SECRETS = (forge.CLIENT_SECRET, CODE, ACCESS, REFRESH, "old-refresh", "v" * 64)


@pytest.fixture
def client(provider):
    with Provider(
        provider.discovery_url,
        client_id=forge.CLIENT_ID,
        client_secret=forge.CLIENT_SECRET,
        timeout=(1, 0.5),
    ) as made:
        yield made


def start(client, **changes):
    settings = {"redirect_uri": REDIRECT, "merchant_vat": "DK12345678", **changes}
    return client.start(**settings)


def finish(client):
    return client.finish(
        code=CODE,
        id_token=front_token(),
        redirect_uri=REDIRECT,
        nonce=NONCE,
        code_verifier="v" * 64,
    )


# start


def test_the_authorization_request_to_the_letter(client, provider):
    login = start(client)
    url = urlsplit(login.url)
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{provider.url}/authorize"
    assert parse_qs(url.query, strict_parsing=True) == {
        "response_type": ["code id_token"],
        "response_mode": ["form_post"],
        "client_id": ["client-1"],
        "redirect_uri": [REDIRECT],
        "scope": ["openid offline_access invoice transactionreporting"],
        "state": [login.state],
        "nonce": [login.nonce],
        "code_challenge": [create_s256_code_challenge(login.code_verifier)],
        "code_challenge_method": ["S256"],
        "merchant_vat": ["DK12345678"],
    }
    assert 43 <= len(login.code_verifier) <= 128


def test_every_login_is_new(client):
    logins = [start(client) for _ in range(3)]
    for name in ("state", "nonce", "code_verifier"):
        values = {getattr(login, name) for login in logins}
        assert len(values) == 3
        assert all(len(value) >= 43 for value in values)


def test_a_login_does_not_show_its_secrets(client):
    login = start(client)
    assert login.code_verifier not in repr(login)
    assert login.code_verifier not in login.url


def test_the_user_may_choose_the_merchant(client):
    assert "merchant_vat" not in start(client, merchant_vat="").url


def test_response_modes(client):
    assert "response_mode=fragment" in start(client, response_mode="fragment").url
    with pytest.raises(ValueError):
        start(client, response_mode="query")


@pytest.mark.parametrize("uri", ["http://odoo.example/x", "odoo.example", ""])
def test_the_redirect_uri_is_https(client, uri):
    with pytest.raises(BadAddress):
        start(client, redirect_uri=uri)


def test_an_authorize_address_with_a_query_keeps_it(client, provider):
    provider.changes["authorization_endpoint"] = f"{provider.url}/authorize?lang=da"
    query = parse_qs(urlsplit(start(client).url).query)
    assert query["lang"] == ["da"] and query["code_challenge"]


def test_a_request_without_pkce_is_never_made(client, monkeypatch):
    original = oidc.prepare_grant_uri

    def forgetful(*args, **kwargs):
        kwargs.pop("code_challenge")
        return original(*args, **kwargs)

    monkeypatch.setattr(oidc, "prepare_grant_uri", forgetful)
    with pytest.raises(RuntimeError):
        start(client)


# the exchange


def test_the_exchange_to_the_letter(client, provider):
    tokens = finish(client)
    assert provider.forms == [
        {
            "grant_type": "authorization_code",
            "code": CODE,
            "redirect_uri": REDIRECT,
            "code_verifier": "v" * 64,
            "client_id": "client-1",
            "client_secret": forge.CLIENT_SECRET,
        }
    ]
    assert provider.authorizations == [None]
    assert ACCESS not in repr(tokens) and REFRESH not in repr(tokens)


def test_basic_where_the_document_wants_it(client, provider):
    provider.changes["token_endpoint_auth_methods_supported"] = ["client_secret_basic"]
    finish(client)
    assert provider.authorizations[0].startswith("Basic ")
    assert "client_secret" not in provider.forms[0]


def test_one_clients_secret_is_not_the_next_ones(client, provider):
    provider.changes["token_endpoint_auth_methods_supported"] = ["client_secret_basic"]
    client.refresh("old-refresh")
    provider.changes.clear()
    forget_documents()
    with Provider(provider.discovery_url, client_id="b", client_secret="c") as other:
        other.refresh("old-refresh")
    assert provider.authorizations[1] is None


def test_no_refresh_token_is_said_so(client, provider):
    provider.token_answer = token_answer(refresh_token=None)
    with pytest.raises(Rejected) as caught:
        finish(client)
    assert "refresh token" in str(caught.value)
    assert caught.value.code == "no_refresh_token"


def test_a_code_that_is_not_taken_is_no_lost_consent(client, provider):
    provider.token_status = 400
    provider.token_answer = {"error": "invalid_grant"}
    with pytest.raises(Rejected) as caught:
        finish(client)
    assert caught.value.code == "invalid_grant"


# refresh


def test_a_refresh_to_the_letter(client, provider):
    tokens = client.refresh("old-refresh")
    assert provider.forms == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "old-refresh",
            "client_id": "client-1",
            "client_secret": forge.CLIENT_SECRET,
        }
    ]
    assert (tokens.access_token, tokens.refresh_token) == (ACCESS, REFRESH)


def test_a_token_full_of_signs_arrives_whole(client, provider):
    odd = "a+b/c==&d%20e=?#~"
    client.refresh(odd)
    assert provider.forms[0]["refresh_token"] == odd


def test_without_a_new_refresh_token_the_old_one_stays(client, provider):
    provider.token_answer = token_answer(refresh_token=None)
    assert client.refresh("old-refresh").refresh_token == "old-refresh"


@pytest.mark.parametrize("name", ["id_token", "id-token"])
@pytest.mark.parametrize("token", ["rubbish", forge.back_token(sub="user-2")])
def test_an_odd_id_token_does_not_lose_the_new_refresh_token(
    client, provider, name, token
):
    provider.token_answer = {**token_answer(id_token=None), name: token}
    assert client.refresh("old-refresh").refresh_token == REFRESH


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (300, 300),
        ("300", 300),
        (3600.5, 3600),
        (None, 300),
        (0, 300),
        (-5, 300),
        ("soon", 300),
        (True, 300),
        (10**12, 86400),
    ],
)
def test_how_long_an_access_token_lives(client, provider, expires_in, seconds):
    provider.token_answer = token_answer(expires_in=expires_in)
    before = datetime.now(timezone.utc)
    expires_at = client.refresh("old-refresh").expires_at
    after = datetime.now(timezone.utc)
    life = timedelta(seconds=seconds)
    assert before + life <= expires_at <= after + life
    assert expires_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_grant"}, ConsentLost),
        (401, {"error": "invalid_client"}, ClientRefused),
        (400, {"error": "invalid_client"}, ClientRefused),
        (400, {"error": "unauthorized_client"}, ClientRefused),
        (400, {"error": "invalid_scope"}, ClientRefused),
        (200, {"error": "invalid_grant"}, ConsentLost),
        (400, {"error": "invalid_request"}, Rejected),
        (400, b"<html>", Rejected),
        (404, b"", Rejected),
        (401, b"", Unauthorized),
        (403, {"httpMessage": "Forbidden"}, Unauthorized),
        (429, {"error": "slow_down"}, Unavailable),
        (500, b"<html>", Unavailable),
        (500, {"error": "invalid_grant"}, Unavailable),
        (503, {}, Unavailable),
        (302, b"", Unavailable),
        (200, b"<html>", OutcomeUnknown),
        (200, b"", OutcomeUnknown),
        (200, b"[]", OutcomeUnknown),
        (200, {}, OutcomeUnknown),
        (200, {"access_token": ""}, OutcomeUnknown),
        (200, {"access_token": "two words"}, OutcomeUnknown),
        (200, {"access_token": 7}, OutcomeUnknown),
    ],
)
def test_what_the_token_endpoint_may_say(client, provider, status, body, kind):
    provider.token_status, provider.token_answer = status, body
    with pytest.raises(MobilePayError) as caught:
        client.refresh("old-refresh")
    assert type(caught.value) is kind
    assert provider.count("/token") == 1, "a refresh was repeated"


def test_what_mobilepay_says_of_it_is_kept(client, provider):
    provider.token_status = 429
    provider.token_headers = {"Retry-After": "30"}
    provider.token_answer = {"error": "slow_down", "error_description": "Later"}
    with pytest.raises(Unavailable) as caught:
        client.refresh("old-refresh")
    error = caught.value
    assert (error.code, error.text, error.retry_after) == ("slow_down", "Later", 30)


def test_a_refresh_that_is_not_answered(client, provider):
    provider.token_delay = 1
    with pytest.raises(OutcomeUnknown):
        client.refresh("old-refresh")
    assert provider.count("/token") == 1


def test_a_refresh_that_was_never_sent(client, provider):
    provider.changes["token_endpoint"] = f"http://127.0.0.1:{closed_port()}/token"
    with pytest.raises(Unavailable):
        client.refresh("old-refresh")


def test_no_redirect_is_followed(client, provider):
    provider.token_status = 302
    provider.token_headers = {"Location": f"{provider.url}/elsewhere"}
    with pytest.raises(Unavailable):
        client.refresh("old-refresh")
    assert provider.count("/elsewhere") == 0


def test_a_netrc_file_says_nothing_for_us(client, provider, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client._session.trust_env = True
    client.refresh("old-refresh")
    assert provider.authorizations == [None]


def test_a_secret_that_cannot_be_sent(provider):
    provider.changes["token_endpoint_auth_methods_supported"] = ["client_secret_basic"]
    with (
        Provider(provider.discovery_url, client_id="a", client_secret="☃") as client,
        pytest.raises(ClientRefused),
    ):
        client.refresh("old-refresh")


# silence


@pytest.mark.parametrize(
    ("status", "body", "delay"),
    [
        (200, token_answer(), 0),
        (400, {"error": "invalid_grant", "error_description": "no"}, 0),
        (500, b"", 0),
        (200, b"{", 0),
        (200, token_answer(id_token="rubbish"), 0),
        (200, token_answer(), 1),
    ],
)
@pytest.mark.parametrize("act", [finish, lambda client: client.refresh("old-refresh")])
def test_no_secret_in_logs_and_errors(
    client, provider, caplog, status, body, delay, act
):
    caplog.set_level(logging.DEBUG)
    provider.token_status, provider.token_answer = status, body
    provider.token_delay = delay
    said = ""
    try:
        said += repr(act(client))
    except MobilePayError as error:
        said += repr(error) + str(vars(error))
        assert error.__context__ is None or error.__suppress_context__
    said += " ".join(record.getMessage() for record in caplog.records)
    assert not [secret for secret in SECRETS if secret in said]
