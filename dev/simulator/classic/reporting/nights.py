"""The nightly job: what happened on one day is transferred on the next."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta, timezone

from ...clock import ZONES, local_day, zone_of
from ...core import Simulator
from ..records import Issuer
from .ledger import Ledger
from .records import Movement, Night
from .transfers import TransferBook

#: When the job runs, where the merchant is.
HOUR = time(2)
ONE_DAY = timedelta(days=1)


def night_of(day: date, country: str) -> datetime:
    """The moment, in UTC, at which the day's transfers are made."""
    local = datetime.combine(day, HOUR, tzinfo=zone_of(country))
    return local.astimezone(timezone.utc)


def latest_night(now: datetime, country: str) -> date:
    """The last day whose transfers are due by now."""
    today = local_day(now, country)
    return today if night_of(today, country) <= now else today - ONE_DAY


class Nights:
    """Makes the transfers of all nights that have passed, oldest first."""

    def __init__(
        self, simulator: Simulator, ledger: Ledger, transfers: TransferBook
    ) -> None:
        self._simulator = simulator
        self._ledger = ledger
        self._transfers = transfers
        self._table = simulator.store.table(Night)
        self.rebuild()

    def rebuild(self) -> None:
        """Begin tonight, unless the store knows of a night before."""
        now = self._simulator.clock.now()
        for country in ZONES:
            if self._table.get(country) is None:
                self._table.put(Night(country, latest_night(now, country)))

    def run(self, now: datetime) -> None:
        """Do what is due; nothing is looked at before the next night has come."""
        with self._simulator.store.lock:
            for country in ZONES:
                last, night = self._table.one(country).day, latest_night(now, country)
                if night > last:
                    self._make_all(country, last + ONE_DAY, night)
                if night != last:  # an earlier one when the clock was moved back
                    self._table.put(Night(country, night))

    def _make_all(self, country: str, first: date, last: date) -> None:
        for issuer in self._ledger.issuers_with_balance():
            merchant = self._simulator.merchants.get(issuer.merchant_id)
            if merchant and merchant.country == country:
                self._make(issuer, country, first, last)

    def _make(self, issuer: Issuer, country: str, first: date, last: date) -> None:
        nights: dict[date, list[Movement]] = defaultdict(list)
        for movement in self._ledger.waiting(issuer.id):
            day = local_day(movement.at, country) + ONE_DAY
            # What became known late goes into the next transfer.
            nights[max(day, first)].append(movement)
        for day in sorted(day for day in nights if day <= last):
            at = night_of(day, country)
            self._transfers.make_daily(issuer, nights[day], day, at)
