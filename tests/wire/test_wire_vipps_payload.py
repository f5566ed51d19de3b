"""The text of a payment: both ways to a payer, money in øre, names that last."""

import json
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_vipps import REFERENCE, RETURN, request, sent

from mobilepay.errors import BadAddress
from mobilepay.types import Kind
from mobilepay.vipps.payload import encode, private_parts
from mobilepay.vipps.references import describe, make_reference

UNIQUE = st.from_regex(r"\A[a-zA-Z0-9]{4,24}\Z")
SHAPE = re.compile(r"[a-zA-Z0-9-]{8,64}")


def test_a_direct_request_is_pushed_to_a_phone_until_it_expires(vipps):
    fields = sent(vipps)
    assert fields["userFlow"] == "PUSH_MESSAGE"
    assert fields["customer"] == {"phoneNumber": "4511111101"}
    assert fields["expiresAt"] == "2026-12-14T22:59:59Z"
    assert fields["receipt"]["orderLines"], "6130: long-living needs a receipt"
    assert "returnUrl" not in fields


def test_an_attempt_leads_through_a_browser_and_lives_for_ten_minutes(vipps):
    fields = sent(vipps, kind=Kind.LINK, phone="+4511111101", redirect_url=RETURN)
    assert fields["userFlow"] == "WEB_REDIRECT"
    assert fields["returnUrl"] == RETURN
    assert "expiresAt" not in fields, "only PUSH_MESSAGE may have it"
    assert "customer" not in fields


def test_money_is_whole_oere_in_the_markets_currency(vipps):
    assert sent(vipps, total=Decimal("0.29"))["amount"] == {
        "currency": "DKK",
        "value": 29,
    }
    assert json.loads(encode(request(), "EUR"))["amount"]["currency"] == "EUR"
    assert json.loads(encode(request(), "EUR"))["receipt"]["bottomLine"][
        "currency"
    ] == ("EUR")


def test_money_is_never_rounded():
    with pytest.raises(ValueError):
        encode(request(total=Decimal("1.005")), "DKK")


@given(st.decimals("0.01", "650000", places=2))
def test_no_amount_is_changed_on_the_way(total):
    fields = json.loads(encode(request(total=total), "DKK"))
    assert Decimal(fields["amount"]["value"]) / 100 == total


def test_equal_requests_give_equal_texts():
    assert encode(request(), "DKK") == encode(request(), "DKK")


def test_a_moment_is_told_in_utc():
    local = datetime(2026, 12, 15, tzinfo=timezone(timedelta(hours=1)))
    fields = json.loads(encode(request(expires_at=local), "DKK"))
    assert fields["expiresAt"] == "2026-12-14T23:00:00Z"
    with pytest.raises(ValueError):
        encode(request(expires_at=datetime(2026, 12, 15)), "DKK")  # noqa: DTZ001


@pytest.mark.parametrize("phone", ["", "4511111101", "+45 11111101", "+４５11111101"])
def test_a_phone_is_plus_and_digits_and_never_in_the_error(phone):
    with pytest.raises(ValueError) as caught:
        encode(request(phone=phone), "DKK")
    assert "11" not in str(caught.value)


def test_terms_are_sent_only_both_together(vipps):
    terms = {"terms_url": "https://a.example/t", "privacy_url": "https://a.example/p"}
    links = sent(vipps, kind=Kind.LINK, redirect_url=RETURN, **terms)
    assert links["merchantLegalLinks"] == {
        "termsOfSaleUrl": "https://a.example/t",
        "privacyPolicyUrl": "https://a.example/p",
    }
    alone = sent(
        vipps, kind=Kind.LINK, redirect_url=RETURN, terms_url="https://a.example"
    )
    assert "merchantLegalLinks" not in alone


@pytest.mark.parametrize("name", ["redirect_url", "terms_url"])
def test_no_payer_is_led_away_from_https(name):
    urls = {"redirect_url": RETURN, "terms_url": RETURN, "privacy_url": RETURN}
    with pytest.raises(BadAddress):
        encode(request(kind=Kind.LINK, **{**urls, name: "http://a.example/"}), "DKK")


def test_a_reference_that_mobilepay_does_not_take_is_not_sent():
    for reference in ("", "INV/2026/1", "short", "x" * 65, "INV-2026-ÆØÅ"):
        with pytest.raises(ValueError):
            encode(request(payment_reference=reference), "DKK")


def test_phone_and_return_address_are_kept_from_errors():
    assert private_parts(encode(request(), "DKK")) == ("4511111101",)
    attempt = encode(request(kind=Kind.LINK, redirect_url=RETURN), "DKK")
    assert private_parts(attempt) == (RETURN,)


# references


@pytest.mark.parametrize(
    ("number", "attempt", "wanted"),
    [
        ("INV/2026/00012", 0, "INV-2026-00012-k3f9"),
        ("INV/2026/00012", 1, "INV-2026-00012-k3f9-1"),
        ("INV/2026/00012", 12, "INV-2026-00012-k3f9-12"),
        ("00012", 0, "INV-00012-k3f9"),
        ("2026_12", 0, "INV-2026-12-k3f9"),
        ("Fak. nr. Å 7", 0, "Fak-nr-AA-7-k3f9"),
        ("", 0, "INV-k3f9"),
        ("///", 0, "INV-k3f9"),
        ("A", 0, "INV-A-k3f9"),
    ],
)
def test_a_person_knows_the_invoice_by_its_reference(number, attempt, wanted):
    made = make_reference(number, unique="k3f9", attempt=attempt)
    assert made == wanted


@given(st.text(max_size=120), UNIQUE, st.integers(0, 999))
def test_mobilepay_takes_every_reference(number, unique, attempt):
    made = make_reference(number, unique=unique, attempt=attempt)
    assert SHAPE.fullmatch(made)
    assert not made.replace("-", "").isdigit() and not made.startswith("0")
    ending = f"-{unique}-{attempt}" if attempt else f"-{unique}"
    assert made.endswith(ending)


NUMBERS = st.text("INV-1/", max_size=8)
SHORT = st.text("1I", min_size=4, max_size=5)


@given(NUMBERS, NUMBERS, SHORT, SHORT, st.integers(0, 12), st.integers(0, 12))
def test_no_other_request_or_attempt_has_the_same(
    number, other_number, unique, other, attempt, later
):
    made = make_reference(number, unique=unique, attempt=attempt)
    again = make_reference(other_number, unique=other, attempt=later)
    assert made != again or (unique, attempt) == (other, later)


def test_of_a_long_number_the_end_stays():
    number = "A" * 80 + "/2026/00012"
    made = make_reference(number, unique="k3f9", attempt=3)
    assert len(made) <= 64 and made.endswith("-2026-00012-k3f9-3")


@pytest.mark.parametrize("unique", ["", "abc", "x" * 25, "a-b-c", "æøå1", "abc\n"])
def test_what_makes_it_unique_is_checked(unique):
    with pytest.raises(ValueError):
        make_reference("INV/1", unique=unique)


@pytest.mark.parametrize("attempt", [-1, 1000])
def test_attempts_are_counted(attempt):
    with pytest.raises(ValueError):
        make_reference("INV/1", unique="k3f9", attempt=attempt)


# descriptions


@pytest.mark.parametrize(
    ("number", "words", "wanted"),
    [
        ("INV/2026/00012", "due on 1 December", "INV/2026/00012, due on 1 December"),
        ("INV/2026/00012", "", "INV/2026/00012"),
        ("INV/1", "INV/1, due soon", "INV/1, due soon"),
        ("7", "", "7.."),
        ("INV/1", " two\n lines ", "INV/1, two lines"),
    ],
)
def test_the_invoice_number_is_read_first(number, words, wanted):
    assert describe(number, words) == wanted


@given(st.text(max_size=300), st.text(max_size=300))
def test_every_description_has_a_length_that_mobilepay_takes(number, words):
    assert 3 <= len(describe(number, words)) <= 100


def test_the_reference_is_in_what_is_sent(vipps):
    assert sent(vipps)["reference"] == REFERENCE
    assert sent(vipps)["paymentDescription"] == "INV/2026/00012, due on 14 December"
