"""What a failed call did at MobilePay, over a real wire that really fails."""

import json
import logging
import uuid
from decimal import Decimal

import pytest
from wire_server import (
    Drop,
    HalfBody,
    Reply,
    ScriptedServer,
    closed_port,
)
from wire_tls import self_signed

from mobilepay.errors import (
    BadAddress,
    BadAnswer,
    ConsentLost,
    MobilePayError,
    NotFound,
    NotReady,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)

SECRETS = ("gateway-secret-1", "access-token-1", "+4512345678", "hidden-cursor")
PATH = "/api/v1/merchants/89a140f4-8433-4196-b25f-690871be5b3d/invoices"
WRITES = ["POST", "PUT"]


# what is sent


def test_what_a_call_carries(server, transport):
    answer = transport.request(
        "post", PATH, body='{"Name":"Ærø", "Total":1.10}', params={"a": "b/c+="}
    )
    sent = server.last
    assert (sent.method, sent.path) == ("POST", f"/base{PATH}?a=b%2Fc%2B%3D")
    assert sent.body == '{"Name":"Ærø", "Total":1.10}'.encode()
    assert sent.headers["Authorization"] == "Bearer access-token-1"
    assert sent.headers["x-ibm-client-id"] == "gateway-1"
    assert sent.headers["x-ibm-client-secret"] == "gateway-secret-1"
    assert sent.headers["Content-Type"] == "application/json"
    assert str(uuid.UUID(sent.headers["CorrelationId"])) == answer.correlation_id


def test_every_call_has_a_correlation_id_of_its_own(server, transport):
    ids = {transport.request("GET", "/x").correlation_id for _ in range(3)}
    assert len(ids) == 3


def test_no_header_of_the_caller_replaces_ours(server, transport):
    mine = {"X-Mine": "1", "Authorization": "Basic x", "x-ibm-client-id": "other"}
    transport.request("GET", "/x", headers=mine)
    sent = server.last.headers
    assert sent["Authorization"] == "Bearer access-token-1"
    assert (sent["X-Mine"], sent["x-ibm-client-id"]) == ("1", "gateway-1")


def test_a_netrc_file_replaces_no_token(server, transport, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    transport._session.trust_env = True
    transport.request("GET", "/x")
    assert server.last.headers["Authorization"] == "Bearer access-token-1"


def test_plain_http_goes_through_no_proxy(server, connect, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("no_proxy", "")
    connect(server.url).request("GET", "/x")
    assert server.last.path == "/x"


def test_cookies_are_not_kept(server, transport):
    server.answers(Reply(headers={"Set-Cookie": "gateway=1"}), Reply())
    transport.request("GET", "/x")
    transport.request("GET", "/x")
    assert "Cookie" not in server.last.headers


def test_only_https_or_loopback(connect):
    with pytest.raises(BadAddress):
        connect("http://api.example.dk")


@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_tls_is_always_checked(connect, tmp_path, monkeypatch, method):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    context, certificate = self_signed(tmp_path)
    with ScriptedServer(context) as server:
        with pytest.raises(Unavailable):
            connect(server.url).request(method, "/x")
        assert server.asked == [], "credentials were sent to a stranger"
        # and with somebody to vouch for it, the same server is spoken to
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        connect(server.url).request(method, "/x")
        assert len(server.asked) == 1


@pytest.mark.parametrize("bad", ["", "line\nbreak", "spa ce", "nøgle"])
def test_credentials_no_header_can_carry(server, connect, bad):
    with pytest.raises(Unauthorized) as caught:
        connect(server.url, gateway_secret=bad).request("GET", "/x")
    assert server.asked == []
    assert not bad or bad not in str(caught.value)


def test_without_a_gateway_nothing_of_it_is_sent(server, connect):
    settings = {"gateway_id": "", "gateway_secret": "", "gateway": False}
    connect(server.url, **settings).request("GET", "/x")
    assert server.last.headers["Authorization"] == "Bearer access-token-1"
    assert not [name for name in server.last.headers if "ibm" in name.lower()]
    connect(server.url, gateway=False).request("GET", "/x")
    assert not [name for name in server.last.headers if "ibm" in name.lower()]


def test_without_a_gateway_the_token_is_still_looked_at(server, connect):
    with pytest.raises(Unauthorized):
        connect(server.url, gateway=False, bearer=lambda _: "").request("GET", "/x")
    assert server.asked == []


# what comes back


def test_json_is_read_exactly(server, transport):
    server.answers(Reply(200, b'{"TotalAmount": 0.10, "Sequence": 2}'))
    answer = transport.request("GET", "/x")
    assert answer.data == {"TotalAmount": Decimal("0.10"), "Sequence": 2}
    assert type(answer.data["TotalAmount"]) is Decimal


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_is_good_with_or_without_a_body(server, transport, status):
    server.answers(Reply(status))
    answer = transport.request("PUT", "/x")
    assert (answer.status, answer.data) == (status, None)


@pytest.mark.parametrize("method", ["GET", *WRITES])
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, NotFound),
        (405, Rejected),
        (409, Rejected),
        (415, Rejected),
        (425, Unavailable),
        (429, RateLimited),
    ],
)
def test_what_was_turned_away(server, transport, method, status, kind):
    server.answers(Reply(status, {"error_code": "10104"}))
    with pytest.raises(kind) as caught:
        transport.request(method, "/x")
    assert type(caught.value) is kind
    assert caught.value.code == "10104"


def test_a_report_in_the_making_is_asked_for_later(server, transport):
    server.answers(Reply(412, {"error": "x"}, {"Retry-After": "7"}))
    with pytest.raises(NotReady) as caught:
        transport.request("GET", "/x")
    assert caught.value.retry_after == 7
    assert caught.value.correlation_id == server.last.headers["CorrelationId"]
    assert len(server.asked) == 1
    for method in WRITES:
        with pytest.raises(Rejected):
            transport.request(method, "/x")


@pytest.mark.parametrize("status", [408, 500, 501, 502, 503, 504, 520])
def test_a_failing_server_may_have_done_a_write(server, transport, status):
    server.answers(Reply(status, b"<html>"))
    with pytest.raises(OutcomeUnknown):
        transport.request("POST", "/x")
    assert len(server.asked) == 1
    with pytest.raises(Unavailable):
        transport.request("GET", "/x")


@pytest.mark.parametrize(
    ("body", "code", "text", "own_id"),
    [
        (
            {
                "correlation_id": "c-1",
                "error": "DomainError",
                "error_code": "10104",
                "error_description": "Invoice already exists",
                "error_context": "Invoices",
            },
            "10104",
            "Invoice already exists",
            "c-1",
        ),
        (
            {
                "correlationId": {},
                "error": "DomainError",
                "errorCode": 10201,
                "errorDescription": "Too much",
            },
            "10201",
            "Too much",
            "",
        ),
        ({"error": "InputError", "error_code": None}, "", "InputError", ""),
        (
            {"code": "42", "message": "Bad", "correlationId": "c-3", "origin": "R"},
            "42",
            "Bad",
            "c-3",
        ),
        (
            {
                "httpCode": "401",
                "httpMessage": "Unauthorized",
                "moreInformation": "Client id not registered.",
            },
            "",
            "Client id not registered.",
            "",
        ),
        (b"<html>Bad gateway</html>", "", "", ""),
        (b"", "", "", ""),
        (b"[1]", "", "", ""),
        (b'"text"', "", "", ""),
        (b"\xff\xfe", "", "", ""),
        (b"[" * 50_000, "", "", ""),
    ],
)
def test_error_bodies_in_every_dress(server, transport, body, code, text, own_id):
    server.answers(Reply(409, body))
    with pytest.raises(Rejected) as caught:
        transport.request("POST", "/x")
    error = caught.value
    assert (error.code, error.text) == (code, text)
    sent = server.last.headers["CorrelationId"]
    assert error.correlation_id == (own_id or sent)


def test_an_errors_words_hide_numbers_and_tokens(server, transport):
    words = "User +4512345678 with Bearer abc.def and eyJhbGciOi.J9.sig is unknown"
    server.answers(Reply(400, {"error_description": words}))
    with pytest.raises(Rejected) as caught:
        transport.request("POST", "/x")
    assert caught.value.text == "User +45••••••78 with … and … is unknown"


def test_an_error_body_that_breaks_off_is_still_the_error(server, transport):
    server.answers(HalfBody(400))
    with pytest.raises(Rejected):
        transport.request("POST", "/x")


@pytest.mark.parametrize("body", [b"<html>", b"{", b"NaN", b"\xff", b"[" * 50_000])
def test_a_good_answer_that_cannot_be_read(server, transport, body):
    server.answers(Reply(200, body))
    with pytest.raises(OutcomeUnknown):
        transport.request("POST", "/x")
    with pytest.raises(BadAnswer):
        transport.request("GET", "/x")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server, connect, status):
    server.answers(Reply(status, headers={"Location": f"{server.url}/elsewhere"}))
    with pytest.raises(Unavailable):
        connect(server.url).request("GET", "/x")
    with pytest.raises(OutcomeUnknown):
        connect(server.url).request("POST", "/x")
    assert {asked.path for asked in server.asked} == {"/x"}


# the token


@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_a_401_is_answered_by_one_fresh_token(server, transport, bearer, method):
    server.answers(Reply(401), Reply(200, {"done": True}))
    answer = transport.request(method, "/x", body="{}")
    assert answer.data == {"done": True}
    assert bearer.asked == [False, True]
    tokens = [asked.headers["Authorization"] for asked in server.asked]
    assert tokens == ["Bearer access-token-1", "Bearer access-token-2"]
    assert [asked.body for asked in server.asked] == [b"{}", b"{}"]


def test_a_second_401_is_the_end(server, transport, bearer):
    server.answers(Reply(401))
    with pytest.raises(Unauthorized):
        transport.request("POST", "/x")
    assert len(server.asked) == 2
    assert bearer.asked == [False, True]


def test_a_403_is_no_question_of_the_token(server, transport, bearer):
    server.answers(Reply(403))
    with pytest.raises(Unauthorized):
        transport.request("POST", "/x")
    assert bearer.asked == [False]


def test_lost_consent_is_said_as_such(server, connect):
    def bearer(_renew):
        raise ConsentLost("gone", code="invalid_grant")

    with pytest.raises(ConsentLost):
        connect(server.url, bearer=bearer).request("POST", "/x")
    assert server.asked == []


def test_a_refresh_that_went_astray_is_not_the_calls_outcome(server, connect):
    def bearer(_renew):
        raise OutcomeUnknown("the refresh was not answered")

    with pytest.raises(Unavailable) as caught:
        connect(server.url, bearer=bearer).request("POST", "/x")
    assert not isinstance(caught.value, OutcomeUnknown)


# silence


@pytest.mark.parametrize(
    "step", [Reply(200, {"a": 1}), Reply(409, {"error": "x"}), Reply(401), Drop()]
)
def test_no_secret_in_logs_and_errors(server, transport, caplog, step):
    caplog.set_level(logging.INFO)
    server.answers(step)
    body = json.dumps({"Alias": "+4512345678"})
    try:
        transport.request("POST", PATH, body=body, params={"state": "hidden-cursor"})
    except MobilePayError as error:
        caplog.records.append(logging.makeLogRecord({"msg": repr(error)}))
        caplog.records.append(logging.makeLogRecord({"msg": str(vars(error))}))
        assert error.__context__ is None or error.__suppress_context__
    said = " ".join(record.getMessage() for record in caplog.records)
    assert "POST /api/v1/merchants/{id}/invoices" in said
    assert server.last.headers["CorrelationId"] in said
    assert not [secret for secret in SECRETS if secret in said]
    assert "89a140f4" not in said


def test_an_answer_does_not_show_its_data(server, transport):
    server.answers(Reply(200, {"PhoneNumber": "+4512345678"}))
    assert "+45" not in repr(transport.request("GET", "/x"))
