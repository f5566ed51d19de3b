"""What a payment is for, line by line, in whole øre or cents (section 4).

The app shows the lines only if they come to the amount exactly (corrections, 1), so
what is missing, or too much, becomes one line of its own.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ..amounts import minor, nearest_minor, plain
from ..types import Article, InvoiceRequest
from .references import describe

#: Characters of a line's name that are sent.
LONGEST_NAME = 100

_HUNDRED = Decimal(100)
_HIGHEST_RATE = 10_000
_LONGEST_QUANTITY = 10
#: Units that MobilePay knows, by what people call them.
_UNITS = {
    "PCS": ("pcs", "pc", "unit", "units", "stk", "stk.", "kpl", "enhed", "enheder"),
    "KG": ("kg",),
    "KM": ("km",),
    "MINUTE": ("min", "minute", "minutes", "minut", "minutter"),
    "LITRE": ("l", "litre", "litres", "liter", "litra"),
    "KWH": ("kwh",),
}
_BY_NAME = {name: unit for unit, names in _UNITS.items() for name in names}


def receipt(request: InvoiceRequest, currency: str) -> dict[str, Any]:
    """The receipt of a request; its lines come to ``total``.

    :raises ValueError: for a total that is not whole øre or cents
    """
    lines = [
        _line(article, number)
        for number, article in enumerate(request.articles, start=1)
        if article.total_including_vat is not None
    ]
    lines += _missing(request, lines)
    bottom = {"currency": currency}
    if request.invoice_number:
        bottom["receiptNumber"] = request.invoice_number
    return {"orderLines": lines, "bottomLine": bottom}


def signed(line: dict[str, Any], name: str) -> int:
    """An amount of a line as it counts in the sum."""
    value = int(line[name])
    return -value if line.get("isReturn") else value


def _line(article: Article, number: int) -> dict[str, Any]:
    """An article as a line; one of less than nothing counts as a return."""
    total = nearest_minor(article.total_including_vat or Decimal(0))
    tax, rate = _tax(article, total)
    sign = -1 if total < 0 else 1
    line = {
        "name": _name(article.description),
        "id": _name(article.number) or str(number),
        **_sums(total, tax, sign),
        "taxRate": rate,
    }
    discount = _discount(article, rate) * sign
    line |= _unit_info(article, total * sign + discount)
    if discount > 0:
        line["discount"] = discount
    return line


def _sums(total: int, tax: int, sign: int) -> dict[str, Any]:
    sums: dict[str, Any] = {
        "totalAmount": total * sign,
        "totalAmountExcludingTax": (total - tax) * sign,
        "totalTaxAmount": tax * sign,
    }
    return {**sums, "isReturn": True} if sign < 0 else sums


def _tax(article: Article, total: int) -> tuple[int, int]:
    """The tax in øre or cents, and its rate in hundredths of a percent."""
    rate = article.vat_rate
    if article.total_vat is not None:
        tax = nearest_minor(article.total_vat)
    elif rate is not None and rate > 0:
        tax = nearest_minor(Decimal(total) / _HUNDRED * rate / (_HUNDRED + rate))
    else:
        tax = 0
    if rate is None:
        return tax, _rate_of(total, tax)
    return tax, _within(nearest_minor(rate))


def _rate_of(total: int, tax: int) -> int:
    """The rate of a line that has several, or that says none."""
    net = total - tax
    return _within(nearest_minor(Decimal(tax) / net * _HUNDRED)) if net else 0


def _within(rate: int) -> int:
    return min(max(rate, 0), _HIGHEST_RATE)


def _discount(article: Article, rate: int) -> int:
    """The discount with its tax, which articles have without."""
    net = article.price_discount
    if net is None or not net.is_finite():
        return 0
    return nearest_minor(net * (1 + Decimal(rate) / (_HUNDRED * _HUNDRED)))


def _unit_info(article: Article, undiscounted: int) -> dict[str, Any]:
    """How many at what price, nothing where MobilePay has no form for it."""
    quantity = abs(article.quantity or Decimal(0))
    if not quantity or not quantity.is_finite() or undiscounted < 0:
        return {}
    written = plain(quantity)
    if len(written) > _LONGEST_QUANTITY or len(written.partition(".")[2]) > 8:
        return {}
    info: dict[str, Any] = {
        "unitPrice": nearest_minor(Decimal(undiscounted) / _HUNDRED / quantity),
        "quantity": written,
    }
    unit = _BY_NAME.get(article.unit.strip().lower())
    return {"unitInfo": {**info, "quantityUnit": unit} if unit else info}


def _missing(
    request: InvoiceRequest, lines: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The line that makes the sum right; with it, so is the tax, where it can be."""
    rest = minor(request.total) - sum(signed(line, "totalAmount") for line in lines)
    if not rest and lines:
        return
    tax = sum(signed(line, "totalTaxAmount") for line in lines)
    tax = 0 if request.total_vat is None else nearest_minor(request.total_vat) - tax
    if tax * rest < 0 or abs(tax) > abs(rest):
        tax = 0
    sign = -1 if rest < 0 else 1
    yield {
        "name": _name(request.rest_text or describe(request.invoice_number, "")),
        "id": str(len(request.articles) + 1),
        **_sums(rest, tax, sign),
        "taxRate": _rate_of(rest, tax),
    }


def _name(text: str) -> str:
    return " ".join(text.split())[:LONGEST_NAME].rstrip()
