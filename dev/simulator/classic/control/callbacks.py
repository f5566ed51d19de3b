"""Callbacks by hand: what was sent, and sending one of one's own."""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, jsonify

from ...control.reading import body, merchant_or_404, needed
from ..parts import classic
from .state import show_callbacks

blueprint = Blueprint("callbacks", __name__, url_prefix="/control")


@blueprint.get("/callbacks")
def callbacks() -> Response:
    """The queue and the log of deliveries."""
    return jsonify(show_callbacks(classic().callbacks))


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
    return jsonify(classic().callbacks.sender.post(url, raw.encode(), headers))
