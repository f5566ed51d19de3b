"""Webhooks by hand: what was sent, losing registrations, sending one of one's own."""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, jsonify

from ...control.reading import body, needed, show
from ...core import simulator
from ..parts import vipps
from .inspect import show_queue, show_webhook

blueprint = Blueprint("vipps_webhook_control", __name__, url_prefix="/control/vipps")


@blueprint.get("/webhooks")
def webhooks() -> Response:
    """Registrations (without secrets), and the log of deliveries."""
    parts = vipps()
    return jsonify(
        webhooks=[show_webhook(row) for row in parts.registrations.all()],
        **show_queue(parts),
        deliveries=[show(row) for row in parts.webhooks.notices()],
    )


@blueprint.delete("/webhooks")
def forget() -> Response:
    """Registrations disappear, as MobilePay may do: all, of ``msn``, or the ``id``."""
    content = body()
    msn, webhook_id = content.get("msn"), content.get("id")
    with simulator().store.lock:
        gone = [
            row.id
            for row in vipps().registrations.all()
            if msn in (None, row.msn) and webhook_id in (None, row.id)
        ]
        for row_id in gone:
            vipps().registrations.delete(row_id)
            vipps().webhooks.forget(row_id)
    return jsonify(forgotten=gone)


@blueprint.post("/webhooks/inject")
def inject() -> Response:
    """Send a hand-made delivery, signed for the registration ``id``; how it went.

    ``body`` (any JSON) or ``raw`` (text as it is); ``url`` and ``headers`` of one's
    own replace those that were made, a header that is null is left out.
    """
    content = body()
    raw = content["raw"] if "raw" in content else json.dumps(needed(content, "body"))
    queue, data = vipps().webhooks, raw.encode()
    url, headers = queue.signed(str(content.get("id")), data)
    url = content.get("url") or url
    if not url:
        abort(400, "no url, and no such registration")
    wanted = {**headers, **content.get("headers", {})}
    sent = {name: value for name, value in wanted.items() if value is not None}
    return jsonify(queue.sender.post(url, data, sent))
