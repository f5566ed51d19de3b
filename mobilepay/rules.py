"""What MobilePay refuses, said before anything is sent (section 4).

Limits are data: MobilePay changed them more than once, so an administrator can.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

from .amounts import whole_cents
from .environments import check_address
from .errors import BadAddress
from .phones import InvalidPhone, mask_phone, normalise_phone
from .references import clean
from .types import Article, InvoiceRequest, Kind

__all__ = [
    "DEFAULT_LIMITS",
    "InvalidPhone",
    "Limits",
    "Problem",
    "check",
    "mask_phone",
    "normalise_phone",
]


#: Nothing can be paid later than this after the due date (section 5).
EXPIRES_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Limits:
    """How much and how far (section 4).

    :param max_amount: of one invoice, in the merchant's currency
    :param max_days: a due date this many days from today is too far already
    :param max_reference: characters of the reference that a bank shows
    :param max_per_day: invoices to one payer in one day
    :param min_amount: of one invoice
    """

    max_amount: Decimal
    max_days: int = 400
    max_reference: int = 30
    max_per_day: int = 10
    min_amount: Decimal = Decimal("0.01")


DEFAULT_LIMITS: Mapping[str, Limits] = MappingProxyType(
    {
        "DK": Limits(max_amount=Decimal("300000")),
        "FI": Limits(max_amount=Decimal("2000")),
    }
)


@dataclass(frozen=True)
class Problem:
    """One reason why a request would be refused.

    :param code: a stable word, see :func:`check`
    :param value: what was found; never a whole phone number or a secret URL
    :param limit: what would have been right, where that is a value
    """

    code: str
    value: str = ""
    limit: str = ""


@dataclass(frozen=True)
class _Case:
    """A request and what it is held against."""

    request: InvoiceRequest
    today: date
    limits: Limits
    country: str


def _amounts(request: InvoiceRequest) -> Iterator[Decimal]:
    """Every amount of a request that has two decimals at most."""
    yield request.total
    if request.total_vat is not None:
        yield request.total_vat
    for article in request.articles:
        for amount in (article.total_vat, article.total_including_vat):
            if amount is not None:
                yield amount


def _issuer(case: _Case) -> Iterator[Problem]:
    if not case.request.issuer_id:
        yield Problem("issuer_missing")


def _amount(case: _Case) -> Iterator[Problem]:
    if not all(whole_cents(amount) for amount in _amounts(case.request)):
        yield Problem("amount_decimals", limit="2")
    total, most = case.request.total, case.limits.max_amount
    if not total.is_finite():
        return
    if total <= 0:
        yield Problem("amount_not_positive", str(total))
    if total > most:
        yield Problem("amount_above_limit", str(total), str(most))


def _dates(case: _Case) -> Iterator[Problem]:
    due, today = case.request.due_date, case.today
    days = case.limits.max_days
    if due < today:
        yield Problem("due_date_past", due.isoformat(), today.isoformat())
    if due - today >= timedelta(days=days):
        yield Problem("due_date_too_far", due.isoformat(), str(days))
    issued = case.request.issue_date
    if issued is not None and issued > today:
        yield Problem("issue_date_future", issued.isoformat(), today.isoformat())


def _phone(case: _Case) -> Iterator[Problem]:
    phone = case.request.phone
    if not phone:
        if case.request.kind is Kind.DIRECT:
            yield Problem("phone_missing")
        return
    try:
        wanted = normalise_phone(phone, case.country)
    except InvalidPhone:
        wanted = ""
    if phone != wanted:
        yield Problem("phone_invalid", mask_phone(phone))


def _reference(case: _Case) -> Iterator[Problem]:
    reference = case.request.payment_reference or case.request.invoice_number
    most = case.limits.max_reference
    if not reference:
        yield Problem("reference_missing")
    if len(reference) > most:
        yield Problem("reference_too_long", reference, str(most))
    if reference != clean(reference):
        yield Problem("reference_characters", reference, clean(reference))


def _articles(case: _Case) -> Iterator[Problem]:
    articles, total = case.request.articles, case.request.total
    if not articles:
        yield Problem("no_articles")
        return
    if not all(article.description.strip() for article in articles):
        yield Problem("article_description_missing")
    added = _sum(articles)
    if added is not None and added != total:
        yield Problem("articles_do_not_add_up", str(added), str(total))


def _sum(articles: tuple[Article, ...]) -> Decimal | None:
    """What the articles come to, None where one does not say its total."""
    totals = [article.total_including_vat for article in articles]
    known = [total for total in totals if total is not None and total.is_finite()]
    return sum(known, Decimal(0)) if len(known) == len(totals) else None


def _urls(case: _Case) -> Iterator[Problem]:
    request = case.request
    named = {"InvoiceUrl": request.invoice_url}
    if request.kind is Kind.LINK:
        named["RedirectUrl"] = request.redirect_url
    for name, url in named.items():
        if not url:
            continue
        try:
            check_address(url)
        except BadAddress:
            yield Problem("url_not_https", name)


_CHECKS: tuple[Callable[[_Case], Iterator[Problem]], ...] = (
    _issuer,
    _amount,
    _dates,
    _phone,
    _reference,
    _articles,
    _urls,
)


def check(
    request: InvoiceRequest,
    *,
    today: date,
    limits: Limits,
    country: str,
    whole: bool = True,
) -> list[Problem]:
    """Everything about a request that MobilePay is known to refuse.

    Codes: ``issuer_missing``, ``amount_decimals``, ``amount_not_positive``,
    ``amount_above_limit``, ``due_date_past``, ``due_date_too_far`` (exactly
    ``max_days`` is too far), ``issue_date_future``, ``phone_missing``,
    ``phone_invalid`` (also: not in E.164), ``reference_missing``,
    ``reference_too_long``, ``reference_characters``, ``no_articles``,
    ``article_description_missing``, ``articles_do_not_add_up``,
    ``url_not_https``.

    :param today: the date in the merchant's country
    :param country: the merchant's, 'DK' or 'FI'
    :param whole: False for a preview, whose articles are still to be made
    """
    case = _Case(request, today, limits, country)
    rules = [rule for rule in _CHECKS if whole or rule is not _articles]
    return [problem for rule in rules for problem in rule(case)]
