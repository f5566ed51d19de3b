"""Transfers from issuers' balances to the merchants' bank accounts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter

from ...bank import DAILY, INSTANT
from ...clock import local_day
from ...core import Simulator
from ...records import new_id
from ..records import Issuer
from .ledger import Ledger
from .records import TRANSFER, Movement, Transfer
from .references import DEFAULT_FORM, write_reference

DAY = attrgetter("day")


class TransferBook:
    """All transfers, by merchant, by reference and by what is in them."""

    def __init__(self, simulator: Simulator, ledger: Ledger) -> None:
        self._simulator = simulator
        self._ledger = ledger
        self._table = simulator.store.table(Transfer)
        self.rebuild()

    def rebuild(self) -> None:
        """Make the look-ups anew from the store."""
        self._by_merchant: dict[str, list[Transfer]] = defaultdict(list)
        self._by_reference: dict[tuple[str, str], Transfer] = {}
        self._of_movement: dict[str, str] = {}
        self._numbers: Counter[tuple[str, date]] = Counter()
        for transfer in self._table.all():
            self._numbers[(transfer.merchant_id, transfer.day)] += 1
            self._remember(transfer)

    # making

    def make_instant(
        self, issuer: Issuer, movements: list[Movement], at: datetime
    ) -> Transfer:
        """Transfer one payment, with its fee, right after it was made."""
        country = self._country(issuer)
        day = local_day(at, country)
        return self._make(issuer, movements, day, at, INSTANT)

    def make_daily(
        self, issuer: Issuer, movements: list[Movement], day: date, at: datetime
    ) -> Transfer:
        """Transfer the net of many movements."""
        return self._make(issuer, movements, day, at, DAILY)

    def settle(self, merchant_id: str | None = None) -> list[Transfer]:
        """Transfer everything on all balances (or one merchant's) now."""
        simulator, made = self._simulator, []
        with simulator.store.lock:
            for issuer in self._ledger.issuers_with_balance():
                if merchant_id in (None, issuer.merchant_id):
                    rows = self._ledger.waiting(issuer.id)
                    day = simulator.clock.today(self._country(issuer))
                    at = simulator.clock.now()
                    made.append(self.make_daily(issuer, rows, day, at))
        return made

    def note(self, transfer: Transfer) -> None:
        """Keep what changed in a transfer."""
        self._table.put(transfer)

    # finding

    def all(self) -> list[Transfer]:
        """All transfers, in the order in which they were made."""
        return self._table.all()

    def get(self, transfer_id: str | None) -> Transfer | None:
        """The transfer with this id."""
        return self._table.get(transfer_id)

    def of_movement(self, movement_id: str) -> Transfer | None:
        """The transfer in which a movement is, or whose row it is."""
        return self._table.get(self._of_movement.get(movement_id))

    def by_reference(self, issuer: Issuer, reference: str) -> Transfer | None:
        """The issuer's transfer with this reference."""
        found = self._by_reference.get((issuer.merchant_id, reference))
        return found if found and found.issuer_id == issuer.id else None

    def between(
        self, merchant_id: str, first: date | None = None, last: date | None = None
    ) -> list[Transfer]:
        """A merchant's transfers of these days, oldest first."""
        with self._simulator.store.lock:
            rows = self._by_merchant[merchant_id]
            start = bisect_left(rows, first, key=DAY) if first else 0
            end = bisect_right(rows, last, key=DAY) if last else len(rows)
            return rows[start:end]

    def movements(self, transfer: Transfer) -> list[Movement]:
        """What a transfer is the net of."""
        return [self._ledger.one(key) for key in transfer.movement_ids]

    def row(self, transfer: Transfer) -> Movement:
        """The movement of type Transfer."""
        return self._ledger.one(transfer.row_id)

    def _make(
        self,
        issuer: Issuer,
        movements: list[Movement],
        day: date,
        at: datetime,
        kind: str,
    ) -> Transfer:
        total = sum((row.amount for row in movements), Decimal())
        with self._simulator.store.lock:
            transfer = Transfer(
                id=new_id(),
                issuer_id=issuer.id,
                merchant_id=issuer.merchant_id,
                kind=kind,
                reference=self._new_reference(issuer, day),
                day=day,
                made_at=at.replace(microsecond=0),
                total=total,
                currency=movements[0].currency,
                payment_reference=movements[0].reference if kind == INSTANT else None,
                row_id=self._ledger.add(issuer, TRANSFER, -total, at).id,
                movement_ids=[row.id for row in movements],
            )
            self._ledger.take(movements)
            self._remember(self._table.put(transfer))
        return transfer

    def _new_reference(self, issuer: Issuer, day: date) -> str:
        """The next running number of the merchant's day that is free."""
        form = issuer.reference_form or DEFAULT_FORM
        merchant_id = issuer.merchant_id
        while True:
            self._numbers[(merchant_id, day)] += 1
            number = self._numbers[(merchant_id, day)]
            reference = write_reference(form, number, day)
            if (merchant_id, reference) not in self._by_reference:
                return reference

    def _remember(self, transfer: Transfer) -> None:
        insort(self._by_merchant[transfer.merchant_id], transfer, key=DAY)
        self._by_reference[(transfer.merchant_id, transfer.reference)] = transfer
        for key in (*transfer.movement_ids, transfer.row_id):
            self._of_movement[key] = transfer.id

    def _country(self, issuer: Issuer) -> str:
        return self._simulator.merchants.one(issuer.merchant_id).country
