"""What the Vipps MobilePay service remembers: one dataclass for each kind of thing.

Amounts are whole numbers of minor units (øre, cents), moments are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from ..records import CURRENCIES

#: A payment's states (contract, section 5). All but the first are final: an
#: authorized one stays so after capture, refund and release.
CREATED, AUTHORIZED = "CREATED", "AUTHORIZED"
ABORTED, EXPIRED, TERMINATED = "ABORTED", "EXPIRED", "TERMINATED"
#: Names of events that are no states.
CANCELLED, CAPTURED, REFUNDED = "CANCELLED", "CAPTURED", "REFUNDED"
EVENT_NAMES = (
    *(CREATED, ABORTED, EXPIRED, CANCELLED),
    *(CAPTURED, REFUNDED, AUTHORIZED, TERMINATED),
)

PUSH, WEB, QR, NATIVE = "PUSH_MESSAGE", "WEB_REDIRECT", "QR", "NATIVE_REDIRECT"
USER_FLOWS = (PUSH, WEB, QR, NATIVE)


@dataclass
class SalesUnit:
    """Whom the payer pays: four keys, a market, and what it was approved for."""

    KEY: ClassVar[str] = "msn"
    msn: str
    merchant_id: str
    name: str
    country: str
    client_id: str
    client_secret: str
    primary_key: str
    secondary_key: str
    #: May it skip the landing page (else 5080)?
    push_allowed: bool = True
    #: How far off ``expiresAt`` may be; 0: not approved at all (5050).
    long_living_days: int = 60
    #: In Denmark and Finland on request only (else 6140).
    partial_capture: bool = False
    #: Days from the reservation until it is gone (6100, 6030).
    capture_days: int = 14
    #: Days for which the card's network holds the money for sure.
    guarantee_days: int = 7
    #: Has it the product at all (else the gateway's 403)?
    enabled: bool = True
    #: Verified bank account (else 5060).
    bank_verified: bool = True
    #: May refund at all (else 5100).
    refunds_allowed: bool = True

    @property
    def currency(self) -> str:
        """The currency of its market, the only one it takes (5040)."""
        return CURRENCIES[self.country]


@dataclass
class AccessToken:
    """An access token; several of a sales unit are valid at once."""

    KEY: ClassVar[str] = "token"
    token: str
    msn: str
    expires_at: datetime


@dataclass
class Payment:
    """One ePayment and its life (contract, sections 3, 5 and 6)."""

    KEY: ClassVar[str] = "id"
    id: str
    msn: str
    reference: str
    currency: str
    amount: int
    user_flow: str
    #: The body of the create call as it came.
    values: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    #: What ``redirectUrl`` carries.
    token: str
    create_key: str | None = None
    state: str = CREATED
    #: Whom the merchant asked, and who opened or approved it.
    phone: str | None = None
    payer_phone: str | None = None
    authorized: int = 0
    cancelled: int = 0
    captured: int = 0
    refunded: int = 0
    authorized_at: datetime | None = None
    capture_until: datetime | None = None
    guaranteed_until: datetime | None = None
    #: The payer has approved, and the outcome is not known before this moment.
    pending_until: datetime | None = None
    #: The code of a capture after the bank took the reservation back.
    released_code: int | None = None
    postponed: int = 0
    events: list[dict[str, Any]] = field(default_factory=list)
    #: Troubles that a control request put in the way of the next calls.
    obstacles: list[dict[str, Any]] = field(default_factory=list)
    #: How many calls of each operation came, whatever the answer.
    calls: dict[str, int] = field(default_factory=dict)
    #: How many captures were tried of money that was captured before.
    double_captures: int = 0

    @property
    def psp_reference(self) -> str:
        """That of the CREATED event, which stands for the whole payment."""
        return str(self.events[0]["pspReference"])

    @property
    def left(self) -> int:
        """What is reserved and neither captured nor released."""
        return self.authorized - self.captured - self.cancelled


@dataclass
class Answered:
    """An answer that stays the answer for its idempotency key."""

    KEY: ClassVar[str] = "key"
    key: str
    fingerprint: str
    status: int
    content: dict[str, Any]


@dataclass
class Webhook:
    """A registration; its secret is shown once."""

    KEY: ClassVar[str] = "id"
    id: str
    msn: str
    url: str
    events: list[str]
    secret: str
    created_at: datetime
    failing_since: datetime | None = None


@dataclass
class Notice:
    """One event for one registration, with the log of its attempts.

    Those of one ``chain`` and webhook are sent in order.
    """

    KEY: ClassVar[str] = "id"
    id: str
    webhook_id: str
    chain: str
    word: str
    body: dict[str, Any]
    made_at: datetime
    due_at: datetime | None
    state: str = "waiting"
    attempts: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class PrintedCode:
    """A merchant-redirect QR: printable, its target may be changed."""

    KEY: ClassVar[str] = "key"
    key: str
    msn: str
    id: str
    target: str
    token: str
    expires_at: datetime | None = None
