"""Sending what all services have to tell: now, or not by itself."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, Response, jsonify

from ..core import simulator
from .reading import body

blueprint = Blueprint("sending", __name__, url_prefix="/control")


@blueprint.post("/callbacks/flush")
def flush() -> Response:
    """Finish what waits (validation of batches) and try everything once, now.

    ``{"retries": false}`` leaves failed deliveries to their schedule. Works
    while paused, too.
    """
    retries = bool(body().get("retries", True))
    counts = Counter(tried=0, delivered=0, failed=0)
    for service in simulator().services:
        counts.update(service.flush(retries))
    return jsonify(dict(counts))


@blueprint.post("/callbacks/<any(pause, resume):action>")
def pause(action: str) -> Response:
    """Stop or go on sending callbacks by themselves."""
    for service in simulator().services:
        service.pause(action == "pause")
    simulator().wake()
    return jsonify(paused=action == "pause")
