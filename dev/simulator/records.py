"""Who exists here, whatever the service: businesses, and people with the app.

``KEY`` names the field by which the store finds a record.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

CURRENCIES = {"DK": "DKK", "FI": "EUR", "NO": "NOK"}


def new_id() -> str:
    """A fresh GUID."""
    return str(uuid.uuid4())


@dataclass
class Merchant:
    """A business that has agreements with MobilePay.

    The classic service calls back where ``callback_…`` say. They stand here, as they
    do in files that were written before there was more than one service.
    """

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
        return CURRENCIES[self.country]


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
