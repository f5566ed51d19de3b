"""What reporting remembers: movements of money, transfers, nights and keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

PAYMENT, REFUND = "Payment", "Refund"
TRANSACTION_FEE, SERVICE_FEE = "TransactionFee", "ServiceFee"
TRANSFER, RETURNED = "Transfer", "ReturnedTransaction"
ADJUSTMENT = "Adjustment"

SCOPE = "transactionreporting"


@dataclass
class Movement:
    """One transaction: money that came to an issuer's balance or left it."""

    KEY: ClassVar[str] = "id"
    id: str
    issuer_id: str
    merchant_id: str
    type: str
    amount: Decimal
    currency: str
    at: datetime
    transaction_id: str
    reference: str | None = None
    message: str | None = None


@dataclass
class Transfer:
    """What went from an issuer's balance to the merchant's bank account."""

    KEY: ClassVar[str] = "id"
    id: str
    issuer_id: str
    merchant_id: str
    kind: str
    reference: str
    day: date
    made_at: datetime
    total: Decimal
    currency: str
    #: The merchant's own reference that an instant transfer carries.
    payment_reference: str | None
    #: The movement of type Transfer that makes the sum zero.
    row_id: str
    movement_ids: list[str] = field(default_factory=list)
    returned_at: datetime | None = None


@dataclass
class Night:
    """The last night whose transfers were made in a country."""

    KEY: ClassVar[str] = "country"
    country: str
    day: date


@dataclass
class ReportingKey:
    """A reference access token, made by the merchant in the portal."""

    KEY: ClassVar[str] = "token"
    token: str
    merchant_id: str
    created_at: datetime
    expires_at: datetime
    scope: str = SCOPE
