"""``GET /control/vipps``: what was received and what became of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, Response, jsonify

from ...control.reading import show
from ..parts import Vipps, vipps
from ..payments.shapes import aggregate_content
from ..records import AccessToken, Payment, Webhook

blueprint = Blueprint("vipps_inspect", __name__, url_prefix="/control")


@blueprint.get("/vipps")
def inspect() -> Response:
    """The same as ``vipps`` in ``GET /control/state``."""
    return jsonify(show_state(vipps()))


def show_state(parts: Vipps) -> dict[str, Any]:
    """Payments, calls, webhooks."""
    journal, payments = parts.simulator.journal, parts.payments.all()
    return {
        "calls": journal.counts("vipps_calls"),
        "missing_headers": journal.counts("vipps_missing_headers"),
        "states": dict(Counter(row.state for row in payments)),
        "double_captures": sum(row.double_captures for row in payments),
        "payments": [show_payment(row) for row in payments],
        "tokens": len(parts.simulator.store.table(AccessToken)),
        "webhooks": [show_webhook(row) for row in parts.registrations.all()],
        "deliveries": show_queue(parts),
    }


def show_payment(payment: Payment) -> dict[str, Any]:
    """A payment with its aggregate, without the token of its landing page."""
    # no deep copy: there may be thousands of them
    shown = dict(vars(payment))
    for name in ("token", "authorized", "cancelled", "captured", "refunded"):
        del shown[name]
    names = Counter(event["name"] for event in payment.events)
    return {
        **shown,
        "aggregate": aggregate_content(payment),
        "captures": names["CAPTURED"],
    }


def show_webhook(webhook: Webhook) -> dict[str, Any]:
    """A registration without its secret."""
    shown = show(webhook)
    del shown["secret"]
    return shown


def show_queue(parts: Vipps) -> dict[str, Any]:
    """How many wait, and whether they are sent by themselves."""
    queue = parts.webhooks
    return {"paused": queue.is_paused, **queue.counts()}
