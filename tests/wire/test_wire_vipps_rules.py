"""What Vipps MobilePay refuses is said before anything is sent."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from wire_vipps import ARTICLE, RETURN, SOON, TODAY, request

from mobilepay.environments import MARKETS, STAGES, is_production
from mobilepay.phones import InvalidPhone, mask_phone, normalise_nordic_phone
from mobilepay.types import Kind
from mobilepay.vipps.rules import check, default_limits

NAMELESS = replace(ARTICLE, description="")


def codes(country="DK", whole=True, limits=None, kind=Kind.DIRECT, **changes):
    found = check(
        request(kind=kind, **changes),
        today=TODAY,
        limits=limits or default_limits(country),
        country=country,
        whole=whole,
    )
    return [problem.code for problem in found]


@pytest.mark.parametrize("kind", Kind)
def test_a_good_request_has_no_problem(kind):
    assert codes(kind=kind) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"issuer_id": ""}, "issuer_missing"),
        ({"total": Decimal("1.005")}, "amount_decimals"),
        ({"total": Decimal("NaN")}, "amount_decimals"),
        ({"total": Decimal("0")}, "amount_not_positive"),
        ({"total": Decimal("-1")}, "amount_not_positive"),
        ({"total": Decimal("650000.01")}, "amount_above_limit"),
        ({"currency": "SEK"}, "currency_not_market"),
        ({"currency": "EUR"}, "currency_not_market"),
        ({"phone": ""}, "phone_missing"),
        ({"phone": "11111101"}, "phone_invalid"),
        ({"phone": "+12025550100"}, "phone_invalid"),
        ({"payment_reference": ""}, "reference_missing"),
        ({"payment_reference": "INV/2026/00012"}, "reference_characters"),
        ({"payment_reference": "short"}, "reference_characters"),
        ({"payment_reference": "x" * 65}, "reference_too_long"),
        ({"invoice_number": " "}, "description_missing"),
        (
            {"articles": (NAMELESS,)},
            "article_description_missing",
        ),
        ({"terms_url": RETURN}, "terms_incomplete"),
        ({"terms_url": "http://x.example", "privacy_url": RETURN}, "url_not_https"),
        ({"expires_at": SOON - timedelta(days=15)}, "expiry_past"),
        ({"expires_at": SOON + timedelta(days=47)}, "expiry_too_far"),
    ],
)
def test_each_rule(changes, code):
    assert codes(**changes) == [code]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redirect_url": ""}, "return_url_missing"),
        ({"redirect_url": "http://odoo.example"}, "url_not_https"),
    ],
)
def test_an_attempt_comes_back_by_https(changes, code):
    assert codes(kind=Kind.LINK, **changes) == [code]


def test_an_attempt_needs_neither_phone_nor_days():
    far = SOON + timedelta(days=400)
    assert codes(kind=Kind.LINK, phone="", expires_at=far) == []


def test_a_direct_request_may_be_of_ten_minutes():
    assert codes(expires_at=None) == []


def test_the_last_day_is_still_good():
    assert codes(expires_at=SOON + timedelta(days=46)) == []
    assert codes(expires_at=SOON - timedelta(days=14)) == []


def test_a_sales_units_own_limit_counts():
    limits = replace(default_limits("DK"), max_days=10, max_amount=Decimal(100))
    assert codes(limits=limits) == ["amount_above_limit", "expiry_too_far"]


def test_norways_minimum_and_days():
    good = {"country": "NO", "currency": "NOK", "phone": "+4791234567"}
    soon = SOON - timedelta(days=13)
    assert codes(**good, total=Decimal("0.99"), expires_at=soon) == [
        "amount_below_limit"
    ]
    assert codes(**good, total=Decimal("1.00"), expires_at=soon) == []
    assert codes(**good) == ["expiry_too_far"]
    assert codes(country="DK", total=Decimal("0.01")) == []


def test_lines_that_do_not_add_up_are_no_problem_here():
    """One line of the receipt makes them."""
    assert codes(articles=()) == []
    assert codes(total=Decimal("1.00")) == []


def test_a_preview_looks_at_no_lines_and_no_addresses():
    bad = {"articles": (NAMELESS,), "redirect_url": ""}
    assert codes(kind=Kind.LINK, whole=False, **bad) == []
    assert codes(whole=False, phone="") == ["phone_missing"]


def test_no_problem_shows_a_whole_number():
    [found] = check(
        request(phone="+4512345"),
        today=TODAY,
        limits=default_limits("DK"),
        country="DK",
    )
    assert "12345" not in found.value


# phones


@pytest.mark.parametrize(
    ("text", "country", "wanted"),
    [
        ("12 34 56 78", "DK", "+4512345678"),
        ("040 1234567", "FI", "+358401234567"),
        ("912 34 567", "NO", "+4791234567"),
        ("0047 412 34 567", "DK", "+4741234567"),
        ("+46 70-123 45 67", "NO", "+46701234567"),
        ("+45 11111101", "FI", "+4511111101"),
        ("+358 50 1234567", "DK", "+358501234567"),
    ],
)
def test_a_payer_may_be_of_any_nordic_country(text, country, wanted):
    assert normalise_nordic_phone(text, country) == wanted


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+1 202 555 0100", "DK"),
        ("+49 151 23456789", "DK"),
        ("+47 22 12 34 56", "NO"),
        ("+46 8 123 456 78", "DK"),
        ("1234", "DK"),
        ("", "NO"),
        ("nobody", "FI"),
    ],
)
def test_no_other_number_is_a_payers(text, country):
    with pytest.raises(InvalidPhone) as caught:
        normalise_nordic_phone(text, country)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("code", ["+45", "+46", "+47", "+358"])
def test_a_masked_number_still_says_its_country(code):
    masked = mask_phone(f"{code}12345678")
    assert masked.startswith(code) and masked.endswith("78") and "3456" not in masked


# places


def test_real_money_moves_at_one_address_only():
    assert is_production("production", STAGES["production"].api_base)
    assert is_production("custom", "https://api.vipps.no/")
    assert not is_production("test", STAGES["test"].api_base)
    assert not is_production("custom", "https://apitest.vipps.no")


@pytest.mark.parametrize(
    ("country", "currency", "days", "partial"),
    [("DK", "DKK", 14, False), ("FI", "EUR", 14, False), ("NO", "NOK", 180, True)],
)
def test_each_market_has_its_own_money_and_deadline(country, currency, days, partial):
    market = MARKETS[country]
    assert (market.currency, market.capture_days) == (currency, days)
    assert market.partial_capture is partial
