"""The payer's phone: one for all services.

What came in is shown by the services, which also have the addresses to answer it.
"""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from .core import simulator
from .phones import read_number
from .records import Payer

blueprint = Blueprint("phone", __name__)


@blueprint.get("/phone/<number>")
def phone(number: str) -> ResponseReturnValue:
    """The app: what came in, newest first."""
    return phone_page(payer_or_404(number))


def phone_page(payer: Payer, problem: str | None = None) -> str:
    """The payer's phone, with what went wrong just now."""
    shown = [service.phone_section(payer) for service in simulator().services]
    return render_template(
        "phone.html",
        payer=payer,
        sections=[row for row in shown if row],
        problem=problem,
    )


def payer_or_404(number: str) -> Payer:
    """The person with this phone number."""
    payer = simulator().payers.get(read_number(number, "DK"))
    if payer:
        return payer
    abort(404, "This phone number has no MobilePay.")
