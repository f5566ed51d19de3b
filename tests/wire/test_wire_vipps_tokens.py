"""Access tokens: whose keys, how long, and what becomes of a refused one."""

import json
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from wire_server import Drop, Reply, closed_port
from wire_vipps import KEYS, MSN, REFERENCE, access, payment, service_at

from mobilepay.errors import BadAddress, ClientRefused, Unauthorized, Unavailable
from mobilepay.types import Status, Token
from mobilepay.vipps.access import System
from mobilepay.vipps.tokens import DEFAULT_LIFE, fetch_token

# numbers come as text (section 2)
GOOD = {
    "token_type": "Bearer",
    "expires_in": "3600",
    "ext_expires_in": "3600",
    "expires_on": "1547823408",
    "not_before": "1547819508",
    "resource": "00000002-0000-0000-c000-000000000000",
    "access_token": "eyJ0.eyJ1.c2ln",
}
FAST = {"timeout": (1.0, 0.4), "backoff": 0.01}


def fetch(server, *steps, **changes):
    server.answers(*steps)
    return fetch_token(access(server.url, **changes), **FAST)


def life(token):
    return token.expires_at - datetime.now(timezone.utc)


def near(wanted, seconds):
    return abs(wanted - timedelta(seconds=seconds)) < timedelta(seconds=20)


def test_the_four_keys_ask_for_it_in_headers(server):
    token = fetch(server, Reply(200, GOOD))
    assert token.value == GOOD["access_token"]
    assert near(life(token), 3600)
    asked = server.last
    assert (asked.method, asked.path, asked.body) == ("POST", "/accesstoken/get", b"")
    assert asked.headers["client_id"] == KEYS["client_id"]
    assert asked.headers["client_secret"] == KEYS["client_secret"]
    assert asked.headers["Ocp-Apim-Subscription-Key"] == KEYS["subscription_key"]
    assert asked.headers["Merchant-Serial-Number"] == MSN
    assert asked.headers["Vipps-System-Name"] == "odoo"
    assert "Authorization" not in asked.headers


def test_it_may_be_asked_for_at_another_path(server):
    fetch(server, Reply(200, GOOD), token_path="/authentication/v1/token")
    assert server.last.path == "/authentication/v1/token"


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({"expires_in": 900}, 900),
        ({"expires_in": "86400"}, 86400),
        ({"expires_in": "999999"}, 86400),
        ({"expires_in": None, "expires_on": None}, DEFAULT_LIFE),
        ({"expires_in": "soon", "expires_on": "0"}, DEFAULT_LIFE),
        ({"expires_in": "-5"}, DEFAULT_LIFE),
    ],
)
def test_how_long_it_lives(server, changes, seconds):
    assert near(life(fetch(server, Reply(200, {**GOOD, **changes}))), seconds)


def test_a_moment_counts_where_seconds_are_not_told(server):
    then = datetime.now(timezone.utc) + timedelta(seconds=1800)
    told = {**GOOD, "expires_in": None, "expires_on": str(int(then.timestamp()))}
    assert near(life(fetch(server, Reply(200, told))), 1800)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_keys_that_are_refused_are_said_so_and_never_repeated(server, status):
    echo = " ".join(KEYS.values())
    body = {"error": "unauthorized_client", "error_description": f"AADSTS7: {echo}"}
    with pytest.raises(ClientRefused) as caught:
        fetch(server, Reply(status, body))
    assert len(server.asked) == 1, "no other token could help"
    assert caught.value.code == "unauthorized_client"
    assert not any(key in str(vars(caught.value)) for key in KEYS.values())


@pytest.mark.parametrize(
    "step",
    [
        Reply(404),
        Reply(429, b"", {"Retry-After": "9"}),
        Reply(500),
        Reply(302),
        Reply(200, b"<html>"),
        Reply(200, {}),
        Reply(200, {**GOOD, "access_token": ""}),
        Drop(),
    ],
)
def test_a_token_that_is_not_had_now_can_be_asked_for_again(server, step):
    with pytest.raises(Unavailable):
        fetch(server, step)


def test_where_nobody_listens():
    with pytest.raises(Unavailable):
        fetch_token(access(f"http://127.0.0.1:{closed_port()}"), **FAST)


def test_keys_are_sent_over_https_only():
    with pytest.raises(BadAddress):
        fetch_token(access("http://api.example"), **FAST)


@pytest.mark.parametrize("key", KEYS)
def test_nothing_is_sent_without_all_keys(server, key):
    with pytest.raises(ClientRefused):
        fetch(server, Reply(200, GOOD), **{key: ""})
    assert server.asked == []


def test_neither_keys_nor_token_are_shown_by_anything(server, caplog):
    caplog.set_level("DEBUG", "mobilepay")
    token = fetch(server, Reply(200, GOOD))
    shown = repr(access(server.url)) + repr(token) + caplog.text
    assert "eyJ0" not in shown
    assert not any(key in shown for key in KEYS.values())


# the token in use


def test_an_unexpected_401_is_answered_by_one_fresh_token(vipps, server, bearer):
    server.answers(Reply(401), Reply(200, payment("CREATED")))
    assert vipps.status(REFERENCE) is Status.CREATED
    assert bearer.asked == [False, True]
    assert server.last.headers["Authorization"] == "Bearer access-token-2"


def test_and_by_no_more_than_one(vipps, server, bearer):
    server.answers(Reply(401))
    with pytest.raises(Unauthorized):
        vipps.capture(REFERENCE, Decimal(1), "DKK", idempotency_key="key")
    assert bearer.asked == [False, True]
    assert len(server.asked) == 2


def test_what_models_keep_is_what_a_fetch_gave(server):
    """As the connection room does it: one token until its end, a fresh one on 401."""
    held: list[Token] = []

    def bearer(renew):
        if renew or not held:
            held.append(fetch_token(access(server.url), **FAST))
        return held[-1].value

    other = {**GOOD, "access_token": "eyJ9.other.c2ln"}
    server.answers(
        Reply(200, GOOD),
        Reply(200, payment("CREATED")),
        Reply(401),
        Reply(200, other),
        Reply(200, payment("CREATED")),
    )
    with service_at(server, bearer) as service:
        assert service.status(REFERENCE) is service.status(REFERENCE) is Status.CREATED
    assert [token.value for token in held] == ["eyJ0.eyJ1.c2ln", "eyJ9.other.c2ln"]


# every header on every call


def test_the_system_headers_fit():
    odd = System("Odoo Community\n", "19.0+e" * 9, "", "ä b")
    headers = odd.headers()
    assert headers["Vipps-System-Name"] == "Odoo-Community-"
    assert headers["Vipps-System-Version"] == ("19.0+e" * 9)[:30]
    assert headers["Vipps-System-Plugin-Name"] == "unknown"
    assert headers["Vipps-System-Plugin-Version"] == "-b"


def test_no_key_is_in_the_log_of_a_call(vipps, server, caplog):
    caplog.set_level("DEBUG", "mobilepay")
    server.answers(Reply(200, payment("CREATED")))
    vipps.status(REFERENCE)
    assert "/epayment/v1/payments/{id}: 200" in caplog.text
    for kept in (*KEYS.values(), "access-token-1", REFERENCE):
        assert kept not in caplog.text
    assert json.dumps(MSN) not in caplog.text
