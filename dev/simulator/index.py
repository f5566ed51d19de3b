"""The index page: who exists here, with links to everything."""

from __future__ import annotations

from flask import Blueprint, render_template

from .core import simulator

blueprint = Blueprint("index", __name__)


@blueprint.get("/")
def index() -> str:
    """What each service has to show, and the payers' phones."""
    return render_template(
        "index.html",
        sections=[row.index_section() for row in simulator().services],
        payers=simulator().payers.all(),
        now=simulator().clock.now(),
    )
