"""How money comes and goes: payments, fees, refunds, returns and the rest."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ...bank import INSTANT
from ...core import Simulator
from ..errors import DomainError
from ..records import KEPT, PAID, Invoice, Issuer
from .ledger import Ledger
from .records import (
    PAYMENT,
    REFUND,
    RETURNED,
    TRANSACTION_FEE,
    Movement,
    Transfer,
)
from .transfers import TransferBook


class Cashier:
    """Puts movements on balances, and transfers at once where that is agreed."""

    def __init__(
        self, simulator: Simulator, ledger: Ledger, transfers: TransferBook
    ) -> None:
        self._simulator = simulator
        self._ledger = ledger
        self._transfers = transfers

    def pay(self, invoice: Invoice) -> None:
        """A payer paid an invoice."""
        self._take_payment(
            self._issuer(invoice.issuer_id),
            invoice.total_amount,
            invoice.paid_at or self._simulator.clock.now(),
            invoice.reference,
            transaction_id=invoice.transaction_id,
        )

    def enter(
        self,
        issuer: Issuer,
        kind: str,
        amount: Decimal,
        reference: str | None = None,
        message: str | None = None,
    ) -> Movement:
        """Anything else that happens now, such as a fee or a correction.

        A ``Payment`` is one of another system of the merchant's: it is treated
        as any other, with its fee and, where so agreed, its own transfer.
        """
        now = self._simulator.clock.now()
        if kind == PAYMENT:
            return self._take_payment(issuer, amount, now, reference, message)
        return self._ledger.add(issuer, kind, amount, now, reference, message)

    def refund(self, invoice: Invoice, amount: Decimal | None = None) -> Movement:
        """The merchant gives all or part of a payment back."""
        simulator = self._simulator
        with simulator.store.lock:
            left = invoice.total_amount - invoice.refunded
            amount = left if amount is None else amount
            if invoice.status != PAID:
                raise DomainError(None, f"Invoice is {invoice.status}")
            if not 0 < amount <= left:
                raise DomainError(None, f"{left} can be refunded, not {amount}")
            invoice.refunded += amount
            simulator.store.table(Invoice).put(invoice)
            issuer, now = self._issuer(invoice.issuer_id), simulator.clock.now()
            return self._ledger.add(issuer, REFUND, -amount, now, invoice.reference)

    def give_back(self, transfer: Transfer) -> Movement:
        """The bank sends a transfer back: its money is on the balance again."""
        simulator = self._simulator
        with simulator.store.lock:
            if transfer.returned_at or not transfer.total:
                raise DomainError(None, "There is nothing to return")
            now = simulator.clock.now()
            transfer.returned_at = now
            self._transfers.note(transfer)
            issuer = self._issuer(transfer.issuer_id)
            return self._ledger.add(
                issuer, RETURNED, transfer.total, now, message=transfer.reference
            )

    def _take_payment(
        self,
        issuer: Issuer,
        amount: Decimal,
        at: datetime,
        reference: str | None,
        message: str | None = None,
        transaction_id: str | None = None,
    ) -> Movement:
        """The payment, its fee if it is kept, and the instant transfer of both."""
        with self._simulator.store.lock:
            payment = self._ledger.add(
                issuer, PAYMENT, amount, at, reference, message, transaction_id
            )
            moved = [payment]
            if issuer.fees == KEPT and issuer.transaction_fee:
                fee = -issuer.transaction_fee
                moved.append(self._ledger.add(issuer, TRANSACTION_FEE, fee, at))
            if issuer.transfer == INSTANT:
                self._transfers.make_instant(issuer, moved, at)
        return payment

    def _issuer(self, issuer_id: str) -> Issuer:
        return self._simulator.store.table(Issuer).one(issuer_id)
