"""The routes of ePayment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from ...core import simulator
from ...phones import read_number
from ...records import Payer
from ..answers import PROBLEM, answer, read_json
from ..errors import Problem, Refusal, WrongField
from ..gateway import check_all, current_unit, idempotency_key
from ..parts import vipps
from ..records import AUTHORIZED, PUSH, Payment
from .idempotency import Call
from .lifecycle import PaymentRefusedError
from .shapes import adjusted_content, event_content, payment_content

PAYMENT = "/payments/<reference>"
CANCEL_ONLY = "cancelTransactionOnly"

blueprint = Blueprint("vipps_payments", __name__, url_prefix="/epayment/v1")
blueprint.before_request(check_all)


@blueprint.before_request
def check_type() -> None:
    """A body is JSON and says so."""
    if request.get_data() and not request.is_json:
        text = "Content-Type must be application/json"
        raise Problem(415, "Unsupported Media Type", text)


@blueprint.post("/payments")
def create() -> Response:
    """A new payment; 201 with where to send the payer, unless it is a push."""
    body = _reference_of_body()
    reference = body.get("reference")

    def act(key: str | None) -> dict[str, Any]:
        payment = vipps().creation.create(current_unit(), read_json(), key)
        return _created(payment)

    return _write("create", str(reference), act, status=201)


@blueprint.get(PAYMENT)
def get(reference: str) -> Response:
    """What became of it."""
    payment = _read("get", reference)
    return answer(payment_content(payment, vipps().links.landing(payment)))


@blueprint.get(f"{PAYMENT}/events")
def events(reference: str) -> Response:
    """Its log, oldest first."""
    payment = _read("events", reference)
    return answer([event_content(payment, row) for row in payment.events])


@blueprint.post(f"{PAYMENT}/capture")
def capture(reference: str) -> Response:
    """Take reserved money."""

    def act(key: str | None) -> dict[str, Any]:
        payment = _payment(reference)
        vipps().adjustments.capture(payment, read_json(), key)
        return adjusted_content(payment)

    return _write("capture", reference, act)


@blueprint.post(f"{PAYMENT}/refund")
def refund(reference: str) -> Response:
    """Give captured money back."""

    def act(key: str | None) -> dict[str, Any]:
        payment = _payment(reference)
        vipps().adjustments.refund(payment, read_json(), key)
        return adjusted_content(payment)

    return _write("refund", reference, act)


@blueprint.post(f"{PAYMENT}/cancel")
def cancel(reference: str) -> Response:
    """End it, or release what is reserved; the body may be missing."""

    def act(_key: str | None) -> dict[str, Any]:
        payment = _payment(reference)
        body = read_json() if request.get_data() else {}
        only = body.get(CANCEL_ONLY)
        if only not in (None, True, False):
            raise WrongField(CANCEL_ONLY, "true or false")
        vipps().adjustments.cancel(payment, bool(only))
        return adjusted_content(payment)

    needs_key = vipps().settings.vipps_cancel_needs_key
    return _write("cancel", reference, act, needs_key=needs_key)


@blueprint.post("/test/payments/<reference>/approve")
def force_approve(reference: str) -> Response:
    """In test only: the customer approves without the app.

    MobilePay wants the customer to have approved one by hand before; not so here.
    """
    body = read_json()
    with simulator().store.lock:
        payment = _payment(reference)
        _count("force_approve", reference)
        if payment.state == AUTHORIZED:
            raise Refusal(6230)
        payer = _approver(payment, body)
        try:
            vipps().lifecycle.approve(payment, payer)
        except PaymentRefusedError as error:
            raise Refusal(10010, str(error)) from error
    return Response(status=200)


def _approver(payment: Payment, body: dict[str, Any]) -> Payer:
    """By the customer's number, or the token: then whom the merchant asked.

    A link was nobody's so far: then it is somebody's of the sales unit's country.
    """
    payers = simulator().payers
    customer, token = body.get("customer"), body.get("token")
    if token not in (None, payment.token):
        raise Refusal(10020)
    phone = payment.phone or payment.payer_phone if token else None
    if isinstance(customer, dict):
        phone = read_number(str(customer.get("phoneNumber")), "DK")
    elif token and phone is None:
        phone = payers.find(country=current_unit().country)[0].phone
    payer = payers.get(phone)
    if payer is None:
        raise Refusal(10030)
    return payer


def _created(payment: Payment) -> dict[str, Any]:
    content: dict[str, Any] = {"reference": payment.reference}
    if payment.user_flow != PUSH:
        content["redirectUrl"] = vipps().links.redirect_url(payment)
    return content


def _reference_of_body() -> dict[str, Any]:
    """The body as far as the rate limit needs it; what is wrong is said later."""
    try:
        return read_json()
    except WrongField:
        return {}


def _read(operation: str, reference: str) -> Payment:
    key = request.headers.get("Ocp-Apim-Subscription-Key", "")
    vipps().limits.count(False, operation, key, reference)
    _count(operation, reference)
    return _payment(reference)


def _payment(reference: str) -> Payment:
    """The sales unit's payment; 5090 for none."""
    return vipps().payments.one(current_unit().msn, reference)


def _count(operation: str, reference: str) -> None:
    """One call more, whatever the answer."""
    simulator().journal.count("vipps_calls", operation)
    with simulator().store.lock:
        payment = vipps().payments.find(current_unit().msn, reference)
        if payment:
            payment.calls[operation] = payment.calls.get(operation, 0) + 1
            vipps().payments.keep(payment)


def _write(
    operation: str,
    reference: str,
    act: Callable[[str | None], dict[str, Any]],
    status: int = 200,
    needs_key: bool = True,
) -> Response:
    """Count it, do it once, tell early if a fault says so, and answer."""
    parts, msn = vipps(), current_unit().msn
    parts.limits.count(True, operation, msn, reference)
    key = idempotency_key(needs_key)
    call = Call(msn, operation, reference, key, request.get_data())
    instance = request.path.removeprefix("/epayment")
    with simulator().store.lock:
        try:
            outcome = parts.idempotency.once(call, instance, lambda: act(key), status)
        finally:
            _count(operation, reference)
    parts.webhooks.send_early(msn, operation)
    return _answer(*outcome)


def _answer(status: int, content: dict[str, Any]) -> Response:
    if status >= 400:
        return answer(content, status, PROBLEM)
    is_problem = vipps().settings.vipps_adjust_type == "problem" and status == 200
    return answer(content, status, PROBLEM if is_problem else "")
