"""What Vipps MobilePay refuses, said before anything is sent (section 3)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from ..amounts import whole_cents
from ..environments import MARKETS, check_address
from ..errors import BadAddress
from ..phones import InvalidPhone, mask_phone, normalise_nordic_phone
from ..rules import Limits, Problem
from ..types import InvoiceRequest, Kind
from .references import LONGEST, is_reference

#: Of one payment, in any currency; what a payer's app allows is less, and not told.
MAX_AMOUNT = Decimal("650000.00")

#: No limit of requests to one payer in one day is published.
_PER_DAY = 10_000


def default_limits(country: str) -> Limits:
    """How much and how far, where the sales unit has no limits of its own."""
    market = MARKETS[country]
    return Limits(
        max_amount=MAX_AMOUNT,
        max_days=market.max_days,
        max_reference=LONGEST,
        max_per_day=_PER_DAY,
        min_amount=market.min_amount,
    )


@dataclass(frozen=True)
class _Case:
    """A request and what it is held against."""

    request: InvoiceRequest
    today: date
    limits: Limits
    country: str


def _issuer(case: _Case) -> Iterator[Problem]:
    if not case.request.issuer_id:
        yield Problem("issuer_missing")


def _amount(case: _Case) -> Iterator[Problem]:
    total, limits = case.request.total, case.limits
    if not whole_cents(total):
        yield Problem("amount_decimals", limit="2")
        return
    if total <= 0:
        yield Problem("amount_not_positive", str(total))
    elif total < limits.min_amount:
        yield Problem("amount_below_limit", str(total), str(limits.min_amount))
    if total > limits.max_amount:
        yield Problem("amount_above_limit", str(total), str(limits.max_amount))


def _currency(case: _Case) -> Iterator[Problem]:
    wanted = MARKETS[case.country].currency
    if case.request.currency not in ("", wanted):
        yield Problem("currency_not_market", case.request.currency, wanted)


def _dates(case: _Case) -> Iterator[Problem]:
    """How long a request to a phone can be accepted; an attempt has ten minutes."""
    expires = case.request.expires_at
    if case.request.kind is not Kind.DIRECT or expires is None:
        return
    last, today = expires.date(), case.today
    most = timedelta(days=case.limits.max_days)
    if last < today:
        yield Problem("expiry_past", last.isoformat(), today.isoformat())
    if last - today > most:
        yield Problem("expiry_too_far", last.isoformat(), str(case.limits.max_days))


def _phone(case: _Case) -> Iterator[Problem]:
    """Of a payer in any Nordic country; an attempt names no payer."""
    phone = case.request.phone
    if case.request.kind is not Kind.DIRECT:
        return
    if not phone:
        yield Problem("phone_missing")
        return
    try:
        wanted = normalise_nordic_phone(phone, case.country)
    except InvalidPhone:
        wanted = ""
    if phone != wanted:
        yield Problem("phone_invalid", mask_phone(phone))


def _reference(case: _Case) -> Iterator[Problem]:
    reference = case.request.payment_reference
    if not reference:
        yield Problem("reference_missing")
    elif len(reference) > min(case.limits.max_reference, LONGEST):
        most = str(min(case.limits.max_reference, LONGEST))
        yield Problem("reference_too_long", reference, most)
    elif not is_reference(reference):
        yield Problem("reference_characters", reference)


def _description(case: _Case) -> Iterator[Problem]:
    """Its length is made right, but only the number says which invoice it is."""
    if not case.request.invoice_number.strip():
        yield Problem("description_missing")


def _articles(case: _Case) -> Iterator[Problem]:
    """Lines that do not come to the amount are completed by one of their own."""
    if not all(article.description.strip() for article in case.request.articles):
        yield Problem("article_description_missing")


def _urls(case: _Case) -> Iterator[Problem]:
    request = case.request
    named = {"termsOfSaleUrl": request.terms_url}
    named["privacyPolicyUrl"] = request.privacy_url
    if len(list(filter(None, named.values()))) == 1:
        yield Problem("terms_incomplete")
    if request.kind is Kind.LINK:
        named["returnUrl"] = request.redirect_url
        if not request.redirect_url:
            yield Problem("return_url_missing")
    for name, url in named.items():
        try:
            check_address(url or "https://none.invalid")
        except BadAddress:
            yield Problem("url_not_https", name)


_CHECKS: tuple[Callable[[_Case], Iterator[Problem]], ...] = (
    _issuer,
    _amount,
    _currency,
    _dates,
    _phone,
    _reference,
    _description,
)
#: What a preview has nothing of yet.
_WHOLE = (_articles, _urls)


def check(
    request: InvoiceRequest,
    *,
    today: date,
    limits: Limits,
    country: str,
    whole: bool = True,
) -> list[Problem]:
    """Everything about a request that MobilePay is known to refuse.

    Codes as in :func:`.rules.check`: ``issuer_missing``, ``amount_decimals``,
    ``amount_not_positive``, ``amount_above_limit``, ``phone_missing``,
    ``phone_invalid``, ``reference_missing``, ``reference_too_long``,
    ``reference_characters``, ``article_description_missing``, ``url_not_https``. And:
    ``amount_below_limit``, ``currency_not_market``, ``expiry_past``,
    ``expiry_too_far`` (exactly ``max_days`` is not), ``description_missing`` (of the
    invoice number), ``terms_incomplete``, ``return_url_missing``.

    :param today: the date in the merchant's country
    :param country: the merchant's, 'DK', 'FI' or 'NO'
    :param whole: False for a preview, whose lines and addresses are still to be made
    """
    case = _Case(request, today, limits, country)
    rules = (*_CHECKS, *_WHOLE) if whole else _CHECKS
    return [problem for rule in rules for problem in rule(case)]
