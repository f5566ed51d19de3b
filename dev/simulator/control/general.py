"""Health, state, reset, clock, settings and callbacks."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, abort, jsonify

from ..classic.control.money import show_balances, show_transfer
from ..classic.openid.records import describe
from ..classic.records import Consent, Invoice
from ..clock import parse_moment
from ..core import simulator
from ..demo_data import forget, load
from ..settings import SettingError
from .reading import body, merchant_or_404, needed, show

blueprint = Blueprint("control", __name__, url_prefix="/control")


@blueprint.get("/health")
def health() -> Response:
    """Alive, and what time it is here."""
    return jsonify(ok=True, now=simulator().clock.now(), base_url=simulator().base_url)


@blueprint.get("/state")
def state() -> Response:
    """Everything that was received and what became of it."""
    parts = simulator()
    return jsonify(
        now=parts.clock.now(),
        settings=parts.settings.as_dict(),
        **parts.journal.as_dict(),
        merchants=[show(merchant) for merchant in parts.merchants.all()],
        sessions=[describe(session) for session in parts.sessions.all()],
        invoices=[_invoice(invoice) for invoice in parts.store.table(Invoice).all()],
        transfers=[show_transfer(transfer) for transfer in parts.transfers.all()],
        balances=show_balances(),
        reporting_keys=parts.reporting_keys.describe(),
        consents=[show(consent) for consent in parts.store.table(Consent).all()],
        callbacks=_callbacks(),
        faults=parts.faults.as_dict(),
    )


@blueprint.get("/secrets")
def secrets() -> Response:
    """What passed by since the last reset that nobody else may hold, by kind."""
    return jsonify(simulator().secrets_seen.as_dict())


@blueprint.post("/reset")
def reset() -> Response:
    """As at the start: demo data, default settings, real time.

    ``{"keep_sessions": true}`` leaves merchants' consents (tokens) alone, and
    ``{"keep_merchants": true}`` the merchants with their callback addresses.
    """
    content = body()
    parts = simulator()
    parts.reset()
    if not content.get("keep_sessions"):
        parts.sessions.clear()
        parts.reporting_keys.clear()
    if not content.get("keep_merchants"):
        forget(parts)
    load(parts)
    return jsonify(ok=True)


@blueprint.route("/clock", methods=["GET", "POST"])
def clock() -> Response:
    """``{"advance_seconds": n}``, ``{"set": iso}`` or ``{"reset": true}``.

    The answer comes when all invoices have followed the new time.
    """
    content = body()
    time = simulator().clock
    try:
        if "advance_seconds" in content:
            time.advance(float(content["advance_seconds"]))
        elif "set" in content:
            time.set(parse_moment(content["set"]))
        elif content.get("reset"):
            time.reset()
    except (ValueError, TypeError, OverflowError) as error:
        abort(400, f"not a time: {error}")
    return jsonify(now=time.now())


@blueprint.route("/settings", methods=["GET", "POST"])
def settings() -> Response:
    """Read or change the settings."""
    try:
        simulator().settings.update(body())
    except SettingError as error:
        abort(400, str(error))
    simulator().wake()
    return jsonify(simulator().settings.as_dict())


@blueprint.get("/callbacks")
def callbacks() -> Response:
    """The queue and the log of deliveries."""
    return jsonify(_callbacks())


@blueprint.post("/callbacks/flush")
def flush() -> Response:
    """Validate waiting batches and try everything once, now.

    ``{"retries": false}`` leaves failed deliveries to their schedule. Works
    while paused, too.
    """
    parts = simulator()
    parts.invoices.validate_waiting(everything=True)
    return jsonify(parts.callbacks.flush(body().get("retries", True)))


@blueprint.post("/callbacks/<any(pause, resume):action>")
def pause(action: str) -> Response:
    """Stop or go on sending callbacks by themselves."""
    simulator().callbacks.is_paused = action == "pause"
    simulator().wake()
    return jsonify(paused=action == "pause")


@blueprint.post("/callbacks/inject")
def inject() -> Response:
    """Send a hand-made delivery and say how it went.

    ``body`` (any JSON) or ``raw`` (text as it is); ``merchant_vat`` for its
    address and authentication, and/or ``url`` and ``headers`` of one's own.
    """
    content = body()
    url, headers = content.get("url"), {}
    if "merchant_vat" in content:
        merchant = merchant_or_404(content["merchant_vat"])
        url = url or merchant.callback_url
        headers = simulator().callbacks.authorization(merchant)
    if not url:
        abort(400, "no url, and the merchant has no callback address")
    raw = content["raw"] if "raw" in content else json.dumps(needed(content, "body"))
    headers = {**headers, **content.get("headers", {})}
    return jsonify(simulator().callbacks.post(url, raw.encode(), headers))


def _callbacks() -> dict[str, Any]:
    queue = simulator().callbacks
    return {
        "paused": queue.is_paused,
        "queued": queue.queued(),
        "held": queue.held(),
        "deliveries": [show(delivery) for delivery in queue.deliveries()],
    }


def _invoice(invoice: Invoice) -> dict[str, Any]:
    attempts = simulator().invoices.attempts(invoice)
    return {
        **show(invoice),
        "number": invoice.number,
        "reference": invoice.reference,
        "create_attempts": attempts,
    }
