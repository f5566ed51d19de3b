"""The Vipps MobilePay service as one object: its parts, each with those it needs."""

from __future__ import annotations

from typing import cast

from flask import current_app

from ..core import Simulator
from .limits import RateLimits
from .links import Links
from .payments.adjustments import Adjustments
from .payments.book import PaymentBook
from .payments.creation import Creation
from .payments.idempotency import Idempotency
from .payments.lifecycle import Lifecycle
from .settings import VippsSettings
from .tokens import TokenBook
from .webhooks.queue import WebhookQueue
from .webhooks.registrations import Registrations


class Vipps:
    """Tokens, payments, webhooks and codes."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.settings = settings = VippsSettings()
        self.tokens = TokenBook(simulator, settings)
        self.limits = RateLimits(simulator, settings)
        self.links = Links(simulator)
        self.registrations = Registrations(simulator, settings)
        self.webhooks = WebhookQueue(simulator, settings, self.registrations)
        self.payments = PaymentBook(simulator)
        self.idempotency = Idempotency(simulator, settings)
        self.lifecycle = Lifecycle(simulator, settings, self.payments, self.webhooks)
        self.creation = Creation(simulator, settings, self.payments, self.lifecycle)
        self.adjustments = Adjustments(simulator, self.lifecycle)


def vipps() -> Vipps:
    """The Vipps MobilePay service behind the current request."""
    return cast(Vipps, current_app.extensions["vipps"])
