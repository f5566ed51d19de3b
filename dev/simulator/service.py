"""What the shared parts ask of a service of MobilePay.

``classic/`` is one, ``vipps/`` another. Each brings its own implementation, and
``app.py`` makes them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from .bank import Asked, Payout
from .records import Payer
from .settings import SettingGroup


class Service(ABC):
    """One of MobilePay's services, over one clock, one bank and the same payers."""

    #: How the paths begin that MobilePay itself would serve: latency and faults
    #: strike there.
    paths: tuple[str, ...]
    settings: SettingGroup

    # network

    @abstractmethod
    def mount(self, app: Flask) -> None:
        """Add the service's routes and errors to the application."""

    @abstractmethod
    def http_error(self, path: str, error: HTTPException) -> ResponseReturnValue | None:
        """What the framework refuses, in the style of the path; None for others'."""

    @abstractmethod
    def fault_content(
        self, path: str, style: str, status: int
    ) -> dict[str, Any] | None:
        """The JSON of an error that a fault makes up; None for the gateway's."""

    # time

    @abstractmethod
    def move_on(self, now: datetime) -> None:
        """Do what the present moment asks for; the store is locked."""

    @abstractmethod
    def deliver_due(self) -> None:
        """Call back whom there is something to tell."""

    @abstractmethod
    def next_due(self) -> datetime | None:
        """When there is something to deliver next."""

    @abstractmethod
    def release_held(self) -> None:
        """Send what a fault keeps back."""

    @abstractmethod
    def flush(self, retries: bool) -> dict[str, int]:
        """Try all that is to be told once, now; count ``tried`` and what became of it.

        Without ``retries`` what failed before is left to its schedule.
        """

    @abstractmethod
    def pause(self, is_paused: bool) -> None:
        """Tell nobody by itself any more, or again."""

    # records

    @abstractmethod
    def load_demo_data(self) -> None:
        """Add the demo data where it is missing."""

    @abstractmethod
    def reset(self, keep_sessions: bool, keep_merchants: bool) -> None:
        """Forget everything but what is to be kept."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """All that was received and what became of it, for showing."""

    # pages and bank

    @abstractmethod
    def index_section(self) -> str:
        """HTML for the index page: the service's addresses and merchants."""

    @abstractmethod
    def phone_section(self, payer: Payer) -> str:
        """HTML for the payer's phone: what came in; empty for nothing."""

    @abstractmethod
    def payouts(self, asked: Asked) -> list[Payout]:
        """What was paid to the merchant's bank account, oldest first."""
