"""What is kept of a row as MobilePay wrote it: everything but phone numbers."""

import json

import pytest
from wire_reports import POINT, payout, report, row
from wire_server import Reply

from mobilepay import reading
from mobilepay.classic.reporting import ReportingApi


@pytest.fixture
def kept(server, transport):
    def keep(data):
        server.answers(Reply(200, data if isinstance(data, bytes) else report(data)))
        (found,) = ReportingApi(transport).transactions(POINT, payout())
        return found

    return keep


@pytest.mark.parametrize(
    "changes",
    [
        {"message": "Call +4512345678"},
        {"message": None, "senderComment": "Call +4512345678"},
        {"UserPhoneNumber": "12345678"},
        {"userPhoneNumber": 4512345678},
        {"userIndicator": "12345678"},
        {"loyaltyId": "+4512345678"},
        {"nested": [{"user_phone_number": "12345678", "a": "+45 12 34 56 78"}]},
    ],
)
def test_phone_numbers_are_masked(kept, changes):
    found = kept(row(**changes))
    bare = found.raw.replace(" ", "")
    assert "12345678" not in bare and "123456" not in bare
    assert "12345678" not in found.message
    assert "••••" in found.raw


def test_what_looks_like_a_number_in_a_reference_stays(kept):
    data = row(merchantReference="0045123456", paymentTransactionId="0045123457")
    found = kept(data)
    assert json.loads(found.raw) == data
    assert found.merchant_reference == "0045123456"


def test_raw_is_fit_for_a_database(kept):
    body = json.dumps(report(row(brandName="A-MARK-Æ"))).encode()
    found = kept(body.replace(b"-MARK-", b"\\ud800"))
    found.raw.encode("utf-8")
    assert '"A\N{REPLACEMENT CHARACTER}Æ"' in found.raw


def test_endless_nesting_costs_no_row(kept):
    body = json.dumps(report(row(brandName="DEEP"))).encode()
    deep = b"[" * 700 + b"]" * 700
    found = kept(body.replace(b'"DEEP"', deep))
    assert found.raw == "" or deep.decode() in found.raw
    assert found.transaction_id == "AABBCCDD11223344"


def test_raw_is_not_shown(kept):
    assert "Acme" not in repr(kept(row(brandName="Acme")))


@pytest.mark.parametrize(
    "text",
    ['{"a":[1,2.50,null,true,"Æ\\n"],"b":{}}', "12345678901234567890", "[]", '""'],
)
def test_json_is_written_as_it_was_read(text):
    assert reading.as_json(reading.from_json(text.encode())) == text


def test_json_nested_without_end_is_not_written():
    value = []
    for _ in range(100_000):
        value = [value]
    assert reading.as_json(value) == ""
    while value:
        value = value[0]
