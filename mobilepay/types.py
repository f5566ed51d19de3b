"""What goes over the wire, as values: frozen, typed, money in ``Decimal``.

Amounts are in the merchant's currency (DKK, EUR or NOK) in major units, never in
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

    A service without lasting links makes an attempt of a Link. One whose references
    are ours takes ``payment_reference`` from ``make_reference``, and in addition:

    :param description: what the payer reads after the invoice number
    :param rest_text: what stands on the receipt for what ``articles`` leave out of
        ``total``, or have too much of
    :param expires_at: aware, until when a Direct can be accepted; None: ten minutes
    :param currency: '' for the merchant's own
    :param terms_url: terms of sale that the payer has to accept; with ``privacy_url``
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
    description: str = ""
    rest_text: str = ""
    expires_at: datetime | None = None
    currency: str = ""
    terms_url: str = ""
    privacy_url: str = ""


@dataclass(frozen=True)
class Created:
    """MobilePay took an invoice; ``link_url`` only for a single link, or attempt.

    ``link_url`` is followed as it is, and kept from logs: who has it can pay.
    """

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
class Funds:
    """How much of a payment is where. What counts, whatever a status says.

    :param authorized: what the payer has accepted; 0 before, and for a payment that
        was taken back before
    :param captured: what is ours, refunded or not
    :param released: what the payer got back, or was taken back, before it was ours
    :param refunded: what was paid back of ``captured``
    :param currency: of them all
    :param state: MobilePay's word
    :param guaranteed_until: until when a capture will succeed, where MobilePay says
    :param transaction_id: MobilePay's id of the payment as a whole; each event has
        another one
    """

    authorized: Decimal
    captured: Decimal
    released: Decimal
    refunded: Decimal
    currency: str
    state: str = ""
    guaranteed_until: datetime | None = None
    transaction_id: str = ""

    @property
    def reserved(self) -> Decimal:
        """What can still be captured or released."""
        return max(self.authorized - self.captured - self.released, Decimal(0))


@dataclass(frozen=True)
class InvoiceDetails:
    """What MobilePay itself says of an invoice (section 5).

    ``funds`` is there where money is reserved first: ``paid`` is what nothing is
    reserved of any more and something was captured of. ``payment_date`` and
    ``transaction_id`` are then those of the last capture.
    """

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
    funds: Funds | None = None


class Happening(str, Enum):
    """What happened to a payment, where a service tells of that."""

    CREATED = "created"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    #: reserved money was given back, all or the rest
    RELEASED = "released"
    REFUNDED = "refunded"
    ABORTED = "aborted"
    EXPIRED = "expired"
    #: we took it back before the payer accepted
    TERMINATED = "terminated"


#: ``StatusNews.sequence`` where a service does not count its news.
NO_SEQUENCE = -1


@dataclass(frozen=True)
class StatusNews:
    """One good element of a callback (section 6), of a webhook or an event log.

    ``date`` is when it happened, ``sequence`` the order within the invoice.
    ``status`` is what the request has become if MobilePay bears it out when asked.

    :param happening: None where the service tells the status only
    :param success: whether it was done; where not, ``status`` is what it was before
    :param key: the same for the same news, told again; '' where invoice, sequence
        and status are that
    :param merchant: whom MobilePay means it for: an MSN; '' where it does not say
    :param transaction_id: MobilePay's id of this one event
    :param amount: what was moved by it
    :param guaranteed_until: until when a capture will succeed, where MobilePay says
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
    happening: Happening | None = None
    success: bool = True
    key: str = ""
    merchant: str = ""
    transaction_id: str = ""
    amount: Decimal | None = None
    currency: str = ""
    guaranteed_until: datetime | None = None


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


@dataclass(frozen=True)
class Token:
    """An access token and when it ends (aware, UTC). Never log or show it."""

    value: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class Webhook:
    """A registration of somebody's to hear of events."""

    id: str
    url: str = field(repr=False)
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Registration:
    """A registration that was just made; its secret is told only now."""

    id: str
    secret: str = field(repr=False)
