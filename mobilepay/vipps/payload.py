"""The JSON text of a payment to be created (section 3), the same for the same request.

The text is made once and stored: a repeated call has to be the same to the byte.
"""

import json
from datetime import datetime, timezone
from typing import Any

from ..amounts import minor
from ..environments import check_address
from ..types import InvoiceRequest, Kind
from .receipt import receipt
from .references import describe, is_reference


def to_json(fields: dict[str, Any]) -> str:
    """Compact JSON; all its numbers are whole."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def amount_of(value: Any, currency: str) -> dict[str, Any]:
    """An amount in øre or cents.

    :raises ValueError: for one that is not whole
    """
    return {"currency": currency, "value": minor(value)}


def encode(request: InvoiceRequest, currency: str) -> str:
    """The text to send and to store for one payment.

    Direct: pushed to the payer's phone, until ``expires_at``. Link: one attempt of
    ten minutes in a browser. A link names no payer: a phone that MobilePay does not
    know would have the attempt refused.

    :param currency: the sales unit's
    :raises ValueError: for an amount that is not whole øre or cents, a reference that
        MobilePay does not take, a moment without its zone
    :raises BadAddress: an address is not https
    """
    if not is_reference(request.payment_reference):
        raise ValueError("a reference is 8 to 64 letters, digits and hyphens")
    way = _direct(request) if request.kind is Kind.DIRECT else _attempt(request)
    fields = {
        "amount": amount_of(request.total, currency),
        "paymentMethod": {"type": "WALLET"},
        "reference": request.payment_reference,
        **way,
        "paymentDescription": describe(request.invoice_number, request.description),
        "receipt": receipt(request, currency),
    }
    if request.terms_url and request.privacy_url:
        fields["merchantLegalLinks"] = {
            "termsOfSaleUrl": _url(request.terms_url),
            "privacyPolicyUrl": _url(request.privacy_url),
        }
    return to_json(fields)


def _direct(request: InvoiceRequest) -> dict[str, Any]:
    """To a phone; without a moment, MobilePay's ten minutes."""
    way: dict[str, Any] = {
        "userFlow": "PUSH_MESSAGE",
        "customer": {"phoneNumber": msisdn(request.phone)},
    }
    if request.expires_at:
        way["expiresAt"] = _moment(request.expires_at)
    return way


def _attempt(request: InvoiceRequest) -> dict[str, Any]:
    return {"userFlow": "WEB_REDIRECT", "returnUrl": _url(request.redirect_url)}


def _url(url: str) -> str:
    """The address as it is, if it may be used."""
    check_address(url)
    return url


def msisdn(phone: str) -> str:
    """A phone number as MobilePay takes it: digits only.

    :param phone: E.164 with ``+``
    :raises ValueError: for anything else; it is not repeated
    """
    digits = phone.removeprefix("+")
    if digits == phone or not (digits.isascii() and digits.isdigit()):
        raise ValueError("a phone number is + and digits")
    return digits


def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a moment has a zone")
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def private_parts(payload: str) -> tuple[str, ...]:
    """What of a payment no error may hold, should MobilePay repeat it."""
    fields = json.loads(payload)
    customer = fields.get("customer", {})
    held = (customer.get("phoneNumber", ""), fields.get("returnUrl", ""))
    return tuple(filter(None, held))
