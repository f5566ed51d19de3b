"""What MobilePay refuses, by what can be done next; what proves nothing is unknown."""

from decimal import Decimal

import pytest
from wire_server import Reply
from wire_vipps import KEYS, MSN, REFERENCE, RETURN, problem, request

from mobilepay.errors import (
    Busy,
    MobilePayError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Reason,
    Rejected,
    Unauthorized,
)
from mobilepay.types import Kind
from mobilepay.vipps.refusals import REASONS

KEY = "0b9bb2ab-5d26-4d43-9a25-2a0bb4d2a1f0"
GATEWAY = [
    b"",
    b"<html>Bad Request</html>",
    b'{"extraDetails": [{"name": "ErrorCo',
    b"[]",
    {"statusCode": 400, "message": "Bad Request"},
    {"title": "Bad Request", "status": 400},
    problem("", 400),
    # an error inside MobilePay, whatever status it has
    problem("3010", 400),
]


@pytest.fixture
def refused(vipps, server):
    """The error that an answer to a create call is."""
    payload = vipps.encode(request())

    def ask(status, body, **headers):
        server.answers(Reply(status, body, headers))
        with pytest.raises(MobilePayError) as caught:
            vipps.create(Kind.DIRECT, payload, idempotency_key=KEY)
        return caught.value

    return ask


@pytest.mark.parametrize("status", [400, 403, 409, 422])
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("5080", Reason.PUSH_NOT_ALLOWED),
        ("5050", Reason.LONG_LIVING_NOT_ALLOWED),
        ("5060", Reason.BANK_ACCOUNT_UNVERIFIED),
        ("5040", Reason.CURRENCY_NOT_ALLOWED),
        ("5020", Reason.EXPRESS_NOT_ALLOWED),
        ("5070", Reason.NOT_SET_UP),
        ("6140", Reason.PARTIAL_CAPTURE_NOT_ALLOWED),
    ],
)
def test_what_the_sales_unit_may_not_is_a_limit_under_any_status(
    refused, status, code, reason
):
    error = refused(status, problem(code, status))
    assert type(error) is Rejected and error.own
    assert error.reason is reason and reason.is_limit
    assert error.code == code


@pytest.mark.parametrize("status", [400, 409, 423, 500])
@pytest.mark.parametrize("code", ["6160", "6250", "6280", "6260"])
def test_what_passes_is_done_later_with_the_same_key(refused, status, code):
    error = refused(status, problem(code, status), **{"Retry-After": "7"})
    assert type(error) is Busy and error.reason.passes
    assert (error.code, error.retry_after) == (code, 7)


def test_a_lock_passes_whatever_its_body(refused):
    for body in (b"", problem("", 423), {"statusCode": 423}):
        assert refused(423, body).reason is Reason.BUSY


def test_funds_that_the_bank_gave_free_may_never_come(refused):
    assert refused(400, problem("6260")).reason is Reason.FUNDS_GONE


@pytest.mark.parametrize("code", ["4010", "4020"])
def test_a_key_that_was_used_for_another_body_is_a_fault_of_ours(refused, code):
    error = refused(409, problem(code, 409))
    assert error.reason is Reason.KEY_REUSED
    assert "fault of the addon" in error.message


def test_so_is_a_conflict_without_a_code(refused):
    assert refused(409, problem("", 409)).reason is Reason.KEY_REUSED


@pytest.mark.parametrize("body", [b"", b"<html>", {"statusCode": 409}])
def test_a_gateways_conflict_is_about_no_key(refused, body):
    assert type(refused(409, body)) is OutcomeUnknown


def test_nobody_is_told_that_his_number_is_wrong(refused):
    error = refused(400, problem("7010"))
    assert error.reason is Reason.PAYER_NOT_FOUND
    assert "number" not in error.message and not error.reason.is_limit


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415, 422])
@pytest.mark.parametrize("body", GATEWAY)
def test_a_refusal_without_a_code_proves_nothing_of_a_repeated_call(
    vipps, server, refused, status, body
):
    assert type(refused(status, body)) is OutcomeUnknown
    with pytest.raises(OutcomeUnknown):
        vipps.capture(REFERENCE, Decimal(1), "DKK", idempotency_key=KEY)
    with pytest.raises(OutcomeUnknown):
        vipps.release(REFERENCE, idempotency_key=KEY)


def test_a_field_that_mobilepay_does_not_like_is_named(refused):
    details = [{"name": "paymentDescription", "reason": "is too long"}]
    error = refused(400, problem("", extraDetails=details))
    assert type(error) is Rejected and error.own
    assert error.text == "For some reason; paymentDescription: is too long"
    assert error.code == ""


def test_the_older_spelling_of_details_is_read_too(refused):
    details = [{"field": "amount", "text": "is missing"}]
    error = refused(400, problem("", extraDetails=details))
    assert "amount: is missing" in error.text and error.own


def test_the_trace_is_what_support_asks_for(refused):
    error = refused(400, problem("4040"))
    assert error.correlation_id.startswith("00-813b63975adc")
    assert (error.code, error.reason) == ("4040", None)
    assert type(error) is Rejected


@pytest.mark.parametrize(
    "body",
    [
        {
            "statusCode": 401,
            "message": "Access denied due to invalid subscription key.",
        },
        problem("", 401),
        b"",
    ],
)
@pytest.mark.parametrize("status", [401, 403])
def test_keys_that_are_not_taken(refused, status, body):
    assert type(refused(status, body)) is Unauthorized


def test_too_many_calls_did_nothing(refused):
    error = refused(429, {"statusCode": 429}, **{"Retry-After": "12"})
    assert type(error) is RateLimited and error.retry_after == 12
    assert refused(429, b"").retry_after == 0


def test_a_failure_with_a_code_may_have_been_done_all_the_same(refused):
    error = refused(500, problem("3010", 500))
    assert type(error) is OutcomeUnknown and error.code == "3010"


def test_no_error_repeats_a_key_a_phone_or_an_address(vipps, server, bearer):
    """Whatever MobilePay echoes, in whatever place."""
    for kind, private in ((Kind.DIRECT, "4511111101"), (Kind.LINK, RETURN)):
        payload = vipps.encode(request(kind=kind, redirect_url=RETURN))
        for secret in (*KEYS.values(), "access-token-", private):
            # a fresh one at each call
            secret += str(len(bearer.asked) + 1) if secret.endswith("-") else ""
            body = problem(
                detail=f"no {secret}",
                traceId=secret,
                extraDetails=[{"name": "x", "reason": secret}],
            )
            server.answers(Reply(400, body))
            with pytest.raises(MobilePayError) as caught:
                vipps.create(kind, payload, idempotency_key=KEY)
            held = str(vars(caught.value)) + str(caught.value)
            assert secret not in held


def test_the_sales_units_number_is_no_secret(refused):
    assert MSN in refused(400, problem("4040", detail=f"sales unit {MSN}")).text


@pytest.mark.parametrize("code", REASONS)
def test_every_code_has_the_class_that_its_reason_says(refused, code):
    error, reason = refused(400, problem(code)), REASONS[code]
    wanted = Busy if reason.passes else Rejected
    assert type(error) is (NotFound if reason is Reason.UNKNOWN_REFERENCE else wanted)
    assert error.reason is reason
