"""The simulator as one object: its parts and the thread that moves it on."""

from __future__ import annotations

import json
import sys
import threading
import traceback
from datetime import date, datetime
from typing import Any, cast

from flask import current_app

from .classic.records import Consent, Delivery, Invoice, Merchant, Message, Nonce, Payer
from .classic.reporting.records import Movement, Night, Transfer
from .clock import Clock, zone_of
from .faults import Faults
from .settings import Settings
from .store import Store, Table

#: The thread looks at least this often, so that a day's end is noticed.
LONGEST_WAIT = 0.5
#: What a reset forgets.
FORGOTTEN: tuple[type[Any], ...] = (
    *(Invoice, Consent, Message, Delivery, Nonce),
    *(Movement, Transfer, Night),
)


class Simulator:
    """Store, clock, settings and the parts that work on them."""

    def __init__(
        self, store: Store, settings: Settings, seed: int | None = None
    ) -> None:
        # The parts read answers.py, which reads this module.
        from .classic.callbacks.queue import CallbackQueue
        from .classic.invoices.consents import ConsentBook
        from .classic.invoices.creation import InvoiceBook
        from .classic.invoices.lifecycle import Life
        from .classic.openid.sessions import SessionBook
        from .classic.reporting.cashier import Cashier
        from .classic.reporting.keys import KeyBook
        from .classic.reporting.ledger import Ledger
        from .classic.reporting.nights import Nights
        from .classic.reporting.transfers import TransferBook
        from .journal import Journal
        from .secrets_seen import SecretsSeen

        self.store = store
        self.settings = settings
        self._speed_at_start = settings.speed
        self.clock = Clock()
        self.base_url = ""
        self.journal = Journal()
        self.secrets_seen = SecretsSeen()
        self.faults = Faults()
        self.callbacks = CallbackQueue(self)
        self.sessions = SessionBook(self)
        self.consents = ConsentBook(self)
        self.life = Life(self, seed)
        self.invoices = InvoiceBook(self)
        self.transfers = TransferBook(self)
        self.ledger = Ledger(self, seed)
        self.cashier = Cashier(self)
        self.nights = Nights(self)
        self.reporting_keys = KeyBook(self)
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

    def links(self, invoice: Invoice) -> list[dict[str, str]]:
        """The link that a payer opens."""
        href = f"{self.base_url}/pay/{invoice.id}"
        return [{"Rel": "user-redirect", "Href": href}]

    @staticmethod
    def local_day(moment: datetime, country: str) -> date:
        """The day of a moment where the merchant is."""
        return moment.astimezone(zone_of(country)).date()

    @staticmethod
    def dump_json(payload: Any) -> str:
        """JSON for a callback body."""
        return json.dumps(payload, ensure_ascii=False)

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
        self.callbacks.release_held()
        self.wake()

    def reset(self) -> None:
        """Forget invoices, money, consents and callbacks; settings as at the start."""
        self.faults.clear()
        with self.store.lock:
            for record_class in FORGOTTEN:
                self.store.table(record_class).clear()
            for part in (self.invoices, self.transfers, self.ledger, self.nights):
                part.rebuild()
            self.settings.reset(self._speed_at_start)
            self.journal.clear()
            self.secrets_seen.clear()
        self.callbacks.clear()
        self.clock.reset()

    @staticmethod
    def report(error: Exception) -> None:
        """Show a fault of the simulator itself on the screen."""
        traceback.print_exception(error, file=sys.stderr)

    def _move_on(self) -> None:
        """Payments before nights: a transfer has all that happened before it."""
        with self.store.lock:
            now = self.clock.now()
            self.invoices.validate_waiting()
            self.life.tick()
            self.nights.run(now)

    def _run(self) -> None:
        while not self._is_stopped.is_set():
            self._wake.clear()
            try:
                self._move_on()
                self.callbacks.run_due()
            except Exception as error:  # the thread must live on
                self.report(error)
            self._wake.wait(self._seconds_to_wait())

    def _seconds_to_wait(self) -> float:
        due = None if self.callbacks.is_paused else self.callbacks.next_due()
        if due is None:
            return LONGEST_WAIT
        seconds = (due - self.clock.now()).total_seconds()
        return min(max(seconds, 0.001), LONGEST_WAIT)


def simulator() -> Simulator:
    """The simulator behind the current request."""
    return cast(Simulator, current_app.extensions["simulator"])
