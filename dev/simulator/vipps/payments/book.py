"""Finding payments."""

from __future__ import annotations

from ...core import Simulator
from ..errors import Refusal
from ..records import CREATED, Payment


class PaymentBook:
    """All payments, found by sales unit and reference, or by their landing token."""

    def __init__(self, simulator: Simulator) -> None:
        self._table = simulator.store.table(Payment)
        self.rebuild()

    def rebuild(self) -> None:
        """After records were read or forgotten."""
        self._by_reference = {(row.msn, row.reference): row for row in self.all()}
        self._by_token = {row.token: row for row in self.all()}
        self._open = {row.id: row for row in self.all() if row.state == CREATED}

    def add(self, payment: Payment) -> None:
        """A new one; its reference is taken for good (4150)."""
        self._by_reference[payment.msn, payment.reference] = payment
        self._by_token[payment.token] = payment
        self.keep(payment)

    def keep(self, payment: Payment) -> None:
        """Note that it changed."""
        self._table.put(payment)
        if payment.state == CREATED:
            self._open[payment.id] = payment
        else:
            self._open.pop(payment.id, None)

    def all(self) -> list[Payment]:
        """All of them, oldest first."""
        return self._table.all()

    def open(self) -> list[Payment]:
        """Those that wait for the payer."""
        return list(self._open.values())

    def get(self, payment_id: str) -> Payment | None:
        """By our own id."""
        return self._table.get(payment_id)

    def find(self, msn: str, reference: str) -> Payment | None:
        """A sales unit's payment; the reference's case matters."""
        return self._by_reference.get((msn, reference))

    def one(self, msn: str, reference: str) -> Payment:
        """The same; 5090 when there is none."""
        payment = self.find(msn, reference)
        if payment is None:
            raise Refusal(5090)
        return payment

    def by_token(self, token: str) -> Payment | None:
        """The one that a landing page is about."""
        return self._by_token.get(token)
