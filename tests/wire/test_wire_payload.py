import json
import re
from datetime import date
from decimal import Decimal

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_requests import ARTICLE, TODAY, invoice, requests
from wire_shared import as_specified, schema

from mobilepay.classic.payload import encode
from mobilepay.types import Article, Kind

MODELS = {
    Kind.DIRECT: "Invoice.InvoiceInputModel",
    Kind.LINK: "Invoice.InvoiceLinkInputModel",
}
ANY_KIND = st.sampled_from(Kind).flatmap(requests)
# dates are plain on purpose: the reference says YYYY-MM-DD, the file date-time
FORMATS = jsonschema.FormatChecker(formats=["uuid"])


def test_the_text_of_a_direct_invoice_to_the_letter():
    assert encode(invoice()) == (
        '{"InvoiceIssuer":"efd08c19-24cf-4833-a4a4-bfa7bd58fbb2",'
        '"ConsumerAlias":{"Alias":"+4511111101","AliasType":"Phone"},'
        '"TotalAmount":360.00,"TotalVATAmount":72.00,'
        '"InvoiceNumber":"INV/2025/00001","IssueDate":"2025-03-14",'
        '"DueDate":"2025-04-01","PaymentReference":"INV/2025/00001",'
        '"InvoiceArticles":[{"ArticleNumber":"456","ArticleDescription":"Wheel",'
        '"VATRate":25,"TotalVATAmount":72.00,"TotalPriceIncludingVat":360.00,'
        '"Unit":"pcs","Quantity":6,"PricePerUnit":48}]}'
    )


def test_every_field_has_its_name_of_the_documentation():
    full = invoice(
        kind=Kind.LINK,
        consumer_name="Eric",
        consumer_address=("Paradisæblevej 13", "CC-1234 Andeby"),
        delivery_address=("Østerbrogade 120",),
        order_date=TODAY,
        delivery_date=TODAY,
        comment='He said "tak"',
        contact_name="Some Company",
        merchant_order_number="859",
        buyer_order_number="456",
        invoice_url="https://example.dk/1.pdf",
        redirect_url="https://example.dk/back",
        articles=(
            Article(
                "Wheel",
                price_reduction=Decimal("1.2"),
                price_discount=Decimal("2"),
                bonus=Decimal("5"),
            ),
        ),
    )
    sent = json.loads(encode(full))
    assert list(sent) == [
        "InvoiceIssuer",
        "ConsumerAlias",
        "ConsumerName",
        "TotalAmount",
        "TotalVATAmount",
        "ConsumerAddressLines",
        "DeliveryAddressLines",
        "InvoiceNumber",
        "IssueDate",
        "DueDate",
        "OrderDate",
        "DeliveryDate",
        "Comment",
        "MerchantContactName",
        "MerchantOrderNumber",
        "BuyerOrderNumber",
        "PaymentReference",
        "InvoiceArticles",
        "InvoiceUrl",
        "RedirectUrl",
    ]
    assert sent["ConsumerAddressLines"] == ["Paradisæblevej 13", "CC-1234 Andeby"]
    assert sent["Comment"] == 'He said "tak"'
    assert sent["InvoiceArticles"] == [
        {
            "ArticleDescription": "Wheel",
            "PriceReduction": 1.2,
            "PriceDiscount": 2,
            "Bonus": 5,
        }
    ]


def test_a_redirect_belongs_to_a_link_and_an_alias_to_a_phone():
    direct = json.loads(encode(invoice(redirect_url="https://example.dk")))
    assert "RedirectUrl" not in direct
    link = json.loads(encode(invoice(kind=Kind.LINK, phone="")))
    assert "ConsumerAlias" not in link


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("360", "360.00"),
        ("0", "0.00"),
        ("-0.00", "0.00"),
        ("-12.5", "-12.50"),
        ("1E+3", "1000.00"),
        ("0.1", "0.10"),
        ("12.3400", "12.34"),
        ("300000", "300000.00"),
    ],
)
def test_amounts_have_exactly_two_decimals(value, written):
    text = encode(invoice(total=Decimal(value)))
    assert f'"TotalAmount":{written},' in text


@pytest.mark.parametrize("value", ["0.001", "NaN", "Infinity", "1E+40", "1E-40"])
def test_an_amount_that_is_not_whole_cents_is_never_rounded(value):
    with pytest.raises(ValueError):
        encode(invoice(total=Decimal(value)))
    with pytest.raises(ValueError):
        article = Article("x", total_including_vat=Decimal(value))
        encode(invoice(articles=(article,)))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("6", "6"),
        ("6.000", "6"),
        ("1E+2", "100"),
        ("0.333333", "0.333333"),
        ("0.0000001", "0.0000001"),
        ("-0", "0"),
        ("48.50", "48.5"),
        ("0.33333333333333333333333333", "0.3333333333"),
        ("123456789012345678.99999999999", "123456789012345679"),
        ("-0.00000000001", "0"),
    ],
)
def test_other_numbers_have_the_decimals_they_need(value, written):
    article = Article("x", quantity=Decimal(value))
    assert f'"Quantity":{written}}}' in encode(invoice(articles=(article,)))


@given(ANY_KIND)
def test_every_text_is_as_mobilepay_specifies(openapi, request_):
    sent = as_specified(openapi, json.loads(encode(request_)))
    model = schema(openapi, MODELS[request_.kind])
    specified = jsonschema.Draft202012Validator(model, format_checker=FORMATS)
    assert not list(specified.iter_errors(sent))


def test_the_specification_would_refuse_a_misspelt_name(openapi):
    sent = as_specified(openapi, {**json.loads(encode(invoice())), "Amount": 1})
    model = schema(openapi, MODELS[Kind.DIRECT])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(model).validate(sent)


@given(ANY_KIND)
def test_what_is_sent_is_what_was_meant(request_):
    text = encode(request_)
    assert text == encode(request_)
    sent = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    assert sent["TotalAmount"] == request_.total
    assert date.fromisoformat(sent["DueDate"]) == request_.due_date
    assert sent.get("PaymentReference", "") == request_.payment_reference
    assert sent.get("Comment", "") == request_.comment
    for given_, article in zip(request_.articles, sent["InvoiceArticles"], strict=True):
        assert article["ArticleDescription"] == given_.description
        assert article.get("Quantity") == given_.quantity
        assert article.get("PricePerUnit") == given_.price_per_unit
        assert article.get("TotalPriceIncludingVat") == given_.total_including_vat


@given(ANY_KIND)
def test_numbers_are_plain(request_):
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", encode(request_), flags=re.DOTALL)
    assert re.fullmatch(r"[{}\[\]:,0-9.\-]*", bare)


def test_the_good_invoice_adds_up():
    assert ARTICLE.total_including_vat == invoice().total
