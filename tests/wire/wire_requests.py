"""Invoice requests for tests, good ones and all others."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from mobilepay.types import Article, InvoiceRequest, Kind

TODAY = date(2025, 3, 14)
ISSUER = "efd08c19-24cf-4833-a4a4-bfa7bd58fbb2"
ARTICLE = Article(
    description="Wheel",
    number="456",
    unit="pcs",
    quantity=Decimal("6"),
    price_per_unit=Decimal("48"),
    vat_rate=Decimal("25"),
    total_vat=Decimal("72"),
    total_including_vat=Decimal("360"),
)


def invoice(**changes: Any) -> InvoiceRequest:
    """A request that MobilePay would take, but for the changes."""
    good: dict[str, Any] = {
        "kind": Kind.DIRECT,
        "issuer_id": ISSUER,
        "total": Decimal("360.00"),
        "total_vat": Decimal("72.00"),
        "due_date": date(2025, 4, 1),
        "issue_date": TODAY,
        "articles": (ARTICLE,),
        "payment_reference": "INV/2025/00001",
        "invoice_number": "INV/2025/00001",
        "phone": "+4511111101",
    }
    return InvoiceRequest(**{**good, **changes})


MONEY = st.decimals(-(10**9), 10**9, places=2)
NUMBERS = st.decimals(-(10**9), 10**9, places=10)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DATES = st.dates(date(1990, 1, 1), date(2990, 1, 1))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Something or nothing."""
    return st.none() | strategy


ARTICLES = st.builds(
    Article,
    description=WORDS.filter(bool),
    number=WORDS,
    unit=WORDS,
    quantity=maybe(NUMBERS),
    price_per_unit=maybe(NUMBERS),
    vat_rate=maybe(NUMBERS),
    total_vat=maybe(MONEY),
    total_including_vat=maybe(MONEY),
    price_reduction=maybe(NUMBERS),
    price_discount=maybe(NUMBERS),
    bonus=maybe(NUMBERS),
)
LINES = st.lists(WORDS, max_size=3).map(tuple)


def requests(kind: Kind) -> st.SearchStrategy[InvoiceRequest]:
    """Every request that can be encoded."""
    phones = st.sampled_from(["+4511111101", "+358401111101"])
    return st.builds(
        InvoiceRequest,
        kind=st.just(kind),
        issuer_id=st.uuids().map(str),
        total=MONEY,
        due_date=DATES,
        articles=st.lists(ARTICLES, min_size=1, max_size=3).map(tuple),
        payment_reference=WORDS,
        invoice_number=WORDS,
        phone=phones if kind is Kind.DIRECT else phones | st.just(""),
        consumer_name=WORDS,
        total_vat=maybe(MONEY),
        consumer_address=LINES,
        delivery_address=LINES,
        issue_date=maybe(DATES),
        order_date=maybe(DATES),
        delivery_date=maybe(DATES),
        comment=WORDS,
        contact_name=WORDS,
        merchant_order_number=WORDS,
        buyer_order_number=WORDS,
        invoice_url=WORDS,
        redirect_url=WORDS,
    )
