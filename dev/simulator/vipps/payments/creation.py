"""Taking a create call (contract, section 3)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from ...core import Simulator
from ..errors import Refusal, WrongField
from ..records import PUSH, QR, Payment, SalesUnit
from ..settings import VippsSettings
from .book import PaymentBook
from .fields import LEAST_AMOUNTS, check_create, read_moment
from .lifecycle import Lifecycle

#: How long a payer has when the merchant does not say.
USUAL_LIFE = timedelta(minutes=10)
LONGEST_DAYS = 60


class Creation:
    """Checks a request against the contract and the sales unit, and opens it.

    The order of the checks is not published: form first, then what the sales unit
    may, then the reference, then the customer.
    """

    def __init__(
        self,
        simulator: Simulator,
        settings: VippsSettings,
        book: PaymentBook,
        lifecycle: Lifecycle,
    ) -> None:
        self._simulator = simulator
        self._settings = settings
        self._book = book
        self._lifecycle = lifecycle

    def create(self, unit: SalesUnit, body: dict[str, Any], key: str | None) -> Payment:
        """A new payment, or a Problem."""
        check_create(body, self._settings.vipps_unknown_fields == "refused")
        self._check_unit(unit, body)
        expires_at = self._expiry(unit, body)
        if self._book.find(unit.msn, body["reference"]):
            raise Refusal(4150)
        now = self._simulator.clock.now()
        payment = Payment(
            id=secrets.token_hex(16),
            msn=unit.msn,
            reference=body["reference"],
            currency=body["amount"]["currency"],
            amount=body["amount"]["value"],
            user_flow=body["userFlow"],
            values=body,
            created_at=now,
            expires_at=expires_at or now + USUAL_LIFE,
            token=secrets.token_urlsafe(24),
            create_key=key,
            phone=self._customer(body),
        )
        self._lifecycle.open(payment)
        return payment

    def _check_unit(self, unit: SalesUnit, body: dict[str, Any]) -> None:
        """What the market and the sales unit's approvals allow."""
        amount, method = body["amount"], body["paymentMethod"]
        if amount["currency"] != unit.currency:
            raise Refusal(5040, f"This sales unit takes {unit.currency} only")
        if amount["value"] < LEAST_AMOUNTS[unit.currency]:
            raise Refusal(6010)
        if not unit.bank_verified:
            raise Refusal(5060)
        if method.get("blockedSources") and unit.country not in ("DK", "FI"):
            raise Refusal(5010)
        if body["userFlow"] == PUSH and not unit.push_allowed:
            raise Refusal(5080, status=self._settings.vipps_not_allowed_status)

    def _expiry(self, unit: SalesUnit, body: dict[str, Any]) -> datetime | None:
        if body.get("expiresAt") is None:
            return None
        if not unit.long_living_days:
            raise Refusal(5050, status=self._settings.vipps_not_allowed_status)
        is_any = self._settings.vipps_expiry_flows == "any"
        if body["userFlow"] not in (PUSH, QR) and not is_any:
            raise WrongField("expiresAt", "Needs userFlow PUSH_MESSAGE or QR")
        expires_at = read_moment(body["expiresAt"])
        left = expires_at - self._simulator.clock.now()
        days = min(unit.long_living_days, LONGEST_DAYS)
        if left > timedelta(days=days):
            raise Refusal(6110, f"At most {days} days ahead")
        if left <= USUAL_LIFE:
            raise Refusal(6120)
        has_url = bool(body.get("receiptUrl"))
        suffices = has_url and self._settings.vipps_receipt_url_suffices
        if body.get("receipt") is None and not suffices:
            raise Refusal(6130)
        return expires_at

    def _customer(self, body: dict[str, Any]) -> str | None:
        """Whom the merchant asks; 7010 for nobody, and for who may not pay here."""
        if body.get("customer") is None:
            return None
        phone = f"+{body['customer']['phoneNumber']}"
        payer = self._simulator.payers.get(phone)
        if payer is None or not payer.available:
            raise Refusal(7010, status=self._settings.vipps_no_customer_status)
        return phone
