"""``POST /accesstoken/get`` (contract, section 2)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from .answers import answer
from .gateway import check_msn, check_subscription_key, check_system_headers, is_same
from .parts import vipps

blueprint = Blueprint("vipps_token", __name__)


# the path's case does not matter: the official plugin writes it so
@blueprint.post("/accessToken/get")
@blueprint.post("/accesstoken/get")
def get_token() -> Response:
    """Headers alone say who asks; the body is empty."""
    unit = check_subscription_key()
    client_id = request.headers.get("client_id", "")
    client_secret = request.headers.get("client_secret", "")
    if not (client_id and client_secret):
        return _refuse(400, "invalid_request", "client_id or client_secret is missing")
    is_right = is_same(client_id, unit.client_id)
    if not (is_same(client_secret, unit.client_secret) and is_right):
        return _refuse(401, "invalid_client", "These credentials are not known")
    check_msn(unit, is_needed=False)
    check_system_headers()
    return answer(vipps().tokens.issue(unit))


def _refuse(status: int, error: str, text: str) -> Response:
    return answer({"error": error, "error_description": text}, status)
