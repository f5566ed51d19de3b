"""What goes over the wire, as values: frozen, typed, money in ``Decimal``.

Amounts are in the merchant's currency (DKK or EUR) in major units, never in
øre or cents. Moments are timezone-aware, dates are plain calendar dates in
the merchant's country. Section numbers refer to MobilePay's integration guide
as gathered in the project's contract.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum


class Kind(str, Enum):
    """How a payer is reached (section 4): in the app, or by a link."""

    DIRECT = "direct"
    LINK = "link"


class Status(str, Enum):
    """The seven words of MobilePay's status table (section 5)."""

    CREATED = "created"
    INVALID = "invalid"
    ACCEPTED = "accepted"
    PAID = "paid"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELED = "canceled"

    @property
    def final(self) -> bool:
        """Whether MobilePay will not change the status any more."""
        return self not in (Status.CREATED, Status.ACCEPTED)


class ConsentState(str, Enum):
    """Where a payer stands on being invoiced directly (section 7)."""

    PENDING = "pending"
    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


class TransactionType(str, Enum):
    """What moved money in a payout, in MobilePay's words (section 9)."""

    PAYMENT = "Payment"
    REFUND = "Refund"
    TRANSACTION_FEE = "TransactionFee"
    SERVICE_FEE = "ServiceFee"
    TRANSFER = "Transfer"
    RETURNED_TRANSACTION = "ReturnedTransaction"
    ADJUSTMENT = "Adjustment"
    #: A word not known here: money of an unknown kind is still money.
    OTHER = "Other"


@dataclass(frozen=True)
class Issuer:
    """An invoice issuer of the merchant (section 3); ``status`` as MobilePay says."""

    id: str
    name: str
    status: str
    account_type: str = ""
    address: str = ""
    zip_code: str = ""
    city: str = ""

    @property
    def enabled(self) -> bool:
        """Only an enabled issuer can issue invoices."""
        return self.status.lower() == "enabled"


@dataclass(frozen=True)
class Article:
    """One line of an invoice (section 4). ``price_per_unit`` excludes VAT."""

    description: str
    number: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    price_per_unit: Decimal | None = None
    vat_rate: Decimal | None = None
    total_vat: Decimal | None = None
    total_including_vat: Decimal | None = None
    price_reduction: Decimal | None = None
    price_discount: Decimal | None = None
    bonus: Decimal | None = None


@dataclass(frozen=True)
class InvoiceRequest:
    """One invoice to be created, direct or link (section 4).

    ``phone`` is E.164 with ``+``; required for Direct, prefills the landing
    page of a Link. ``redirect_url`` belongs to a Link only.
    """

    kind: Kind
    issuer_id: str
    total: Decimal
    due_date: date
    articles: tuple[Article, ...]
    payment_reference: str = ""
    invoice_number: str = ""
    phone: str = ""
    consumer_name: str = ""
    total_vat: Decimal | None = None
    consumer_address: tuple[str, ...] = ()
    delivery_address: tuple[str, ...] = ()
    issue_date: date | None = None
    order_date: date | None = None
    delivery_date: date | None = None
    comment: str = ""
    contact_name: str = ""
    merchant_order_number: str = ""
    buyer_order_number: str = ""
    invoice_url: str = ""
    redirect_url: str = ""


@dataclass(frozen=True)
class Created:
    """MobilePay took an invoice; ``link_url`` only for a single link."""

    invoice_id: str
    link_url: str = ""
    correlation_id: str = ""


@dataclass(frozen=True)
class Refusal:
    """One reason why an invoice of a batch was refused."""

    code: str
    text: str


@dataclass(frozen=True)
class BatchResult:
    """The answer to a batch, keyed by ``InvoiceNumber`` (section 4)."""

    accepted: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, tuple[Refusal, ...]] = field(default_factory=dict)
    correlation_id: str = ""


@dataclass(frozen=True)
class InvoiceDetails:
    """What MobilePay itself says of an invoice (section 5)."""

    invoice_id: str
    status: Status
    invoice_number: str = ""
    payment_reference: str = ""
    total: Decimal | None = None
    currency: str = ""
    due_date: date | None = None
    payment_date: datetime | None = None
    transaction_id: str = ""
    issuer_id: str = ""


@dataclass(frozen=True)
class StatusNews:
    """One good element of a callback (section 6).

    ``date`` is when it happened, ``sequence`` the order within the invoice.
    """

    invoice_id: str
    status: Status
    date: datetime
    sequence: int
    payment_date: datetime | None = None
    error_code: str = ""
    error_text: str = ""
    link_url: str = ""
    raw: str = ""


@dataclass(frozen=True)
class BadNews:
    """One element of a callback that could not be read, and why."""

    raw: str
    reason: str


@dataclass(frozen=True)
class Consent:
    """A payer's consent to direct invoices (section 7)."""

    id: str
    invoice_id: str
    state: ConsentState
    phone: str = ""
    granted_on: datetime | None = None


@dataclass(frozen=True)
class PaymentPoint:
    """A place where the merchant is paid; an issuer has its id (section 9)."""

    id: str
    name: str


@dataclass(frozen=True)
class TransferSummary:
    """One payout to the merchant's bank account (section 9).

    ``reference`` is what the bank statement shows and ``total`` the net amount
    paid out. ``id`` is reporting v3's, '' in v1/v2. ``raw`` is MobilePay's JSON.
    """

    reference: str
    date: date
    total: Decimal
    currency: str
    id: str = ""
    raw: str = field(default="", repr=False)


@dataclass(frozen=True)
class Transaction:
    """One payment, refund, fee or correction in a payout (section 9).

    ``amount`` is positive in the merchant's favour, ``timestamp`` is in UTC.
    ``merchant_reference`` is PaymentReference, else InvoiceNumber. ``word`` is
    the type as MobilePay spelled it, ``raw`` its JSON without phone numbers.
    """

    type: TransactionType
    amount: Decimal
    currency: str
    timestamp: datetime
    transaction_id: str = ""
    merchant_reference: str = ""
    message: str = ""
    word: str = ""
    raw: str = field(default="", repr=False)


@dataclass(frozen=True)
class TokenSet:
    """What the token endpoint gave (section 2). Never log or show it."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    subject: str = ""
