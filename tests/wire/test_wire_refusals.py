"""A refusal that is not MobilePay's own proves nothing of what it has done."""

import pytest
from wire_server import Reply

from mobilepay.errors import MobilePayError, NotFound, OutcomeUnknown, Rejected
from mobilepay.transport.failures import from_answer
from mobilepay.types import Kind

ID = "89a140f4-8433-4196-b25f-690871be5b3d"

OWN = [
    {"error": "DomainError", "error_code": "10104"},
    {"error": "DomainError", "error_code": 10201, "error_description": "Too much"},
    {"error": "InputError", "error_code": None, "error_description": "A field"},
    {"error": "inputerror"},
    {"errorCode": "10311", "errorDescription": "Due date is in the past"},
]
FOREIGN = [
    b"",
    b"<html>Bad Request</html>",
    b'{"error_code": "103',
    b"{}",
    b"[1]",
    b'"DomainError"',
    {"httpCode": "400", "httpMessage": "Bad Request", "moreInformation": "No"},
    {"code": 400, "message": "Bad Request"},
    {"error": "invalid_request", "error_description": "of the gateway"},
    {"error_code": "GW-1"},
]


def refused(call):
    with pytest.raises(MobilePayError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize("body", OWN)
def test_mobilepays_own_refusal_counts(server, api, status, body):
    server.answers(Reply(status, body))
    error = refused(lambda: api.create(Kind.DIRECT, "{}"))
    assert isinstance(error, Rejected)
    assert error.own


@pytest.mark.parametrize("status", [400, 404, 405, 409, 413, 415])
@pytest.mark.parametrize("body", FOREIGN)
def test_any_other_leaves_it_open_whether_it_was_made(server, api, status, body):
    server.answers(Reply(status, body))
    error = refused(lambda: api.create(Kind.LINK, "{}"))
    assert isinstance(error, OutcomeUnknown)
    server.answers(Reply(status, body))
    error = refused(lambda: api.create_batch(Kind.DIRECT, ["{}"]))
    assert isinstance(error, OutcomeUnknown)
    assert error.correlation_id


def test_what_mobilepay_does_not_know_is_told_as_such(server, api):
    server.answers(Reply(404, {"error": "DomainError", "error_code": "10302"}))
    error = refused(lambda: api.create(Kind.LINK, "{}"))
    assert isinstance(error, NotFound)


@pytest.mark.parametrize("body", FOREIGN)
def test_a_cancel_is_refused_all_the_same(server, api, body):
    """Its status is asked for then, which decides."""
    server.answers(Reply(409, body))
    error = refused(lambda: api.cancel(ID))
    assert isinstance(error, Rejected)
    assert not error.own


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_decides_nothing(server, api, status):
    server.answers(Reply(status, b"", {"Location": "https://elsewhere.example/"}))
    assert isinstance(refused(lambda: api.create(Kind.DIRECT, "{}")), OutcomeUnknown)
    server.answers(Reply(status, b"", {"Location": "https://elsewhere.example/"}))
    assert isinstance(refused(lambda: api.cancel(ID)), OutcomeUnknown)


@pytest.mark.parametrize("body", [b"<html>", b"{", b"OK"])
def test_a_cancel_answered_by_a_page_is_not_done(server, api, body):
    server.answers(Reply(200, body))
    assert isinstance(refused(lambda: api.cancel(ID)), OutcomeUnknown)


def test_no_error_but_an_answer_is_own():
    assert not OutcomeUnknown("lost").own
    error = from_answer(500, {}, b"", write=True, correlation_id="")
    assert not error.own
