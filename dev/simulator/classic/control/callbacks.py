"""Callbacks by hand: sending them now, pausing them, sending one of one's own."""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, jsonify

from ...control.reading import body, merchant_or_404, needed
from ...core import simulator
from ..parts import classic
from .state import show_callbacks

blueprint = Blueprint("callbacks", __name__, url_prefix="/control")


@blueprint.get("/callbacks")
def callbacks() -> Response:
    """The queue and the log of deliveries."""
    return jsonify(show_callbacks(classic().callbacks))


@blueprint.post("/callbacks/flush")
def flush() -> Response:
    """Validate waiting batches and try everything once, now.

    ``{"retries": false}`` leaves failed deliveries to their schedule. Works
    while paused, too.
    """
    classic().creation.validate_waiting(everything=True)
    return jsonify(classic().callbacks.flush(body().get("retries", True)))


@blueprint.post("/callbacks/<any(pause, resume):action>")
def pause(action: str) -> Response:
    """Stop or go on sending callbacks by themselves."""
    classic().callbacks.is_paused = action == "pause"
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
        headers = classic().callbacks.authorization(merchant)
    if not url:
        abort(400, "no url, and the merchant has no callback address")
    raw = content["raw"] if "raw" in content else json.dumps(needed(content, "body"))
    headers = {**headers, **content.get("headers", {})}
    return jsonify(classic().callbacks.post(url, raw.encode(), headers))
