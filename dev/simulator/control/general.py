"""Health, state, secrets, reset, clock and settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify

from ..clock import parse_moment
from ..core import simulator
from ..demo_data import load
from ..settings import SettingError, change
from .reading import body, show

blueprint = Blueprint("control", __name__, url_prefix="/control")


@blueprint.get("/health")
def health() -> Response:
    """Alive, and what time it is here."""
    return jsonify(ok=True, now=simulator().clock.now(), base_url=simulator().base_url)


@blueprint.get("/state")
def state() -> Response:
    """Everything that was received and what became of it."""
    shared = simulator()
    services: dict[str, Any] = {}
    for service in shared.services:
        services |= service.state()
    return jsonify(
        now=shared.clock.now(),
        settings=_settings(),
        **shared.journal.as_dict(),
        merchants=[show(merchant) for merchant in shared.merchants.all()],
        **services,
        faults=shared.faults.as_dict(),
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
    keep_sessions = bool(content.get("keep_sessions"))
    keep_merchants = bool(content.get("keep_merchants"))
    simulator().reset(keep_sessions, keep_merchants)
    load(simulator())
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
        change(simulator().setting_groups(), body())
    except SettingError as error:
        abort(400, str(error))
    simulator().wake()
    return jsonify(_settings())


def _settings() -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for group in simulator().setting_groups():
        shown |= group.as_dict()
    return shown
