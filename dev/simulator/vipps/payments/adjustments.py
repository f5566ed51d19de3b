"""Capture, cancel, refund (contract, section 6) and force approve (section 12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ...core import Simulator
from ..errors import LOCKED, TITLES, Problem, Refusal, WrongField
from ..records import (
    AUTHORIZED,
    CANCELLED,
    CAPTURED,
    CREATED,
    REFUNDED,
    TERMINATED,
    Payment,
    SalesUnit,
)
from .fields import check_amount
from .lifecycle import Lifecycle

REFUND_DAYS = timedelta(days=365)
#: Amounts (minor units) whose refund fails in test (section 12).
FAILING_REFUNDS = (123, 124)


class Adjustments:
    """What a merchant does with a payment. Callers hold the store's lock."""

    def __init__(self, simulator: Simulator, lifecycle: Lifecycle) -> None:
        self._simulator = simulator
        self._lifecycle = lifecycle

    def capture(self, payment: Payment, body: dict[str, Any], key: str | None) -> None:
        """Take reserved money, all of it or, where the unit may, a part."""
        amount = _read_amount(payment, body)
        self._meet_obstacle(payment, "capture")
        self._check_capture(payment, amount)
        payment.captured += amount
        self._lifecycle.note(payment, CAPTURED, amount, key)

    def cancel(self, payment: Payment, only_transaction: bool) -> None:
        """End it before approval; after it, release all that is not captured."""
        self._meet_obstacle(payment, "cancel")
        if payment.state == CREATED:
            if payment.pending_until:
                raise Refusal(6250)
            self._lifecycle.terminate(payment)
            return
        self._check_cancel(payment, only_transaction)
        released, payment.cancelled = payment.left, payment.cancelled + payment.left
        # no key in the log: that of a cancel is not noted there
        self._lifecycle.note(payment, CANCELLED, released)

    def refund(self, payment: Payment, body: dict[str, Any], key: str | None) -> None:
        """Give back captured money, in parts if so wished."""
        amount = _read_amount(payment, body)
        self._meet_obstacle(payment, "refund")
        self._check_refund(payment, amount)
        payment.refunded += amount
        self._lifecycle.note(payment, REFUNDED, amount, key)

    def release_by_bank(self, payment: Payment, code: int) -> None:
        """The bank takes the reservation back early: no event, the capture fails."""
        payment.released_code = code

    def _check_capture(self, payment: Payment, amount: int) -> None:
        if payment.state == CREATED:
            raise Refusal(6080)
        if payment.state != AUTHORIZED:
            raise Refusal(6200)
        if payment.captured and amount > payment.left:
            payment.double_captures += 1
        if payment.captured + amount > payment.authorized:
            raise Refusal(6090)
        if amount > payment.left:
            raise Refusal(6070)
        if self._is_late(payment):
            raise Refusal(6100)
        if payment.released_code:
            raise Refusal(payment.released_code)
        unit = self._simulator.store.table(SalesUnit).one(payment.msn)
        if amount < payment.left and not unit.partial_capture:
            raise Refusal(6140)

    def _check_cancel(self, payment: Payment, only_transaction: bool) -> None:
        if payment.state == TERMINATED:
            raise Refusal(6190)
        if payment.state != AUTHORIZED:
            raise Refusal(6050)
        if only_transaction:
            raise Refusal(6060)
        if not payment.left:
            raise Refusal(6040 if payment.captured else 6190)
        if self._is_late(payment):
            raise Refusal(6030)

    def _check_refund(self, payment: Payment, amount: int) -> None:
        unit = self._simulator.store.table(SalesUnit).one(payment.msn)
        if payment.state == CREATED:
            raise Refusal(6020)
        if payment.authorized_at is None:
            raise Refusal(6210)
        if not unit.refunds_allowed:
            raise Refusal(5100)
        if self._simulator.clock.now() > payment.authorized_at + REFUND_DAYS:
            raise Refusal(6220)
        if amount > payment.captured - payment.refunded:
            raise Refusal(6150)
        if amount in FAILING_REFUNDS:
            raise Refusal(6210, "A test amount whose refund fails")

    def _is_late(self, payment: Payment) -> bool:
        """Is the reservation gone by itself?"""
        until = payment.capture_until
        return until is not None and self._simulator.clock.now() > until

    @staticmethod
    def _meet_obstacle(payment: Payment, operation: str) -> None:
        """What a control request put in the way of this call."""
        for obstacle in payment.obstacles:
            if obstacle["operation"] != operation:
                continue
            obstacle["times"] -= 1
            if obstacle["times"] <= 0:
                payment.obstacles.remove(obstacle)
            code = obstacle["code"]
            if code == LOCKED:
                raise Problem(LOCKED, "Locked", "Another operation holds the payment")
            raise Refusal(code)


#: What a control request may put in the way.
OBSTACLES = (LOCKED, *TITLES)


def _read_amount(payment: Payment, body: dict[str, Any]) -> int:
    name = "modificationAmount"
    if body.get(name) is None:
        raise WrongField(name, "The property is required")
    check_amount(name, body[name])
    if body[name]["currency"] != payment.currency:
        raise WrongField(f"{name}.currency", "Not the payment's", 5040)
    value: int = body[name]["value"]
    if value <= 0:
        raise WrongField(f"{name}.value", "Must be above 0", 4040)
    return value
