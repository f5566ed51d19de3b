"""The simulator as one object: what all services share, and the thread of time."""

from __future__ import annotations

import sys
import threading
import traceback
from operator import attrgetter
from typing import Any, cast

from flask import current_app

from .bank import Asked, Payout
from .clock import Clock
from .faults import Faults
from .journal import Journal
from .records import Merchant, Payer
from .secrets_seen import SecretsSeen
from .service import Service
from .settings import SettingGroup, Settings
from .store import Store, Table

#: The thread looks at least this often, so that a day's end is noticed.
LONGEST_WAIT = 0.5


class Simulator:
    """Store, clock, settings, faults, and the services that work with them."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self._speed_at_start = settings.speed
        self.clock = Clock()
        self.base_url = ""
        self.journal = Journal()
        self.secrets_seen = SecretsSeen()
        self.faults = Faults()
        self.services: list[Service] = []
        self._wake = threading.Event()
        self._is_stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="time", daemon=True)
        self.clock.on_move(self.catch_up)

    # looking things up

    @property
    def merchants(self) -> Table[Merchant]:
        """All merchants."""
        return self.store.table(Merchant)

    @property
    def payers(self) -> Table[Payer]:
        """All people with the app, by phone number."""
        return self.store.table(Payer)

    def merchant_by_vat(self, vat: str | None) -> Merchant | None:
        """The merchant with this VAT number (``DK12345678``)."""
        found = self.merchants.find(vat=(vat or "").replace(" ", "").upper())
        return found[0] if found else None

    def setting_groups(self) -> list[SettingGroup]:
        """The simulator's own settings and those of each service."""
        return [self.settings, *(service.settings for service in self.services)]

    def service_paths(self) -> tuple[str, ...]:
        """How the paths begin that MobilePay itself would serve."""
        return tuple(path for service in self.services for path in service.paths)

    def payouts(self, asked: Asked) -> list[Payout]:
        """What all services paid to the merchant's bank account, by day."""
        found = [row for service in self.services for row in service.payouts(asked)]
        return sorted(found, key=attrgetter("day"))

    # time

    def start(self) -> None:
        """Start the thread that pays, expires, validates, transfers and delivers."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and close the store."""
        self._is_stopped.set()
        self.faults.clear()
        self.wake()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self.store.close()

    def wake(self) -> None:
        """Something new is to be done."""
        self._wake.set()

    def catch_up(self) -> None:
        """Do what the present moment asks for; then wake the thread."""
        self._move_on()
        self.wake()

    def set_faults(self, rules: Any, seed: Any = 0) -> None:
        """Other rules; callbacks that the old ones delay are sent now."""
        self.faults.replace(rules, seed)
        for service in self.services:
            service.release_held()
        self.wake()

    def reset(self, keep_sessions: bool = True, keep_merchants: bool = True) -> None:
        """Forget what happened; settings as at the start, real time."""
        self.faults.clear()
        for service in self.services:
            service.reset(keep_sessions, keep_merchants)
        with self.store.lock:
            if not keep_merchants:
                self.merchants.clear()
                self.payers.clear()
            for group in self.setting_groups():
                group.reset()
            self.settings.speed = self._speed_at_start
            self.journal.clear()
            self.secrets_seen.clear()
        self.clock.reset()

    @staticmethod
    def report(error: Exception) -> None:
        """Show a fault of the simulator itself on the screen."""
        traceback.print_exception(error, file=sys.stderr)

    def _move_on(self) -> None:
        with self.store.lock:
            now = self.clock.now()
            for service in self.services:
                service.move_on(now)

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            self._wake.clear()
            try:
                self._move_on()
                for service in self.services:
                    service.deliver_due()
            except Exception as error:  # the thread must live on
                self.report(error)
            self._wake.wait(self._seconds_to_wait())

    def _seconds_to_wait(self) -> float:
        moments = [service.next_due() for service in self.services]
        due = min((moment for moment in moments if moment), default=None)
        if due is None:
            return LONGEST_WAIT
        seconds = (due - self.clock.now()).total_seconds()
        return min(max(seconds, 0.001), LONGEST_WAIT)


def simulator() -> Simulator:
    """The simulator behind the current request."""
    return cast(Simulator, current_app.extensions["simulator"])
