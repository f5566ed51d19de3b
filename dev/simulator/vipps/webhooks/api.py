"""The routes of webhooks."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from ...core import simulator
from ..answers import answer, no_content, read_json
from ..errors import Problem
from ..gateway import check_all, current_unit
from ..parts import vipps
from ..records import Webhook

blueprint = Blueprint("vipps_webhooks", __name__, url_prefix="/webhooks/v1")
blueprint.before_request(check_all)


@blueprint.post("/webhooks")
def register() -> Response:
    """The only answer that has the secret."""
    webhook = vipps().registrations.register(current_unit().msn, read_json())
    return answer({"id": webhook.id, "secret": webhook.secret}, 201)


@blueprint.get("/webhooks")
def show_all() -> Response:
    """All of the sales unit's."""
    rows = vipps().registrations.of(current_unit().msn)
    return answer({"webhooks": [_content(row) for row in rows]})


@blueprint.delete("/webhooks/<webhook_id>")
def delete(webhook_id: str) -> Response:
    """Nothing is sent there any more; another sales unit's is not found."""
    with simulator().store.lock:
        webhook = vipps().registrations.get(webhook_id)
        if webhook is None or webhook.msn != current_unit().msn:
            raise Problem(404, "Not Found", "There is no such webhook")
        vipps().registrations.delete(webhook_id)
        vipps().webhooks.forget(webhook_id)
    return no_content()


def _content(webhook: Webhook) -> dict[str, Any]:
    return {"id": webhook.id, "url": webhook.url, "events": webhook.events}
