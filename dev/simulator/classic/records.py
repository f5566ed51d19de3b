"""What the simulator remembers: one dataclass for each kind of thing.

``KEY`` names the field by which the store finds a record.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

CREATED, ACCEPTED, PAID = "created", "accepted", "paid"
REJECTED, EXPIRED, CANCELED = "rejected", "expired", "canceled"
INVALID = "invalid"
#: A batch invoice whose validation has not run yet; never shown to a merchant.
WAITING = "waiting"
OPEN = (CREATED, ACCEPTED)

DIRECT, LINK = "direct", "link"

#: How an issuer gets its money, and what becomes of MobilePay's fees.
DAILY, INSTANT = "daily", "instant"
KEPT, INVOICED = "kept", "invoiced"


def new_id() -> str:
    """A fresh GUID."""
    return str(uuid.uuid4())


@dataclass
class Merchant:
    """A business with an Invoice agreement (contract, section 3)."""

    KEY: ClassVar[str] = "id"
    id: str
    vat: str
    name: str
    country: str
    users: list[str] = field(default_factory=list)
    callback_url: str | None = None
    callback_scheme: str | None = None
    callback_username: str | None = None
    callback_secret: str | None = None

    @property
    def currency(self) -> str:
        """MobilePay takes the merchant's currency, whatever was sent."""
        return "EUR" if self.country == "FI" else "DKK"


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
class Payer:
    """A person with the MobilePay app."""

    KEY: ClassVar[str] = "phone"
    phone: str
    user_id: str
    name: str
    country: str
    available: bool = True
    can_pay: bool = True
    amount_limit: Decimal | None = None


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


@dataclass
class Nonce:
    """A nonce that was used once and must not come again."""

    KEY: ClassVar[str] = "value"
    value: str


@dataclass
class SigningKey:
    """The private key of the OpenID provider, as a JWK."""

    KEY: ClassVar[str] = "kid"
    kid: str
    jwk: dict[str, Any]
