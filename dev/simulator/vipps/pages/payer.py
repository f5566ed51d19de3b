"""The app's part of the phone page, and the landing page.

A script may POST the same forms that a person does.

``POST /phone/<number>/payments/<payment id>/<action>``
    action ``approve``, ``reject`` or ``postpone``. Ends with a redirect (303) to the
    phone; 409 with the phone and what went wrong.
``POST /vipps/landing?token=…`` (the payment's ``redirectUrl``)
    form fields ``action`` and ``phone``. ``pay`` approves at once, ``abort`` turns it
    down: both end with a redirect (303) to ``returnUrl``. ``send`` puts it on the
    phone; the page then waits, and leads to ``returnUrl`` once it is decided.
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ...core import simulator
from ...phone import payer_or_404, phone_page
from ...phones import read_number
from ...records import Payer
from ..links import LANDING
from ..parts import vipps
from ..payments.lifecycle import PaymentRefusedError
from ..records import CREATED, PUSH, Payment, SalesUnit
from .cards import show_card

blueprint = Blueprint("vipps_payer", __name__)


@blueprint.post(
    "/phone/<number>/payments/<payment_id>/<any(approve, reject, postpone):action>"
)
def act(number: str, payment_id: str, action: str) -> ResponseReturnValue:
    """The payer answers what came in."""
    payer = payer_or_404(number)
    payment = vipps().payments.get(payment_id)
    if payment is None:
        abort(404, "There is no such payment.")
    try:
        with simulator().store.lock:
            _act(payment, payer, action)
    except PaymentRefusedError as error:
        return phone_page(payer, str(error)), 409
    return redirect(url_for("phone.phone", number=payer.phone), 303)


@blueprint.get(LANDING)
def landing() -> ResponseReturnValue:
    """Where ``redirectUrl`` leads: pay, or back to the merchant if it is decided."""
    payment = _payment_or_404()
    if payment.state != CREATED:
        return _send_back(payment)
    return _landing_page(payment)


@blueprint.post(LANDING)
def decide() -> ResponseReturnValue:
    """Pay, find it on the phone, or leave."""
    payment = _payment_or_404()
    action = request.form.get("action", "pay")
    try:
        with simulator().store.lock:
            if action == "abort":
                vipps().lifecycle.abort(payment)
                return _send_back(payment)
            payer = _payer_of_form(payment)
            if payer is None:
                problem = "This phone number has no MobilePay."
                return _landing_page(payment, problem), 404
            if action == "send":
                vipps().lifecycle.send_to_phone(payment, payer)
                return redirect(request.url, 303)
            vipps().lifecycle.approve(payment, payer)
    except PaymentRefusedError as error:
        return _landing_page(payment, str(error)), 409
    return _send_back(payment)


def phone_section(payer: Payer) -> str:
    """Payments that came in or were opened, newest first; empty for nothing."""
    rows = [row for row in vipps().payments.all() if _is_theirs(row, payer)]
    cards = [show_card(row) for row in reversed(rows)]
    if not cards:
        return ""
    return render_template("vipps/phone.html", payer=payer, cards=cards)


def _act(payment: Payment, payer: Payer, action: str) -> None:
    lifecycle = vipps().lifecycle
    if not _is_theirs(payment, payer):
        raise PaymentRefusedError("This payment is another person's.")
    if action == "approve":
        lifecycle.approve(payment, payer)
    elif action == "reject":
        lifecycle.abort(payment, payer)
    else:
        lifecycle.postpone(payment, payer)


def _is_theirs(payment: Payment, payer: Payer) -> bool:
    """A push comes by itself; anything else once this person opened it."""
    is_push = payment.user_flow == PUSH and payment.phone == payer.phone
    return is_push or payment.payer_phone == payer.phone


def _payer_of_form(payment: Payment) -> Payer | None:
    unit = simulator().store.table(SalesUnit).one(payment.msn)
    number = read_number(request.form.get("phone", ""), unit.country)
    return simulator().payers.get(number)


def _send_back(payment: Payment) -> ResponseReturnValue:
    """To ``returnUrl`` as it is: it says nothing of what happened."""
    url = payment.values.get("returnUrl")
    if url:
        return redirect(url, 303)
    return render_template("vipps/done.html", card=show_card(payment))


def _landing_page(payment: Payment, problem: str | None = None) -> str:
    return render_template(
        "vipps/landing.html",
        card=show_card(payment),
        payment=payment,
        problem=problem,
        phone=request.form.get("phone") or payment.payer_phone or payment.phone or "",
    )


def _payment_or_404() -> Payment:
    payment = vipps().payments.by_token(request.args.get("token", ""))
    if payment is None:
        abort(404, "This address is not valid (any more).")
    return payment
