"""What the classic service remembers: one dataclass for each kind of thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from ..bank import DAILY

CREATED, ACCEPTED, PAID = "created", "accepted", "paid"
REJECTED, EXPIRED, CANCELED = "rejected", "expired", "canceled"
INVALID = "invalid"
#: A batch invoice whose validation has not run yet; never shown to a merchant.
WAITING = "waiting"
OPEN = (CREATED, ACCEPTED)

DIRECT, LINK = "direct", "link"

#: What becomes of MobilePay's fees.
KEPT, INVOICED = "kept", "invoiced"


@dataclass
class Issuer:
    """A department that issues invoices; only an enabled one may."""

    KEY: ClassVar[str] = "id"
    id: str
    merchant_id: str
    name: str
    status: str = "enabled"
    transfer: str = DAILY
    account_type: str = "Account"
    address: str | None = None
    city: str | None = None
    zip_code: str | None = None
    fees: str = INVOICED
    transaction_fee: Decimal = Decimal("1.00")
    reference_form: str | None = None


@dataclass
class Invoice:
    """One InvoiceDirect or InvoiceLink and its life (sections 4 and 5)."""

    KEY: ClassVar[str] = "id"
    id: str
    merchant_id: str
    country: str
    kind: str
    issuer_id: str
    total_amount: Decimal
    currency: str
    due_date: date
    values: dict[str, Any]
    fingerprint: str
    received_at: datetime
    received_on: date
    validate_at: datetime
    in_batch: bool = False
    status: str = WAITING
    phone: str | None = None
    payer_phone: str | None = None
    payment_date: date | None = None
    paid_at: datetime | None = None
    transaction_id: str | None = None
    refunded: Decimal = Decimal()
    next_sequence: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def number(self) -> str | None:
        """The merchant's InvoiceNumber."""
        return self.values.get("InvoiceNumber")

    @property
    def reference(self) -> str | None:
        """What the transfer will carry: PaymentReference, else InvoiceNumber."""
        return self.values.get("PaymentReference") or self.number


@dataclass
class Consent:
    """A payer's answer to "may they send you invoices directly?" (section 7)."""

    KEY: ClassVar[str] = "id"
    id: str
    invoice_id: str
    merchant_id: str
    issuer_id: str
    state: str = "Pending"
    phone: str | None = None
    granted_on: datetime | None = None


@dataclass
class Message:
    """One element of a future callback delivery."""

    KEY: ClassVar[str] = "id"
    id: str
    merchant_id: str
    body: dict[str, Any]


@dataclass
class Delivery:
    """A batch of messages with the log of its attempts (section 6)."""

    KEY: ClassVar[str] = "id"
    id: str
    merchant_id: str
    messages: list[dict[str, Any]]
    state: str = "waiting"
    due_at: datetime | None = None
    attempts: list[dict[str, Any]] = field(default_factory=list)
