"""The simulator's parts in the tests' own process: no HTTP, any number of days."""

from __future__ import annotations

import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from simclient import DANISH, DEV

if str(DEV) not in sys.path:
    sys.path.insert(0, str(DEV))

from simulator import demo_data  # noqa: E402
from simulator.app import create_app, create_simulator  # noqa: E402
from simulator.classic.records import Issuer  # noqa: E402
from simulator.classic.reporting.records import Movement, Transfer  # noqa: E402
from simulator.store import Store  # noqa: E402

ZONES = {"DK": ZoneInfo("Europe/Copenhagen"), "FI": ZoneInfo("Europe/Helsinki")}
MINUTE, ONE_DAY = timedelta(minutes=1), timedelta(days=1)


class World:
    """A simulator that stands still at ``day``, noon at the merchant's."""

    def __init__(self, day: date, vat: str = DANISH, path: str | None = None) -> None:
        self.vat, self.zone = vat, ZONES[vat[:2]]
        self.simulator, service = create_simulator(Store(path), seed=7)
        self.classic = service.parts
        demo_data.load(self.simulator)
        self.issuer = self.find_issuer("Daily")
        self.go(day, 12)

    def find_issuer(self, label: str) -> Issuer:
        """One of the merchant's issuers of the demo data."""
        table = self.simulator.store.table(Issuer)
        return table.one(demo_data.demo_id(f"{self.vat} {label}"))

    def local(self, day: date, hour: int = 0, minute: int = 0) -> datetime:
        """A moment at the merchant's, in UTC."""
        local = datetime.combine(day, time(hour, minute), tzinfo=self.zone)
        return local.astimezone(timezone.utc)

    def go(self, day: date, hour: int = 0, minute: int = 0) -> None:
        """Move the clock there."""
        self.simulator.clock.set(self.local(day, hour, minute))

    def add(self, amount: Any, at: datetime, kind: str = "Payment") -> Movement:
        """Put a movement on the balance, as if the clock had been there."""
        reference = f"R{amount}" if kind == "Payment" else None
        value = Decimal(str(amount))
        return self.classic.ledger.add(self.issuer, kind, value, at, reference)

    def transfers(self) -> list[Transfer]:
        """The merchant's transfers, by day."""
        merchant = self.simulator.merchant_by_vat(self.vat)
        return self.classic.transfers.between(merchant.id)

    def totals(self) -> list[tuple[date, Decimal]]:
        """Day and total of each."""
        return [(transfer.day, transfer.total) for transfer in self.transfers()]

    def client(self) -> Any:
        """A caller of the application."""
        return create_app(self.simulator).test_client()
