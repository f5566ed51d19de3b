"""How a payment is shown in answers, in the event log and in webhooks (section 5)."""

from __future__ import annotations

from typing import Any

from ..answers import moment_text
from ..records import AUTHORIZED, PUSH, Payment

Content = dict[str, Any]
#: Of the made-up card with which everybody pays.
CARD_BIN = "540185"


def amount_content(payment: Payment, value: int) -> Content:
    """An amount in the payment's currency."""
    return {"currency": payment.currency, "value": value}


def aggregate_content(payment: Payment) -> Content:
    """What moved; this, not the state, says what was captured."""
    return {
        "authorizedAmount": amount_content(payment, payment.authorized),
        "cancelledAmount": amount_content(payment, payment.cancelled),
        "capturedAmount": amount_content(payment, payment.captured),
        "refundedAmount": amount_content(payment, payment.refunded),
    }


def payment_content(payment: Payment, redirect_url: str) -> Content:
    """The answer of GET; never with the receipt."""
    content: Content = {
        "aggregate": aggregate_content(payment),
        "amount": amount_content(payment, payment.amount),
        "state": payment.state,
        "paymentMethod": {"type": "WALLET"},
        "profile": {},
        "pspReference": payment.psp_reference,
        "reference": payment.reference,
    }
    if payment.user_flow != PUSH:
        content["redirectUrl"] = redirect_url
    if payment.values.get("metadata") is not None:
        content["metadata"] = payment.values["metadata"]
    if payment.state == AUTHORIZED:
        content["paymentMethod"]["cardBin"] = CARD_BIN
        content |= _guaranteed(payment)
        if payment.values.get("profile"):
            content["profile"] = {"sub": payment.id}
    return content


def adjusted_content(payment: Payment) -> Content:
    """The answer to capture, cancel, refund: the payment's amount, not the part's."""
    return {
        "amount": amount_content(payment, payment.amount),
        "state": payment.state,
        "aggregate": aggregate_content(payment),
        "pspReference": payment.psp_reference,
        "reference": payment.reference,
    }


def event_content(payment: Payment, event: Content) -> Content:
    """An entry of the event log."""
    return {
        "reference": payment.reference,
        **event,
        "amount": amount_content(payment, event["amount"]),
    }


def notice_content(payment: Payment, event: Content) -> Content:
    """What a webhook sends."""
    content = {"msn": payment.msn, **event_content(payment, event)}
    if event["name"] == AUTHORIZED and event["success"]:
        content |= _guaranteed(payment)
    return content


def _guaranteed(payment: Payment) -> Content:
    until = payment.guaranteed_until
    return {"captureGuaranteedUntil": moment_text(until)} if until else {}
