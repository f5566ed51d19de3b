import json
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilepay import reading
from mobilepay.classic import words
from mobilepay.types import Status

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def utc(*parts):
    return datetime(*parts, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "name", ["InvoiceId", "invoiceId", "invoice_id", "INVOICE_ID", "invoice-id"]
)
def test_names_in_any_case(name):
    assert reading.read({name: "x"}, "InvoiceId") == "x"


def test_null_is_nothing_and_the_first_name_wins():
    data = {"a": None, "A": 1, "b": 2, "zero": 0}
    assert reading.read(data, "a") == 1
    assert reading.read(data, "missing", "b", "a") == 2
    assert reading.read(data, "zero") == 0
    assert reading.read(data, "missing") is None
    assert reading.read([1], "a") is None
    assert reading.read(None, "a") is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2018-04-24T07:29:47.7500268+00:00", utc(2018, 4, 24, 7, 29, 47, 750026)),
        ("2018-04-24T07:29:47.75Z", utc(2018, 4, 24, 7, 29, 47, 750000)),
        ("2018-04-24T07:29:47+02:00", utc(2018, 4, 24, 5, 29, 47)),
        ("2018-04-24T07:29:47-0330", utc(2018, 4, 24, 10, 59, 47)),
        ("2018-04-24 07:29", utc(2018, 4, 24, 7, 29)),
        ("2018-04-24T07:29:47", utc(2018, 4, 24, 7, 29, 47)),
        ("2018-04-24", utc(2018, 4, 24)),
    ],
)
def test_moments_in_any_dress(text, moment):
    read = reading.moment(text)
    assert read == moment
    assert read.tzinfo is timezone.utc


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "today",
        20180424,
        True,
        "2018-13-01",
        "2018-02-30T00:00:00Z",
        "2018-04-24T24:00:00Z",
        "2018-04-24T07:29:47+99:99",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00",
        "٢٠١٨-٠٤-٢٤",
        "2018-04-24T07:29:47.7500268+00:00; DROP",
    ],
)
def test_moments_that_are_none(value):
    assert reading.moment(value) is None
    assert reading.day(value) is None


def test_a_day_is_the_date_as_it_is_written():
    assert reading.day("2022-09-22T14:51:11.783972+03:00") == date(2022, 9, 22)
    assert reading.day("2022-09-22T00:30:00+03:00") == date(2022, 9, 22)
    assert reading.day("2022-09-22") == date(2022, 9, 22)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (360, Decimal(360)),
        (Decimal("0.10"), Decimal("0.10")),
        ("360.50", Decimal("360.50")),
        (" -1 ", Decimal(-1)),
        (True, None),
        ("1e9", None),
        ("12,5", None),
        (Decimal("1e400"), None),
        (Decimal("1e9999999"), None),
        (Decimal("NaN"), None),
        (10**30, None),
        (None, None),
        ([1], None),
    ],
)
def test_numbers(value, number):
    assert reading.number(value) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  word ", "word"),
        (58652, "58652"),
        (Decimal("1.50"), "1.50"),
        (None, ""),
        (True, ""),
        ({"a": 1}, ""),
        ("a\x00b\ud800c", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"),
        ("x" * 5000, "x" * 1000),
    ],
)
def test_texts_are_fit_for_a_database(value, text):
    assert reading.text(value) == text


@pytest.mark.parametrize(
    ("value", "guid"),
    [
        (
            "89A140F4-8433-4196-B25F-690871BE5B3D",
            "89a140f4-8433-4196-b25f-690871be5b3d",
        ),
        ("89a140f484334196b25f690871be5b3d", ""),
        ("89a140f4-8433-4196-b25f-690871be5b3d/..", ""),
        ("", ""),
        (None, ""),
        (1, ""),
    ],
)
def test_guids(value, guid):
    assert reading.guid(value) == guid


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("created", Status.CREATED),
        ("Created", Status.CREATED),
        ("PAID", Status.PAID),
        ("Canceled", Status.CANCELED),
        ("cancelled", Status.CANCELED),
        ("refunded", None),
        ("", None),
        (None, None),
        (3, None),
    ],
)
def test_status_words(word, status):
    assert words.status(word) is status


@pytest.mark.parametrize(
    ("links", "url"),
    [
        ([{"Rel": "user-redirect", "Href": "https://a.dk/x"}], "https://a.dk/x"),
        (
            [
                {"rel": "self", "href": "https://a.dk/self"},
                {"rel": "user-redirect", "href": "https://a.dk/x"},
            ],
            "https://a.dk/x",
        ),
        ([{"Rel": "user-redirect", "Href": "javascript:alert(1)"}], ""),
        ([{"Rel": "user-redirect", "Href": "http://a.dk/x"}], ""),
        ([{"Rel": "user-redirect", "Href": None}], ""),
        (["https://a.dk"], ""),
        ("https://a.dk", ""),
        (None, ""),
    ],
)
def test_only_a_link_fit_to_show_is_read(links, url):
    assert words.link(links) == url


def test_json_is_read_exactly_and_strictly():
    assert reading.from_json(b'{"a": 0.10, "b": 1}') == {"a": Decimal("0.10"), "b": 1}
    assert reading.from_json(b"\xef\xbb\xbf[]") == []
    assert reading.from_json(b"  ") is None
    assert reading.from_json(b'{"a": 1e99999999999999999999}') == {"a": None}
    huge = reading.from_json(b"[" + b"9" * 10_000 + b"]")
    assert reading.number(huge[0]) is None


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"\xff",
        b"NaN",
        b"[Infinity]",
        b"[1,]",
        b"[" * 100_000,
        b'{"a":' * 9999,
    ],
)
def test_what_is_no_json_is_a_value_error(body):
    with pytest.raises(ValueError):
        reading.from_json(body)


@given(JSON)
def test_converters_take_any_value(value):
    for convert, kind in (
        (reading.text, str),
        (reading.number, Decimal | None),
        (reading.moment, datetime | None),
        (reading.day, date | None),
        (reading.guid, str),
        (words.status, Status | None),
        (words.link, str),
        (reading.items, list),
    ):
        assert isinstance(convert(value), kind), convert
    named = {"name": value}
    assert reading.read(named, "name") is value
    assert isinstance(value, dict) or reading.read(value, "name") is None


@given(JSON)
def test_what_json_writes_is_read(value):
    body = json.dumps(value).encode()
    try:
        reading.from_json(body)
    except ValueError:
        assert b"NaN" in body or b"Infinity" in body
