"""A payment's way through its states, by payer, time and merchant (section 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ...core import Simulator
from ...records import Payer, new_id
from ..answers import moment_text
from ..records import (
    ABORTED,
    AUTHORIZED,
    CREATED,
    EXPIRED,
    PUSH,
    TERMINATED,
    Payment,
    SalesUnit,
)
from ..settings import VippsSettings
from ..webhooks.queue import WebhookQueue
from .book import PaymentBook

#: Amounts (minor units) with which a payer's approval fails in test (section 12).
FAILING_AMOUNTS = {
    151: "Not enough funds",
    182: "The payment was refused",
    183: "Suspected fraud",
    184: "The limit is exceeded",
    186: "The card has expired",
    187: "The card is not valid",
}
NORWEGIAN_FAILING_AMOUNTS = {
    197: "The card is not signed up for 3-D Secure",
    202: "Authentication is needed",
}
#: The amount of which nobody knows for an hour whether it was reserved.
UNKNOWN_AMOUNT, UNKNOWN_FOR = 201, timedelta(hours=1)


class PaymentRefusedError(Exception):
    """The payer cannot do this, or not now: shown in the app."""


class Lifecycle:
    """Everything that changes a payment's state. Callers hold the store's lock."""

    def __init__(
        self,
        simulator: Simulator,
        settings: VippsSettings,
        book: PaymentBook,
        webhooks: WebhookQueue,
    ) -> None:
        self._simulator = simulator
        self._settings = settings
        self._book = book
        self._webhooks = webhooks

    def open(self, payment: Payment) -> None:
        """A create call was taken."""
        self._book.add(payment)
        self.note(payment, CREATED, payment.amount, payment.create_key)

    def approve(self, payment: Payment, payer: Payer) -> None:
        """The payer swipes: the money is reserved, or PaymentRefusedError says why not.

        A card that is refused leaves the payment open for another try.
        """
        self._check_open(payment)
        self._check_person(payment, payer)
        payment.payer_phone = payer.phone
        reason = self._refusal(payment, payer)
        if reason:
            if self._settings.vipps_failed_approval == "event":
                key = payment.create_key
                self.note(payment, AUTHORIZED, payment.amount, key, success=False)
            raise PaymentRefusedError(reason)
        if payment.amount == UNKNOWN_AMOUNT:
            payment.pending_until = self._simulator.clock.now() + UNKNOWN_FOR
            self._book.keep(payment)
            return
        self._reserve(payment, self._simulator.clock.now())

    def abort(self, payment: Payment, payer: Payer | None = None) -> None:
        """The payer turns it down, or leaves the landing page."""
        self._check_open(payment)
        if payer:
            self._check_person(payment, payer)
            payment.payer_phone = payer.phone
        self._end(payment, ABORTED)

    def postpone(self, payment: Payment, payer: Payer) -> None:
        """The payer looks at it later: nobody is told."""
        self._check_open(payment)
        self._check_person(payment, payer)
        payment.postponed += 1
        self._book.keep(payment)

    def send_to_phone(self, payment: Payment, payer: Payer) -> None:
        """Who entered a phone number on the landing page finds it in the app."""
        self._check_open(payment)
        payment.payer_phone = payer.phone
        self._book.keep(payment)

    def terminate(self, payment: Payment) -> None:
        """The merchant cancels before approval: all of it counts as cancelled."""
        payment.cancelled = payment.amount
        self._end(payment, TERMINATED)

    def expire(self, payment: Payment) -> None:
        """Nobody acted in time."""
        self._check_open(payment)
        self._end(payment, EXPIRED)

    def move_on(self, now: datetime) -> None:
        """What is known by now, and what ran out of time."""
        for payment in self._book.open():
            pending = payment.pending_until
            if pending is not None and pending <= now:
                self._reserve(payment, pending)
            elif pending is None and payment.expires_at <= now:
                self._end(payment, EXPIRED, payment.expires_at)

    def note(
        self,
        payment: Payment,
        name: str,
        amount: int,
        key: str | None = None,
        success: bool = True,
        at: datetime | None = None,
    ) -> None:
        """Write into the event log, and tell who asked to be told."""
        event: dict[str, Any] = {
            "pspReference": new_id(),
            "name": name,
            "amount": amount,
            "timestamp": moment_text(at or self._simulator.clock.now()),
            "success": success,
        }
        if key:
            event["idempotencyKey"] = key
        payment.events.append(event)
        self._book.keep(payment)
        self._webhooks.tell(payment, event)

    def _reserve(self, payment: Payment, at: datetime) -> None:
        unit = self._simulator.store.table(SalesUnit).one(payment.msn)
        payment.state = AUTHORIZED
        payment.pending_until = None
        payment.authorized = payment.amount
        payment.authorized_at = at
        payment.capture_until = at + timedelta(days=unit.capture_days)
        payment.guaranteed_until = at + timedelta(days=unit.guarantee_days)
        # the log repeats the create call's key
        self.note(payment, AUTHORIZED, payment.amount, payment.create_key, at=at)

    def _end(self, payment: Payment, state: str, at: datetime | None = None) -> None:
        payment.state = state
        self.note(payment, state, payment.amount, at=at)

    def _check_open(self, payment: Payment) -> None:
        if payment.state != CREATED:
            raise PaymentRefusedError(f"This payment is {payment.state.lower()}.")
        if payment.pending_until:
            raise PaymentRefusedError("This payment is being processed.")
        if payment.expires_at <= self._simulator.clock.now():
            raise PaymentRefusedError("This payment has expired.")

    @staticmethod
    def _check_person(payment: Payment, payer: Payer) -> None:
        """A push is one person's; a landing page is anybody's who has its address."""
        if payment.user_flow == PUSH and payment.phone != payer.phone:
            raise PaymentRefusedError("This payment is another person's.")

    @staticmethod
    def _refusal(payment: Payment, payer: Payer) -> str | None:
        """Why the money cannot be reserved."""
        failing = FAILING_AMOUNTS.get(payment.amount)
        if payment.currency == "NOK":
            failing = failing or NORWEGIAN_FAILING_AMOUNTS.get(payment.amount)
        if failing:
            return failing
        limit = payer.amount_limit
        is_over = limit is not None and Decimal(payment.amount) / 100 > limit
        if not payer.can_pay or is_over:
            return "The card has no funds for this."
        return None
