"""What the shared parts of the simulator ask of the Vipps MobilePay service."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ..bank import Asked, Payout
from ..core import Simulator
from ..records import Payer
from ..service import Service
from . import demo_data, token_api
from .answers import gateway_answer, problem_answer, problem_content
from .control import inspect, units, webhooks
from .control import payments as payments_control
from .errors import GatewayError, Problem, Refusal
from .pages import payer
from .parts import Vipps
from .payments import api as payments_api
from .qr import api as qr_api
from .qr import pages as qr_pages
from .records import (
    AccessToken,
    Answered,
    Payment,
    PrintedCode,
    SalesUnit,
    Webhook,
)
from .webhooks import api as webhooks_api

#: Holds no route: the templates of all of them.
TEMPLATES = Blueprint("vipps", __name__, template_folder="templates")
BLUEPRINTS = (
    TEMPLATES,
    token_api.blueprint,
    payments_api.blueprint,
    webhooks_api.blueprint,
    qr_api.blueprint,
    qr_pages.blueprint,
    payer.blueprint,
    inspect.blueprint,
    payments_control.blueprint,
    units.blueprint,
    webhooks.blueprint,
)
#: What a reset forgets.
FORGOTTEN: tuple[type[Any], ...] = (Payment, Answered, PrintedCode)


class VippsService(Service):
    """Vipps MobilePay, as any merchant of Denmark, Finland or Norway can have it."""

    paths = ("/accesstoken/", "/accessToken/", "/epayment/", "/webhooks/", "/qr/")

    def __init__(self, simulator: Simulator) -> None:
        self._store = simulator.store
        self.parts = Vipps(simulator)
        self.settings = self.parts.settings

    # network

    def mount(self, app: Flask) -> None:
        """Add routes and the errors of APIs and gateway."""
        app.extensions["vipps"] = self.parts
        app.register_error_handler(Problem, problem_answer)
        app.register_error_handler(GatewayError, gateway_answer)
        for blueprint in BLUEPRINTS:
            app.register_blueprint(blueprint)

    def http_error(self, path: str, error: HTTPException) -> ResponseReturnValue | None:
        """The gateway's answer at the APIs; a fault of ours is a Problem."""
        if not path.startswith(self.paths):
            return None
        text, status = error.description or error.name, error.code or 500
        if status == 500:
            return problem_answer(Problem(500, "Internal Server Error", text))
        return gateway_answer(GatewayError(status, text))

    def fault_content(
        self, path: str, style: str, status: int
    ) -> dict[str, Any] | None:
        """``own`` is ePayment's refusal that no repeat would change."""
        if not path.startswith(self.paths):
            return None
        if style == "own":
            refusal = Refusal(4040, status=status)
            return problem_content(refusal, path.removeprefix("/epayment"))
        return {"statusCode": status, "message": "A fault on the way"}

    # time

    def move_on(self, now: datetime) -> None:
        """Outcomes that are known by now, expiry, dead registrations."""
        self.parts.lifecycle.move_on(now)
        for webhook_id in self.parts.registrations.remove_dead(now):
            self.parts.webhooks.forget(webhook_id)

    def deliver_due(self) -> None:
        """Send the webhooks that are due."""
        self.parts.webhooks.run_due()

    def next_due(self) -> datetime | None:
        """When a webhook is due; None while they are paused."""
        queue = self.parts.webhooks
        return None if queue.is_paused else queue.next_due()

    def release_held(self) -> None:
        """Queue the webhooks that a fault delays."""
        self.parts.webhooks.release_held()

    def flush(self, retries: bool) -> dict[str, int]:
        """Try every webhook once, each payment's in their order."""
        return self.parts.webhooks.flush(retries)

    def pause(self, is_paused: bool) -> None:
        """Send none by itself, or go on."""
        self.parts.webhooks.is_paused = is_paused

    # records

    def load_demo_data(self) -> None:
        """The sales units."""
        demo_data.load(self.parts)

    def reset(self, keep_sessions: bool, keep_merchants: bool) -> None:
        """Forget payments, answers and deliveries.

        ``keep_sessions`` keeps access tokens, ``keep_merchants`` sales units and
        webhooks.
        """
        parts = self.parts
        with self._store.lock:
            for record_class in FORGOTTEN:
                self._store.table(record_class).clear()
            if not keep_merchants:
                self._store.table(SalesUnit).clear()
                self._store.table(Webhook).clear()
            if not keep_sessions:
                self._store.table(AccessToken).clear()
            parts.payments.rebuild()
        parts.webhooks.clear()
        parts.limits.clear()

    def state(self) -> dict[str, Any]:
        """Everything of this service, under one name."""
        return {"vipps": inspect.show_state(self.parts)}

    # pages and bank

    def index_section(self) -> str:
        """The address, and the sales units with their keys."""
        return render_template(
            "vipps/index.html",
            units=self._store.table(SalesUnit).all(),
            base_url=self.parts.simulator.base_url,
        )

    def phone_section(self, payer_: Payer) -> str:
        """Payments, newest first."""
        return payer.phone_section(payer_)

    def payouts(self, asked: Asked) -> list[Payout]:
        """None yet: settlement is not simulated for this service."""
        return []
