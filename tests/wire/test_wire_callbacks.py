import base64
import json
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilepay.classic.callbacks import authentic, parse
from mobilepay.errors import BadDelivery
from mobilepay.types import BadNews, Status, StatusNews

ID = "89a140f4-8433-4196-b25f-690871be5b3d"
KEY, OLD = "k" * 32, "o" * 32
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def element(**changes):
    good = {
        "InvoiceId": ID,
        "Status": "paid",
        "Date": "2018-04-24T07:29:47.7500268+00:00",
        "Sequence": 2,
        **changes,
    }
    return {name: value for name, value in good.items() if value is not ...}


def delivery(*elements):
    return json.dumps(list(elements)).encode()


def basic(username, password, scheme="Basic"):
    pair = f"{username}:{password}".encode()
    return f"{scheme} {base64.b64encode(pair).decode()}"


# who sent it


@pytest.mark.parametrize(
    ("header", "secrets", "yes"),
    [
        (KEY, [KEY], True),
        (OLD, [KEY, OLD], True),
        (KEY, [OLD, KEY], True),
        (KEY, [OLD], False),
        (KEY, [], False),
        (KEY[:-1], [KEY], False),
        (KEY + "k", [KEY], False),
        (KEY.upper(), [KEY], False),
        (f"Bearer {KEY}", [KEY], False),
        (f"ApiKey {KEY}", [KEY], False),
        ("", [""], False),
        (None, [KEY], False),
        (None, [""], False),
        ("short", ["short"], False),
        ("x" * 15, ["x" * 15], False),
        ("x" * 16, ["x" * 16], True),
        ("", [None], False),
        ("k" * 5000, ["k" * 5000], False),
    ],
)
def test_a_bare_api_key(header, secrets, yes):
    assert authentic(header, method="apikey", secrets=secrets) is yes


@pytest.mark.parametrize(
    ("header", "secrets", "yes"),
    [
        (basic("odoo", KEY), [KEY], True),
        (basic("odoo", KEY, "basic"), [KEY], True),
        (basic("odoo", OLD), [KEY, OLD], True),
        (basic("odoo", "with:colons:" + KEY), ["with:colons:" + KEY], True),
        (basic("odoo", "æøå" + KEY), ["æøå" + KEY], True),
        (basic("other", KEY), [KEY], False),
        (basic("odoo", OLD), [KEY], False),
        (basic("odoo", ""), [""], False),
        (basic("odoo", "short"), ["short"], False),
        (basic("", KEY), [KEY], False),
        (KEY, [KEY], False),
        ("Basic", [KEY], False),
        ("Basic ", [KEY], False),
        ("Basic !!!!", [KEY], False),
        (basic("odoo", KEY)[:-4] + "!" + basic("odoo", KEY)[-4:], [KEY], False),
        (
            "Basic " + base64.b64encode(b"\xff\xfe:" + KEY.encode()).decode(),
            [KEY],
            False,
        ),
        ("Basic " + base64.b64encode(b"no colon here").decode(), [KEY], False),
        (basic("odoo", KEY, "Bearer"), [KEY], False),
        (None, [KEY], False),
    ],
)
def test_basic(header, secrets, yes):
    assert authentic(header, method="basic", secrets=secrets, username="odoo") is yes


def test_basic_without_a_user_name_is_never_authentic():
    assert not authentic(basic("", KEY), method="basic", secrets=[KEY], username="")


def test_an_unknown_method_is_never_authentic():
    assert not authentic(KEY, method="none", secrets=[KEY])


@given(st.text(), st.sampled_from(["apikey", "basic"]))
def test_no_header_ever_raises(header, method):
    assert not authentic(header, method=method, secrets=[KEY], username="odoo")


@given(st.text().map(lambda text: "Basic " + text))
def test_no_basic_header_ever_raises(header):
    assert not authentic(header, method="basic", secrets=[KEY], username="odoo")


# what it says


def test_a_good_element():
    [news] = parse(delivery(element(InvoiceId=ID.upper(), Status="Paid")))
    assert news == StatusNews(
        invoice_id=ID,
        status=Status.PAID,
        date=datetime(2018, 4, 24, 7, 29, 47, 750026, tzinfo=timezone.utc),
        sequence=2,
        raw=json.dumps(
            element(InvoiceId=ID.upper(), Status="Paid"), separators=(",", ":")
        ),
    )


def test_the_extra_fields_of_each_status():
    accepted, invalid, created = parse(
        delivery(
            element(Status="accepted", PaymentDate="2018-05-01"),
            element(Status="invalid", ErrorCode=10106, ErrorMessage="No such user"),
            element(
                Status="created",
                Links=[{"Rel": "user-redirect", "Href": "https://a.dk/x"}],
            ),
        )
    )
    assert accepted.payment_date == datetime(2018, 5, 1, tzinfo=timezone.utc)
    assert (invalid.error_code, invalid.error_text) == ("10106", "No such user")
    assert created.link_url == "https://a.dk/x"


def test_names_and_words_in_any_case():
    body = [
        {"invoiceId": ID, "status": "CANCELLED", "date": "2018-04-24", "sequence": 0},
        {"invoice_id": ID, "STATUS": "Canceled", "Date": "2018-04-24", "Sequence": 0},
    ]
    assert [news.status for news in parse(delivery(*body))] == [Status.CANCELED] * 2


BAD = [
    (None, "object"),
    ("text", "object"),
    ([], "object"),
    (element(InvoiceId=...), "InvoiceId"),
    (element(InvoiceId="1234"), "InvoiceId"),
    (element(InvoiceId=7), "InvoiceId"),
    (element(Status="refunded"), "Status"),
    (element(Status=...), "Status"),
    (element(Date="yesterday"), "Date"),
    (element(Date="0001-01-01T00:00:00"), "Date"),
    (element(Date=...), "Date"),
    (element(Sequence=...), "Sequence"),
    (element(Sequence=-1), "Sequence"),
    (element(Sequence=1.0), "Sequence"),
    (element(Sequence=True), "Sequence"),
    (element(Sequence="2"), "Sequence"),
    (element(Sequence=2**31), "Sequence"),
    (element(Sequence=10**400), "Sequence"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD)
def test_one_bad_element_costs_nobody_else(bad, reason):
    first, found, last = parse(delivery(element(Sequence=1), bad, element(Sequence=3)))
    assert (first.sequence, last.sequence) == (1, 3)
    assert isinstance(found, BadNews)
    assert reason in found.reason
    assert json.loads(found.raw) == bad


def test_bad_extra_fields_cost_nothing():
    odd = element(PaymentDate="soon", Links="none", ErrorCode={"a": 1})
    [news] = parse(delivery(odd))
    assert (news.payment_date, news.link_url, news.error_code) == (None, "", "")


def test_raw_keeps_numbers_as_written_and_drops_spaces():
    text = ' [ { "a b" : 1.10 , "c\\" ," : 12345678901234567890123 } , 1e400 ] '
    raws = [news.raw for news in parse(text.encode())]
    assert raws == ['{"a b":1.10,"c\\" ,":12345678901234567890123}', "1e400"]


def test_texts_that_no_database_takes_are_mended():
    body = delivery(element(Status="invalid", ErrorMessage="a\x00b\ud800"))
    [news] = parse(body)
    news.error_text.encode()
    assert "\x00" not in news.error_text + news.raw


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"{}",
        b'"text"',
        b"[",
        b"[1",
        b"[1,]",
        b"[,]",
        b"[1 2]",
        b"[] []",
        b"[]x",
        b"<html>",
        b"\xff\xfe[]",
        '["æ"]'.encode("latin-1"),
        b"[NaN]",
        b"[Infinity]",
        b"[" * 200_000,
        b'[{"a":' * 50_000,
        b'["\x01"]',
    ],
)
def test_what_is_no_delivery(body):
    with pytest.raises(BadDelivery):
        parse(body)


def test_an_empty_delivery_and_a_byte_order_mark():
    assert parse(b" [ ] ") == []
    assert parse(b"\xef\xbb\xbf[]") == []


def test_a_delivery_has_an_end():
    assert len(parse(delivery(*[1] * 5), max_elements=5)) == 5
    with pytest.raises(BadDelivery):
        parse(delivery(*[1] * 6), max_elements=5)


def test_numbers_without_end_are_only_bad_news():
    good = json.dumps(element())
    body = f"[1e99999999999999999999,{'9' * 100_000},{good}]".encode()
    assert [type(news) for news in parse(body)] == [BadNews, BadNews, StatusNews]


@pytest.mark.parametrize("depth", [10, 500, 1000, 5000, 50_000])
def test_deep_nesting_is_bad_news_or_no_delivery(depth):
    body = b"[" * (depth + 1) + b"]" * (depth + 1)
    try:
        [news] = parse(body)
    except BadDelivery:
        assert depth > 500
    else:
        assert isinstance(news, BadNews)


@given(st.binary(max_size=200))
def test_arbitrary_bytes(body):
    try:
        parse(body)
    except BadDelivery as error:
        # nothing of the body: the text goes into the log
        assert str(error) == "the body is not a JSON array"
    else:
        assert body.decode("utf-8-sig").lstrip().startswith("[")


@given(st.lists(JSON))
def test_arbitrary_json(elements):
    body = json.dumps(elements)
    try:
        found = parse(body.encode())
    except BadDelivery:
        assert "NaN" in body or "Infinity" in body
    else:
        assert len(found) == len(elements)


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        name: JSON | st.sampled_from([ID, "paid", "2018-04-24", 0, 5])
        for name in ("InvoiceId", "Status", "Date", "Sequence", "Links", "PaymentDate")
    },
)


@given(st.lists(FIELDS))
def test_nearly_good_elements(elements):
    body = json.dumps(elements)
    try:
        found = parse(body.encode())
    except BadDelivery:
        assert "NaN" in body or "Infinity" in body
    else:
        assert all(isinstance(news, StatusNews | BadNews) for news in found)
        assert all(isinstance(json.loads(news.raw), dict) for news in found)
