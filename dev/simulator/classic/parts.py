"""The classic service as one object: its parts, each made with those it needs."""

from __future__ import annotations

from typing import cast

from flask import current_app

from ..core import Simulator
from .callbacks.queue import CallbackQueue
from .invoices.book import InvoiceBook
from .invoices.consents import ConsentBook
from .invoices.creation import InvoiceCreation
from .invoices.lifecycle import Lifecycle
from .openid.sessions import SessionBook
from .reporting.cashier import Cashier
from .reporting.keys import KeyBook
from .reporting.ledger import Ledger
from .reporting.nights import Nights
from .reporting.transfers import TransferBook
from .settings import ClassicSettings


class Classic:
    """Sessions, invoices, consents, callbacks and money."""

    def __init__(self, simulator: Simulator, seed: int | None = None) -> None:
        self.simulator = simulator
        self.settings = settings = ClassicSettings()
        self.sessions = SessionBook(simulator, settings)
        self.reporting_keys = KeyBook(simulator)
        self.callbacks = CallbackQueue(simulator, settings)
        self.consents = ConsentBook(simulator, settings)
        self.ledger = Ledger(simulator, seed)
        self.transfers = TransferBook(simulator, self.ledger)
        self.cashier = Cashier(simulator, self.ledger, self.transfers)
        self.nights = Nights(simulator, self.ledger, self.transfers)
        self.lifecycle = Lifecycle(
            simulator, settings, self.callbacks, self.consents, self.cashier, seed
        )
        self.invoices = InvoiceBook(simulator)
        self.creation = InvoiceCreation(
            simulator, settings, self.invoices, self.lifecycle
        )

    def send_early(self, merchant_id: str, call: str) -> None:
        """If a fault says so, tell of a create call before it is answered."""
        if self.callbacks.is_early(call):
            self.creation.validate_waiting(everything=True)
            self.callbacks.send_to(merchant_id)


def classic() -> Classic:
    """The classic service behind the current request."""
    return cast(Classic, current_app.extensions["classic"])
