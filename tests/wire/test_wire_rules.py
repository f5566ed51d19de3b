import dataclasses
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_requests import ARTICLE, TODAY, invoice, requests

from mobilepay.classic.payload import encode
from mobilepay.rules import DEFAULT_LIMITS, Limits, check
from mobilepay.types import Article, Kind


def codes(limits=DEFAULT_LIMITS["DK"], country="DK", whole=True, **changes):
    found = check(
        invoice(**changes), today=TODAY, limits=limits, country=country, whole=whole
    )
    return [problem.code for problem in found]


def totals(total):
    """A total with one article of the same amount."""
    article = dataclasses.replace(ARTICLE, total_including_vat=Decimal(total))
    return {"total": Decimal(total), "articles": (article,)}


def test_a_good_invoice_has_no_problem():
    assert codes() == []
    assert codes(kind=Kind.LINK, phone="", redirect_url="https://example.dk") == []


@pytest.mark.parametrize("total", ["0", "-0.01"])
def test_nothing_to_pay(total):
    assert codes(**totals(total)) == ["amount_not_positive"]


def test_the_limit_itself_is_allowed():
    assert codes(**totals("300000.00")) == []
    assert codes(**totals("300000.01")) == ["amount_above_limit"]


def test_limits_are_data():
    assert DEFAULT_LIMITS["FI"].max_amount == Decimal("2000")
    low = Limits(max_amount=Decimal("100"), max_days=10, max_reference=5)
    assert codes(low) == [
        "amount_above_limit",
        "due_date_too_far",
        "reference_too_long",
    ]


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (-1, ["due_date_past"]),
        (0, []),
        (399, []),
        (400, ["due_date_too_far"]),
        (401, ["due_date_too_far"]),
    ],
)
def test_due_dates(days, found):
    assert codes(due_date=TODAY + timedelta(days=days)) == found


def test_due_dates_at_the_end_of_time():
    assert codes(due_date=date.max) == ["due_date_too_far"]
    request = invoice(due_date=date.max, issue_date=None)
    problems = check(request, today=date.max, limits=DEFAULT_LIMITS["DK"], country="DK")
    assert problems == []


def test_issue_dates():
    assert codes(issue_date=TODAY + timedelta(days=1)) == ["issue_date_future"]
    assert codes(issue_date=None) == []


def test_phones():
    assert codes(phone="") == ["phone_missing"]
    assert codes(phone="", kind=Kind.LINK) == []
    assert codes(phone="123") == ["phone_invalid"]
    assert codes(phone="11111101") == ["phone_invalid"], "not in E.164"
    assert codes(phone="+358401111101") == ["phone_invalid"], "another country"
    assert codes(country="FI", phone="+358401111101") == []


def test_a_problem_does_not_show_the_number():
    [problem] = check(
        invoice(phone="+46701234567"),
        today=TODAY,
        limits=DEFAULT_LIMITS["DK"],
        country="DK",
    )
    assert "1234" not in problem.value


def test_references():
    assert codes(payment_reference="", invoice_number="") == ["reference_missing"]
    assert codes(payment_reference="") == []
    assert codes(payment_reference="X" * 30) == []
    assert codes(payment_reference="X" * 31) == ["reference_too_long"]
    assert codes(payment_reference="Ærø") == ["reference_characters"]
    assert codes(payment_reference="A", invoice_number="Ærø" * 20) == []


def test_articles():
    assert codes(articles=()) == ["no_articles"]
    assert codes(articles=(ARTICLE, ARTICLE)) == ["articles_do_not_add_up"]
    unknown = dataclasses.replace(ARTICLE, total_including_vat=None)
    assert codes(articles=(unknown,)) == []
    nameless = dataclasses.replace(ARTICLE, description=" ")
    assert codes(articles=(nameless,)) == ["article_description_missing"]


def test_a_preview_has_no_articles_yet():
    assert codes(whole=False, articles=()) == []
    assert codes(whole=False, articles=(), issuer_id="") == ["issuer_missing"]


def test_amounts_are_whole_cents():
    assert codes(**totals("360.001")) == ["amount_decimals"]
    assert codes(total_vat=Decimal("0.001")) == ["amount_decimals"]
    assert "amount_decimals" in codes(total=Decimal("NaN"))


def test_urls():
    assert codes(invoice_url="http://example.dk/1.pdf") == ["url_not_https"]
    assert codes(redirect_url="http://example.dk") == [], "not sent with a direct one"
    assert codes(kind=Kind.LINK, redirect_url="ftp://x") == ["url_not_https"]
    assert codes(invoice_url="http://127.0.0.1:8069/1.pdf") == []


def test_an_issuer_is_needed():
    assert codes(issuer_id="") == ["issuer_missing"]


ODD = st.sampled_from(["0", "-1", "360.001", "NaN", "Infinity", "1E+99", "-0", "1E-99"])


@given(
    st.sampled_from(Kind).flatmap(requests),
    ODD.map(Decimal),
    st.sampled_from(["DK", "FI"]),
)
def test_every_problem_is_found_without_stumbling(request_, amount, country):
    article = Article("x", total_including_vat=amount, total_vat=amount)
    odd = dataclasses.replace(request_, total=amount, articles=(article,))
    limits = DEFAULT_LIMITS[country]
    found = check(odd, today=TODAY, limits=limits, country=country)
    assert found
    if not {"amount_decimals"} & {problem.code for problem in found}:
        encode(odd)


@given(st.sampled_from(Kind).flatmap(requests))
def test_what_has_no_problem_can_be_encoded(request_):
    problems = check(request_, today=TODAY, limits=DEFAULT_LIMITS["DK"], country="DK")
    assert problems or json.loads(encode(request_))
