"""What the shared parts of the simulator ask of the classic service."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ..bank import INSTANT, Asked, Payout
from ..core import Simulator
from ..records import Payer
from ..service import Service
from . import demo_data
from .answers import correlation_id, error_answer, gateway_answer
from .control import callbacks, integrators, invoices, merchants, money, state
from .errors import ApiError, GatewayError
from .invoices import consumer_api, merchant_api
from .openid import pages
from .openid.records import Nonce
from .pages import payer, portal
from .parts import Classic
from .records import Consent, Delivery, Invoice, Issuer, Message
from .reporting import api, api_v3
from .reporting.records import Movement, Night, Transfer

#: What the gateway serves, and answers for when there is nothing behind it.
API_PATHS = ("/invoice-restapi/", "/transaction-reporting/", "/v3/reporting/")
OPENID_PATHS = ("/merchant/", "/merchant-authentication-openidconnect/", "/dk/", "/fi/")
TOKEN_PATHS = "/merchant/"
#: Holds no route: the templates of all of them.
TEMPLATES = Blueprint("classic", __name__, template_folder="templates")
BLUEPRINTS = (
    TEMPLATES,
    pages.blueprint,
    merchant_api.blueprint,
    consumer_api.blueprint,
    api.blueprint,
    api_v3.blueprint,
    payer.blueprint,
    portal.blueprint,
    callbacks.blueprint,
    integrators.blueprint,
    invoices.blueprint,
    merchants.blueprint,
    money.blueprint,
)
#: What a reset forgets.
FORGOTTEN: tuple[type[Any], ...] = (
    *(Invoice, Consent, Message, Delivery, Nonce),
    *(Movement, Transfer, Night),
)


class ClassicService(Service):
    """MobilePay Invoice, as it was before Vipps MobilePay."""

    paths = (*API_PATHS, *OPENID_PATHS)

    def __init__(self, simulator: Simulator, seed: int | None = None) -> None:
        self._store = simulator.store
        self.parts = Classic(simulator, seed)
        self.settings = self.parts.settings

    # network

    def mount(self, app: Flask) -> None:
        """Add routes, the APIs' errors and the echo of the correlation id."""
        app.extensions["classic"] = self.parts
        app.register_error_handler(ApiError, error_answer)
        app.register_error_handler(GatewayError, gateway_answer)
        app.after_request(_echo_correlation_id)
        for blueprint in BLUEPRINTS:
            app.register_blueprint(blueprint)

    def http_error(self, path: str, error: HTTPException) -> ResponseReturnValue | None:
        """The gateway's answer at the APIs; a fault of ours is a ServerError."""
        text, status = error.description or error.name, error.code or 500
        if status == 500 and path.startswith(self.paths):
            return error_answer(ApiError(500, "ServerError", text))
        if path.startswith(API_PATHS):
            return gateway_answer(GatewayError(status, error.name, text))
        return None

    def fault_content(
        self, path: str, style: str, _status: int
    ) -> dict[str, Any] | None:
        """``own`` is the Invoice API's refusal that no repeat would change."""
        if not path.startswith(self.paths):
            return None
        if style == "own":
            # amount must be above 0
            return {"error": "InputError", "error_code": "10008"}
        if path.startswith(TOKEN_PATHS):
            return {"error": "temporarily_unavailable"}
        return None

    # time

    def move_on(self, now: datetime) -> None:
        """Payments before nights: a transfer has all that happened before it."""
        self.parts.creation.validate_waiting()
        self.parts.lifecycle.tick()
        self.parts.nights.run(now)

    def deliver_due(self) -> None:
        """Send the callbacks that are due."""
        self.parts.callbacks.run_due()

    def next_due(self) -> datetime | None:
        """When a callback is due; None while they are paused."""
        queue = self.parts.callbacks
        return None if queue.is_paused else queue.next_due()

    def release_held(self) -> None:
        """Queue the callbacks that a fault delays."""
        self.parts.callbacks.release_held()

    def flush(self, retries: bool) -> dict[str, int]:
        """Validate waiting batches and try every delivery once."""
        self.parts.creation.validate_waiting(everything=True)
        return self.parts.callbacks.flush(retries)

    def pause(self, is_paused: bool) -> None:
        """Stop the job and its retries, or let them go on."""
        self.parts.callbacks.is_paused = is_paused

    # records

    def load_demo_data(self) -> None:
        """An integrator, a gateway app and the merchants' issuers."""
        demo_data.load(self.parts)

    def reset(self, keep_sessions: bool, keep_merchants: bool) -> None:
        """Forget invoices, money, consents and callbacks; clients and keys stay."""
        parts = self.parts
        with self._store.lock:
            for record_class in FORGOTTEN:
                self._store.table(record_class).clear()
            for part in (parts.invoices, parts.transfers, parts.ledger, parts.nights):
                part.rebuild()
            if not keep_merchants:
                self._store.table(Issuer).clear()
        parts.callbacks.clear()
        if not keep_sessions:
            parts.sessions.clear()
            parts.reporting_keys.clear()

    def state(self) -> dict[str, Any]:
        """Counts, sessions, invoices, money, consents and callbacks."""
        return state.show_state(self.parts)

    # pages and bank

    def index_section(self) -> str:
        """The APIs' addresses, and merchants with their issuers."""
        return portal.index_section()

    def phone_section(self, payer_: Payer) -> str:
        """Questions for consent, and invoices, newest first."""
        return payer.phone_section(payer_)

    def payouts(self, asked: Asked) -> list[Payout]:
        """The transfers that reached the account: not those of nothing, nor returned.

        A daily one shows MobilePay's reference, an instant one the merchant's own.
        """
        merchant = asked.merchant
        if asked.issuer_id:
            issuer = self._store.table(Issuer).get(asked.issuer_id)
            if issuer is None or issuer.merchant_id != merchant.id:
                abort(404, f"no issuer {asked.issuer_id}")
        transfers = self.parts.transfers.between(merchant.id, asked.first, asked.last)
        return [_payout(row) for row in transfers if row.total and not row.returned_at]


def _payout(transfer: Transfer) -> Payout:
    own = transfer.payment_reference if transfer.kind == INSTANT else None
    return Payout(
        id=transfer.id,
        day=transfer.day,
        amount=transfer.total,
        currency=transfer.currency,
        kind=transfer.kind,
        issuer_id=transfer.issuer_id,
        reference=transfer.reference,
        shown_reference=own or transfer.reference,
    )


def _echo_correlation_id(response: Response) -> Response:
    if request.path.startswith(API_PATHS):
        response.headers["CorrelationId"] = correlation_id()
    return response
