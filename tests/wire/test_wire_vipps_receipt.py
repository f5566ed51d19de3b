"""Receipts: lines that come to the amount to the øre, or the app shows none of them."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_vipps import ARTICLE, request

from mobilepay.types import Article
from mobilepay.vipps.receipt import receipt, signed

MONEY = st.decimals("-100000", "100000", places=2)
RATES = st.sampled_from(["0", "10", "12", "13.5", "15", "25", "25.5"]).map(Decimal)
ARTICLES = st.builds(
    Article,
    description=st.text(max_size=30),
    number=st.text(max_size=5),
    unit=st.sampled_from(["", "stk", "kg", "hours"]),
    quantity=st.none() | st.decimals("-1000", "1000", places=6),
    price_per_unit=st.none() | MONEY,
    vat_rate=st.none() | RATES,
    total_vat=st.none() | MONEY,
    total_including_vat=st.none() | MONEY | st.decimals("-100", "100", places=4),
    price_discount=st.none() | MONEY,
)


def lines(**changes):
    return receipt(request(**changes), "DKK")["orderLines"]


def total(found):
    return sum(signed(line, "totalAmount") for line in found)


@given(
    st.decimals("0.01", "650000", places=2),
    st.none() | MONEY,
    st.lists(ARTICLES, max_size=6).map(tuple),
)
def test_the_lines_come_to_the_amount_whatever_they_are(asked, vat, articles):
    found = lines(total=asked, total_vat=vat, articles=articles)
    assert total(found) == int(asked * 100)
    assert len(found) <= len(articles) + 1, "the difference is one line"
    for line in found:
        parts = line["totalAmountExcludingTax"] + line["totalTaxAmount"]
        assert parts == line["totalAmount"] >= 0
        assert 0 <= line["taxRate"] <= 10_000
        assert line.get("discount", 0) >= 0
        assert all(type(value) is not float for value in line.values())


def test_lines_that_come_to_the_amount_stay_alone():
    [line] = lines()
    assert line == {
        "name": "Wheel",
        "id": "456",
        "totalAmount": 36000,
        "totalAmountExcludingTax": 28800,
        "totalTaxAmount": 7200,
        "taxRate": 2500,
        "unitInfo": {"unitPrice": 6000, "quantity": "6", "quantityUnit": "PCS"},
    }


def test_a_part_of_the_invoice_is_the_whole_less_one_line():
    found = lines(total=Decimal("100.00"), total_vat=Decimal("20"), rest_text="Betalt")
    assert total(found) == 10000
    assert sum(signed(line, "totalTaxAmount") for line in found) == 2000
    assert found[1] == {
        "name": "Betalt",
        "id": "2",
        "totalAmount": 26000,
        "totalAmountExcludingTax": 20800,
        "totalTaxAmount": 5200,
        "isReturn": True,
        "taxRate": 2500,
    }


def test_an_amount_without_articles_is_one_line():
    [line] = lines(articles=())
    assert line["name"] == "INV/2026/00012"
    assert (line["totalAmount"], line["totalTaxAmount"]) == (36000, 7200)


def test_the_tax_of_the_rest_is_never_more_than_the_rest():
    found = lines(total=Decimal("359.99"), total_vat=Decimal("0"))
    assert found[1]["totalTaxAmount"] == 0


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [
        ("25", 2500),
        ("25.5", 2550),
        ("13.5", 1350),
        ("10", 1000),
        ("15", 1500),
        ("12", 1200),
        ("0", 0),
    ],
)
def test_the_rates_of_all_markets_survive(rate, wanted):
    net = Decimal("100.00")
    vat = (net * Decimal(rate) / 100).quantize(Decimal("0.01"))
    line = replace(
        ARTICLE,
        quantity=Decimal(1),
        vat_rate=Decimal(rate),
        total_vat=vat,
        total_including_vat=net + vat,
    )
    [found] = lines(articles=(line,), total=net + vat, total_vat=vat)
    assert found["taxRate"] == wanted
    assert found["totalAmountExcludingTax"] == 10000


def test_a_line_of_several_rates_has_the_rate_of_its_sum():
    line = replace(ARTICLE, vat_rate=None, total_vat=Decimal("60"))
    assert lines(articles=(line,))[0]["taxRate"] == 2000


def test_a_credit_line_counts_as_a_return():
    back = replace(
        ARTICLE,
        quantity=Decimal(-2),
        total_vat=Decimal("-20"),
        total_including_vat=Decimal("-100"),
    )
    found = lines(articles=(ARTICLE, back), total=Decimal("260.00"))
    assert found[1]["isReturn"] is True
    assert found[1]["totalAmount"] == 10000
    assert found[1]["unitInfo"]["quantity"] == "2"
    assert total(found) == 26000 and len(found) == 2


def test_a_discount_is_told_with_its_tax():
    """Four at 100 and a quarter of it off: 500 with tax, less 125, is 375."""
    line = replace(
        ARTICLE,
        quantity=Decimal(4),
        total_vat=Decimal("75"),
        total_including_vat=Decimal("375"),
        price_discount=Decimal("100"),
    )
    [found] = lines(articles=(line,), total=Decimal("375.00"), total_vat=Decimal("75"))
    assert found["discount"] == 12500
    assert found["unitInfo"]["unitPrice"] == 12500


@pytest.mark.parametrize(
    "quantity", ["0", "12345678.901", "0.1234567891", "12345678901"]
)
def test_a_quantity_that_mobilepay_has_no_form_for_is_left_out(quantity):
    line = replace(ARTICLE, quantity=Decimal(quantity))
    assert "unitInfo" not in lines(articles=(line,))[0]


def test_the_number_of_the_invoice_is_on_the_receipt():
    assert receipt(request(), "NOK")["bottomLine"] == {
        "currency": "NOK",
        "receiptNumber": "INV/2026/00012",
    }
