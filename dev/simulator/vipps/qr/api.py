"""Merchant-redirect codes: printable, never used up, their target may change."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from ...core import simulator
from ..answers import answer, read_json
from ..errors import Problem, WrongField
from ..gateway import check_all, current_unit
from ..parts import vipps
from ..payments.fields import LOOPBACK
from ..payments.receipts import check_whole
from ..records import PrintedCode

blueprint = Blueprint("vipps_qr", __name__, url_prefix="/qr/v1/merchant-redirect")
blueprint.before_request(check_all)

ID = re.compile(r"[-_+%æøåÆØÅ\w\s]{1,128}")
TARGET = re.compile(r"https://[\w\.]+([\w#!:.?+=&%@\-/]+)?")
#: Where a demo runs.
LOCAL_TARGET = re.compile(r"http://({})(:\d+)?(/.*)?".format("|".join(LOOPBACK)))
ACCEPTED = ("image/*", "image/png", "image/svg+xml", "text/targetUrl")
SHORTEST_TTL, LONGEST_TTL = 300, 2147483647
NEVER = -1


@blueprint.post("")
def create() -> Response:
    """A new code; 409 when the id is taken."""
    _check_accept()
    body, unit = read_json(), current_unit()
    code_id = body.get("id")
    if not isinstance(code_id, str) or not ID.fullmatch(code_id):
        raise WrongField("id", f"Must match ^{ID.pattern}$")
    target = _read_target(body.get("redirectUrl"))
    expires_at = None
    if body.get("ttl") is not None:
        check_whole("ttl", body["ttl"], SHORTEST_TTL, LONGEST_TTL)
        expires_at = simulator().clock.now() + timedelta(seconds=body["ttl"])
    key = f"{unit.msn} {code_id}"
    with simulator().store.lock:
        if _find(code_id):
            return answer({"id": code_id}, 409)
        code = PrintedCode(
            key=key,
            msn=unit.msn,
            id=code_id,
            target=target,
            token=secrets.token_urlsafe(12),
            expires_at=expires_at,
        )
        simulator().store.table(PrintedCode).put(code)
    return answer(_content(code))


@blueprint.get("")
def show_all() -> Response:
    """All of the sales unit's: an array."""
    rows = simulator().store.table(PrintedCode).find(msn=current_unit().msn)
    return answer([_content(row) for row in rows])


@blueprint.get("/<code_id>")
def show(code_id: str) -> Response:
    """One of them."""
    _check_accept()
    return answer(_content(_one(code_id)))


@blueprint.put("/<code_id>")
def change(code_id: str) -> Response:
    """Another target; what is printed stays as it is."""
    _check_accept()
    code = _one(code_id)
    code.target = _read_target(read_json().get("redirectUrl"))
    simulator().store.table(PrintedCode).put(code)
    return answer(_content(code))


@blueprint.delete("/<code_id>")
def delete(code_id: str) -> Response:
    """The id may be used again; printed copies stay dead."""
    code = _one(code_id)
    simulator().store.table(PrintedCode).delete(code.key)
    return Response(status=200)


def _find(code_id: str) -> PrintedCode | None:
    key = f"{current_unit().msn} {code_id}"
    return simulator().store.table(PrintedCode).get(key)


def _one(code_id: str) -> PrintedCode:
    code = _find(code_id)
    if code is None:
        raise Problem(404, "Not Found", f"There is no code {code_id}")
    return code


def _check_accept() -> None:
    if request.headers.get("Accept", "") not in ACCEPTED:
        text = f"Accept must be one of {', '.join(ACCEPTED)}"
        raise Problem(415, "Unsupported Media Type", text)


def _read_target(url: Any) -> str:
    if not isinstance(url, str):
        raise WrongField("redirectUrl", "The property is required")
    if not (TARGET.fullmatch(url) or LOCAL_TARGET.fullmatch(url)):
        raise WrongField("redirectUrl", f"Must match ^{TARGET.pattern}$")
    return url


def _content(code: PrintedCode) -> dict[str, Any]:
    links, accept = vipps().links, request.headers.get("Accept", "")
    url = links.printed_image(code.token)
    if accept == "text/targetUrl":
        url = links.printed(code.token)
    elif accept == "image/png":
        url = f"{url}?format=png&size={request.headers.get('Size', '1024')}"
    left = NEVER
    if code.expires_at:
        left = int((code.expires_at - simulator().clock.now()).total_seconds())
    return {
        "id": code.id,
        "url": url,
        "redirectUrl": code.target,
        "expiresIn": left,
    }
