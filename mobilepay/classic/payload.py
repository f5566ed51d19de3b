"""The JSON text of an invoice (section 4), the same for the same request.

Names are spelled as in MobilePay's documentation. The text is made once and
stored: MobilePay knows a double by all fields being equal.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from ..amounts import money, plain
from ..types import Article, InvoiceRequest, Kind

# one for all texts: json.dumps() makes one for each
_encode = json.JSONEncoder(ensure_ascii=False).encode


class _Number(str):
    """A number as it stands in the text."""

    __slots__ = ()


def _amount(value: Decimal | None) -> _Number | None:
    """Money with exactly two decimals; it is never rounded here."""
    return None if value is None else _Number(money(value))


def _digits(value: Decimal | None) -> _Number | None:
    """A number with the decimals it needs and no more."""
    return None if value is None else _Number(plain(value))


def _date(value: date | None) -> str:
    return value.strftime("%Y-%m-%d") if value else ""


@cache
def _named(name: str) -> str:
    """A member's name, of the few that there are, as it stands before its value."""
    return f"{_encode(name)}:"


def _write(value: Any) -> str:
    """Compact JSON of texts, numbers, arrays and objects."""
    if isinstance(value, _Number):
        return value
    if isinstance(value, dict):
        members = [_named(name) + _write(held) for name, held in value.items()]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_write, value)) + "]"
    return _encode(value)


def to_json(fields: Mapping[str, object]) -> str:
    """Compact JSON text of an object of texts and yes or no."""
    return _write(fields)


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    """Without what is None, '' or an empty array; zero stays."""
    return {
        name: value
        for name, value in fields.items()
        if value is not None and value not in ("", [])
    }


def _article(article: Article) -> dict[str, Any]:
    return _filled(
        {
            "ArticleNumber": article.number,
            "ArticleDescription": article.description,
            "VATRate": _digits(article.vat_rate),
            "TotalVATAmount": _amount(article.total_vat),
            "TotalPriceIncludingVat": _amount(article.total_including_vat),
            "Unit": article.unit,
            "Quantity": _digits(article.quantity),
            "PricePerUnit": _digits(article.price_per_unit),
            "PriceReduction": _digits(article.price_reduction),
            "PriceDiscount": _digits(article.price_discount),
            "Bonus": _digits(article.bonus),
        }
    )


def _alias(phone: str) -> dict[str, str] | None:
    return {"Alias": phone, "AliasType": "Phone"} if phone else None


def _head(request: InvoiceRequest) -> dict[str, Any]:
    """Who pays how much to whom."""
    return {
        "InvoiceIssuer": request.issuer_id,
        "ConsumerAlias": _alias(request.phone),
        "ConsumerName": request.consumer_name,
        "TotalAmount": _amount(request.total),
        "TotalVATAmount": _amount(request.total_vat),
        "ConsumerAddressLines": list(request.consumer_address),
        "DeliveryAddressLines": list(request.delivery_address),
    }


def _body(request: InvoiceRequest) -> dict[str, Any]:
    """When, for what, and under which references."""
    return {
        "InvoiceNumber": request.invoice_number,
        "IssueDate": _date(request.issue_date),
        "DueDate": _date(request.due_date),
        "OrderDate": _date(request.order_date),
        "DeliveryDate": _date(request.delivery_date),
        "Comment": request.comment,
        "MerchantContactName": request.contact_name,
        "MerchantOrderNumber": request.merchant_order_number,
        "BuyerOrderNumber": request.buyer_order_number,
        "PaymentReference": request.payment_reference,
        "InvoiceArticles": [_article(article) for article in request.articles],
        "InvoiceUrl": request.invoice_url,
        "RedirectUrl": request.redirect_url if request.kind is Kind.LINK else "",
    }


def encode(request: InvoiceRequest) -> str:
    """The JSON text to send and to store for one invoice (section 4).

    Amounts have two decimals, dates are plain, empty optional fields are left
    out, ``RedirectUrl`` is in a link only.

    :raises ValueError: for an amount that is not whole øre or cents
    """
    return _write(_filled({**_head(request), **_body(request)}))
