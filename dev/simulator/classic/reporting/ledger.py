"""The balances: every movement of money, and which are not transferred yet."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from ...core import Simulator
from ...records import new_id
from ..records import Issuer
from .records import TRANSFER, Movement, Transfer

AT = attrgetter("at")


class Ledger:
    """All movements, in order of time, by issuer and by merchant.

    ``of_issuer`` leaves the rows of type Transfer out, ``of_merchant`` has them.
    """

    def __init__(self, simulator: Simulator, seed: int | None) -> None:
        self._simulator = simulator
        self._table = simulator.store.table(Movement)
        self._random = random.Random(seed)
        self.rebuild()

    def rebuild(self) -> None:
        """Make the look-ups anew from the store."""
        self._by_issuer: dict[str, list[Movement]] = defaultdict(list)
        self._by_merchant: dict[str, list[Movement]] = defaultdict(list)
        self._waiting: dict[str, dict[str, Movement]] = defaultdict(dict)
        transferred = self._transferred()
        for movement in self._table.all():
            self._remember(movement, is_waiting=movement.id not in transferred)

    def add(
        self,
        issuer: Issuer,
        kind: str,
        amount: Decimal,
        at: datetime,
        reference: str | None = None,
        message: str | None = None,
        transaction_id: str | None = None,
    ) -> Movement:
        """Put a movement on the issuer's balance; moments are whole seconds."""
        merchant = self._simulator.merchants.one(issuer.merchant_id)
        movement = Movement(
            id=new_id(),
            issuer_id=issuer.id,
            merchant_id=merchant.id,
            type=kind,
            amount=amount,
            currency=merchant.currency,
            at=at.replace(microsecond=0),
            transaction_id=transaction_id or self._new_transaction_id(),
            reference=reference,
            message=message,
        )
        with self._simulator.store.lock:
            self._table.put(movement)
            self._remember(movement, is_waiting=kind != TRANSFER)
        return movement

    def take(self, movements: Iterable[Movement]) -> None:
        """Take movements off the balance: they are in a transfer now."""
        with self._simulator.store.lock:
            for movement in movements:
                del self._waiting[movement.issuer_id][movement.id]

    # reading

    def one(self, movement_id: str) -> Movement:
        """The movement with this id."""
        return self._table.one(movement_id)

    def waiting(self, issuer_id: str) -> list[Movement]:
        """What is on the issuer's balance."""
        with self._simulator.store.lock:
            return list(self._waiting[issuer_id].values())

    def issuers_with_balance(self) -> list[Issuer]:
        """The issuers on whose balance there is something."""
        with self._simulator.store.lock:
            ids = [issuer_id for issuer_id, rows in self._waiting.items() if rows]
        found = (self._simulator.store.table(Issuer).get(key) for key in ids)
        return [issuer for issuer in found if issuer is not None]

    def balance(self, issuer_id: str) -> Decimal:
        """The sum of what is on the issuer's balance."""
        return sum((row.amount for row in self.waiting(issuer_id)), Decimal())

    def of_issuer(
        self,
        issuer_id: str,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> list[Movement]:
        """An issuer's movements between two moments, both included."""
        with self._simulator.store.lock:
            return _between(self._by_issuer[issuer_id], start, end)

    def of_merchant(
        self,
        merchant_id: str,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> list[Movement]:
        """A merchant's movements, likewise, with the rows of type Transfer."""
        with self._simulator.store.lock:
            return _between(self._by_merchant[merchant_id], start, end)

    def _transferred(self) -> set[str]:
        """What is in a transfer, and the transfers' own rows."""
        transfers = self._simulator.store.table(Transfer).all()
        return {
            key
            for transfer in transfers
            for key in (*transfer.movement_ids, transfer.row_id)
        }

    def _remember(self, movement: Movement, is_waiting: bool) -> None:
        insort(self._by_merchant[movement.merchant_id], movement, key=AT)
        if movement.type != TRANSFER:
            insort(self._by_issuer[movement.issuer_id], movement, key=AT)
        if is_waiting:
            self._waiting[movement.issuer_id][movement.id] = movement

    def _new_transaction_id(self) -> str:
        digits = self._random.randrange(10**14, 10**15)
        return f"9{len(self._table):06d}{digits}"


def _between(
    rows: list[Movement], start: datetime | None, end: datetime | None
) -> list[Movement]:
    first = bisect_left(rows, start, key=AT) if start else 0
    last = bisect_right(rows, end, key=AT) if end else len(rows)
    return rows[first:last]
