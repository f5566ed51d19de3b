"""Payments by hand: payer, time, bank, portal and trouble."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify

from ...control.reading import body, needed
from ...core import simulator
from ..errors import Problem
from ..parts import vipps
from ..payments.adjustments import OBSTACLES
from ..payments.lifecycle import PaymentRefusedError
from ..payments.shapes import amount_content
from ..records import Payment
from .inspect import show_payment
from .reading import payment_or_404

blueprint = Blueprint(
    "vipps_payment_control", __name__, url_prefix="/control/vipps/payments/<reference>"
)

OPERATIONS = ("capture", "cancel", "refund")
#: What a capture is told after the bank took the money back.
RELEASE_CODES = (6260, 6100)


@blueprint.post("/<any(approve, reject, postpone, abort, expire):action>")
def act(reference: str, action: str) -> Response:
    """What a payer or time does: ``phone``, if the payment does not know it."""
    content = body()
    payment = payment_or_404(reference, content)
    try:
        with simulator().store.lock:
            _act(payment, action, content)
    except PaymentRefusedError as error:
        abort(409, str(error))
    return jsonify(show_payment(payment))


@blueprint.post("/portal/<any(capture, cancel, refund):operation>")
def portal(reference: str, operation: str) -> Response:
    """What a person does in the merchant portal: ``amount`` in minor units, or all."""
    content = body()
    payment = payment_or_404(reference, content)
    adjustments = vipps().adjustments
    try:
        with simulator().store.lock:
            if operation == "cancel":
                adjustments.cancel(payment, only_transaction=False)
            else:
                change = getattr(adjustments, operation)
                change(payment, _amount(payment, operation, content), None)
    except Problem as problem:
        abort(409, f"{problem.code or problem.status}: {problem.detail}")
    return jsonify(show_payment(payment))


@blueprint.post("/bank-release")
def release(reference: str) -> Response:
    """The bank takes the reservation back: a capture is ``code`` (6260) from now on.

    ``{"code": null}`` gives the money back.
    """
    content = body()
    payment = payment_or_404(reference, content)
    code = content.get("code", RELEASE_CODES[0])
    if code not in (None, *RELEASE_CODES):
        abort(400, f"code must be one of {RELEASE_CODES}")
    with simulator().store.lock:
        payment.released_code = code
        vipps().payments.keep(payment)
    return jsonify(show_payment(payment))


@blueprint.post("/trouble")
def trouble(reference: str) -> Response:
    """The next ``times`` calls of ``operation`` are refused with ``code`` (or 423)."""
    content = body()
    payment = payment_or_404(reference, content)
    operation, code = needed(content, "operation"), needed(content, "code")
    times = content.get("times", 1)
    is_count = isinstance(times, int) and times > 0
    if operation not in OPERATIONS or code not in OBSTACLES or not is_count:
        abort(400, "operation, code or times cannot be")
    with simulator().store.lock:
        row = {"operation": operation, "code": code, "times": times}
        payment.obstacles.append(row)
        vipps().payments.keep(payment)
    return jsonify(show_payment(payment))


def _act(payment: Payment, action: str, content: dict[str, Any]) -> None:
    lifecycle = vipps().lifecycle
    if action == "expire":
        lifecycle.expire(payment)
        return
    if action == "abort":
        lifecycle.abort(payment)
        return
    phone = content.get("phone") or payment.phone or payment.payer_phone
    payer = simulator().payers.get(phone)
    if payer is None:
        abort(400, "phone is required")
    if action == "approve":
        lifecycle.approve(payment, payer)
    elif action == "reject":
        lifecycle.abort(payment, payer)
    else:
        lifecycle.postpone(payment, payer)


def _amount(payment: Payment, operation: str, content: dict[str, Any]) -> Any:
    captured = payment.captured - payment.refunded
    rest = payment.left if operation == "capture" else captured
    value = content.get("amount", rest)
    return {"modificationAmount": amount_content(payment, value)}
