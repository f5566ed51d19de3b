"""``/control/faults``: what is to go wrong."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify

from ..core import simulator
from ..faults import FaultError
from .reading import body, needed

blueprint = Blueprint("faults", __name__, url_prefix="/control")


@blueprint.get("/faults")
def show_faults() -> Response:
    """The rules with how often each struck."""
    return jsonify(simulator().faults.as_dict())


@blueprint.post("/faults")
def set_faults() -> Response:
    """``seed`` and ``rules``, in place of those that are there."""
    content = body()
    unknown = set(content) - {"seed", "rules"}
    if unknown:
        abort(400, f"unknown: {', '.join(sorted(unknown))}")
    try:
        simulator().set_faults(needed(content, "rules"), content.get("seed", 0))
    except FaultError as error:
        abort(400, str(error))
    return show_faults()


@blueprint.delete("/faults")
def end_faults() -> Response:
    """End all rules; what they did is still counted."""
    simulator().set_faults([])
    return show_faults()
