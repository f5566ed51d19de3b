"""The fields of an invoice request and what MobilePay accepts in each.

Section 4 of the contract as a table. A reader takes the field's name and its
value and returns the value as the simulator keeps it, or raises
:class:`InputError`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any
from urllib.parse import urlsplit

from .errors import InputError

#: Powers of ten of a number's first digit: what any real amount or quantity has.
MAGNITUDES = range(-15, 15)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
Reader = Callable[[str, Any], Any]


def read_text(name: str, value: Any) -> str:
    """Any string."""
    if not isinstance(value, str):
        raise InputError(f"{name} must be a string")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise InputError(f"{name} holds half a character")
    return value


def read_reference(name: str, value: Any) -> str:
    """A string of at most 60 characters."""
    if len(read_text(name, value)) > 60:
        raise InputError(f"{name} must not be longer than 60 characters")
    return value


def read_guid(name: str, value: Any) -> str:
    """A GUID, in its usual lower-case form."""
    try:
        return str(uuid.UUID(read_text(name, value)))
    except ValueError as error:
        raise InputError(f"{name} must be a GUID") from error


def read_number(name: str, value: Any) -> Decimal:
    """A JSON number."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise InputError(f"{name} must be a number")
    number = Decimal(value)
    if number and number.adjusted() not in MAGNITUDES:
        raise InputError(f"{name} is out of range")
    return number


def read_amount(name: str, value: Any) -> Decimal:
    """A JSON number with at most two decimals."""
    amount = read_number(name, value)
    if amount.quantize(Decimal("0.01"), ROUND_DOWN) != amount:
        raise InputError(f"{name} must not have more than two decimals")
    return amount


def read_date(name: str, value: Any) -> date:
    """``YYYY-MM-DD``; of a date-time with offset, the day as written."""
    text = read_text(name, value)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
        shortened = re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00"))
        return datetime.fromisoformat(shortened).date()
    except ValueError as error:
        raise InputError(f"{name} must be a date (YYYY-MM-DD)") from error


def read_lines(name: str, value: Any) -> list[str]:
    """An array of strings."""
    if not isinstance(value, list):
        raise InputError(f"{name} must be an array of strings")
    return [read_text(name, line) for line in value]


def read_url(name: str, value: Any) -> str:
    """An absolute URL of any scheme (a RedirectUrl may open an app)."""
    parts = _split(name, value)
    if not parts.scheme or not (parts.netloc or parts.path):
        raise InputError(f"{name} must be an absolute URL")
    return value


def read_https_url(name: str, value: Any) -> str:
    """An https URL; plain http on the loopback address only."""
    parts = _split(name, value)
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not (parts.netloc and (parts.scheme == "https" or is_local)):
        raise InputError(f"{name} must be an https URL")
    return value


def _split(name: str, value: Any) -> Any:
    try:
        return urlsplit(read_text(name, value))
    except ValueError as error:
        raise InputError(f"{name} must be an absolute URL") from error


ARTICLE_FIELDS: dict[str, Reader] = {
    "ArticleNumber": read_text,
    "ArticleDescription": read_text,
    "VATRate": read_number,
    "TotalVATAmount": read_amount,
    "TotalPriceIncludingVat": read_amount,
    "Unit": read_text,
    "Quantity": read_number,
    "PricePerUnit": read_number,
    "PriceReduction": read_number,
    "PriceDiscount": read_number,
    "Bonus": read_number,
}
ALIAS_FIELDS: dict[str, Reader] = {"Alias": read_text, "AliasType": read_text}


def read_alias(name: str, value: Any) -> dict[str, str]:
    """``{"Alias": …, "AliasType": "Phone"}``."""
    alias = read_fields(name, value, ALIAS_FIELDS, ("Alias", "AliasType"))
    if alias["AliasType"].lower() != "phone":
        raise InputError(f"{name}.AliasType must be Phone")
    return {**alias, "AliasType": "Phone"}


def read_articles(name: str, value: Any) -> list[dict[str, Any]]:
    """At least one article, each with a description."""
    if not isinstance(value, list) or not value:
        raise InputError(f"{name} must have at least one article")
    return [
        read_fields(name, article, ARTICLE_FIELDS, ("ArticleDescription",))
        for article in value
    ]


INVOICE_FIELDS: dict[str, Reader] = {
    "InvoiceIssuer": read_guid,
    "ConsumerAlias": read_alias,
    "ConsumerName": read_text,
    "TotalAmount": read_amount,
    "TotalVATAmount": read_amount,
    "ConsumerAddressLines": read_lines,
    "DeliveryAddressLines": read_lines,
    "InvoiceNumber": read_text,
    "PaymentReference": read_reference,
    "IssueDate": read_date,
    "OrderDate": read_date,
    "DeliveryDate": read_date,
    "DueDate": read_date,
    "Comment": read_text,
    "MerchantContactName": read_text,
    "MerchantOrderNumber": read_text,
    "BuyerOrderNumber": read_text,
    "InvoiceUrl": read_https_url,
    "RedirectUrl": read_url,
    "InvoiceArticles": read_articles,
}
REQUIRED = ("InvoiceIssuer", "TotalAmount", "DueDate", "InvoiceArticles")


def read_fields(
    name: str, body: Any, readers: dict[str, Reader], required: tuple[str, ...]
) -> dict[str, Any]:
    """Read an object's known fields, whatever the case of their names.

    Unknown fields are ignored, as are CountryCode and CurrencyCode since 2022.
    A field that is null or an empty string counts as missing.
    """
    if not isinstance(body, dict):
        raise InputError(f"{name} must be an object")
    given = {key.lower(): value for key, value in body.items()}
    values = {}
    for field, reader in readers.items():
        value = given.get(field.lower())
        if value is None or value == "":
            if field in required:
                raise InputError(f"{field} is required")
            continue
        values[field] = reader(field, value)
    return values


def read_invoice(body: Any, is_direct: bool) -> dict[str, Any]:
    """Read one invoice's request, Direct or Link."""
    required = (*REQUIRED, "ConsumerAlias") if is_direct else REQUIRED
    readers = dict(INVOICE_FIELDS)
    if is_direct:
        del readers["RedirectUrl"]
    values = read_fields("Invoice", body, readers, required)
    if not (values.get("InvoiceNumber") or values.get("PaymentReference")):
        raise InputError("InvoiceNumber or PaymentReference is required")
    return values
