"""The fields of a create request and what each may be (contract, section 3).

A checker takes the field's name and value and raises :class:`WrongField` or
:class:`Refusal`. What depends on the sales unit is in ``creation.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ..errors import Refusal, WrongField
from ..records import NATIVE, PUSH, USER_FLOWS, WEB
from .receipts import check_receipt, check_whole

REFERENCE = re.compile(r"[a-zA-Z0-9-]{8,64}")
PHONE = re.compile(r"\d{9,15}")
MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?"
    r"([Zz]|[+-](2[0-3]|[01][0-9]):[0-5][0-9])"
)
LARGEST_AMOUNT = 65_000_000
LEAST_AMOUNTS = {"NOK": 100, "DKK": 1, "EUR": 1}
#: Those that are taken with other payment methods only.
FOREIGN_CURRENCIES = ("SEK", "USD", "GBP")
SCOPES = ("name", "address", "email", "phoneNumber", "birthDate")
FORBIDDEN_SCOPES = ("nin", "accountNumbers")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LONGEST_URL = 2500
LONGEST_KEY, LONGEST_VALUE, MOST_PAIRS = 100, 500, 5
PERSONS = ("phoneNumber", "personalQr", "customerToken")
QR_FORMATS = ("IMAGE/SVG+XML", "IMAGE/PNG", "TEXT/TARGETURL")

Checker = Callable[[str, Any], None]


def check_amount(name: str, value: Any) -> None:
    """``{"currency", "value"}``, a whole number of minor units."""
    if not isinstance(value, dict):
        raise WrongField(name, "An object is required")
    if value.get("currency") not in (*LEAST_AMOUNTS, *FOREIGN_CURRENCIES):
        raise WrongField(f"{name}.currency", "NOK, DKK or EUR is required")
    number = value.get("value")
    if not isinstance(number, int) or isinstance(number, bool):
        reason = "A whole number of minor units is required"
        raise WrongField(f"{name}.value", reason, 4040)
    if not 0 <= number <= LARGEST_AMOUNT:
        raise WrongField(f"{name}.value", f"From 0 to {LARGEST_AMOUNT}", 4040)


def _check_method(name: str, value: Any) -> None:
    if not isinstance(value, dict) or value.get("type") not in ("WALLET", "CARD"):
        raise WrongField(f"{name}.type", "WALLET or CARD is required")
    if value["type"] == "CARD":
        raise WrongField(f"{name}.type", "CARD is not available in test")


def _check_reference(name: str, value: Any) -> None:
    if not isinstance(value, str) or not REFERENCE.fullmatch(value):
        raise WrongField(name, f"Must match ^{REFERENCE.pattern}$")


def _check_flow(name: str, value: Any) -> None:
    if value not in USER_FLOWS:
        raise WrongField(name, f"One of {', '.join(USER_FLOWS)} is required")


def _check_customer(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise WrongField(name, "An object is required")
    given = [person for person in PERSONS if value.get(person) is not None]
    if len(given) != 1:
        raise WrongField(name, f"Exactly one of {', '.join(PERSONS)}")
    if given == ["customerToken"]:
        raise Refusal(4050)
    if given == ["personalQr"]:
        raise Refusal(4060)
    phone = value["phoneNumber"]
    if not isinstance(phone, str) or not PHONE.fullmatch(phone):
        reason = f"A text that matches ^{PHONE.pattern}$ is required"
        raise WrongField(f"{name}.phoneNumber", reason, 4070)


def check_url(name: str, value: Any) -> None:
    """https or an app's own scheme; plain http on the loopback address only."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
    except ValueError as error:
        raise WrongField(name, "Not a URL", 4090) from error
    is_local = parts.hostname in LOOPBACK
    if not parts.scheme or (parts.scheme == "http" and not is_local):
        raise WrongField(name, "https or a scheme of an app is required", 4090)
    if parts.scheme == "https" and not parts.netloc:
        raise WrongField(name, "Not a URL", 4090)
    if len(value) > LONGEST_URL:
        raise WrongField(name, f"At most {LONGEST_URL} characters", 4090)


def _check_description(name: str, value: Any) -> None:
    if not isinstance(value, str) or not 3 <= len(value) <= 100:
        raise WrongField(name, "From 3 to 100 characters")


def _check_metadata(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise WrongField(name, "An object of texts is required")
    if len(value) > MOST_PAIRS:
        raise WrongField(name, f"At most {MOST_PAIRS} pairs", 4100)
    for key, text in value.items():
        if len(key) > LONGEST_KEY:
            raise WrongField(name, f"{key[:10]}…: the key is too long", 4120)
        if not isinstance(text, str):
            raise WrongField(f"{name}.{key}", "A text is required")
        if len(text) > LONGEST_VALUE:
            raise WrongField(f"{name}.{key}", "The value is too long", 4130)


def _check_qr_format(name: str, value: Any) -> None:
    if not isinstance(value, dict) or value.get("format") not in QR_FORMATS:
        raise WrongField(f"{name}.format", f"One of {', '.join(QR_FORMATS)}")
    if value.get("size") is not None:
        check_whole(f"{name}.size", value["size"], 100, 2000)


def _check_interaction(name: str, value: Any) -> None:
    if value not in ("CUSTOMER_PRESENT", "CUSTOMER_NOT_PRESENT"):
        raise WrongField(name, "CUSTOMER_PRESENT or CUSTOMER_NOT_PRESENT")


def _check_profile(name: str, value: Any) -> None:
    scope = value.get("scope") if isinstance(value, dict) else None
    if not isinstance(scope, str):
        raise WrongField(f"{name}.scope", "A text is required")
    for word in scope.split():
        if word not in SCOPES:
            raise Refusal(4080, f"{word} is no scope that may be asked for")


def _check_legal_links(name: str, value: Any) -> None:
    for link in ("termsOfSaleUrl", "privacyPolicyUrl"):
        url = value.get(link) if isinstance(value, dict) else None
        check_url(f"{name}.{link}", url)


def _check_shipping(_name: str, _value: Any) -> None:
    raise Refusal(5020)


def _check_age(name: str, value: Any) -> None:
    check_whole(name, value, 0, 120)


def _check_object(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise WrongField(name, "An object is required")


def _check_moment(name: str, value: Any) -> None:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise WrongField(name, "RFC 3339 with a zone is required")
    try:
        read_moment(value)
    except ValueError as error:
        raise WrongField(name, "There is no such moment") from error


def read_moment(text: str) -> datetime:
    """A moment with its zone; more than six fractional digits are cut off."""
    shortened = re.sub(r"(\.\d{6})\d+", r"\1", text.upper())
    padded = re.sub(r"\.(\d{1,6})", lambda found: f".{found[1]:0<6}", shortened)
    return datetime.fromisoformat(padded.replace("Z", "+00:00"))


REQUIRED = ("amount", "paymentMethod", "reference", "userFlow")
CHECKERS: dict[str, Checker] = {
    "amount": check_amount,
    "paymentMethod": _check_method,
    "reference": _check_reference,
    "userFlow": _check_flow,
    "customer": _check_customer,
    "returnUrl": check_url,
    "paymentDescription": _check_description,
    "expiresAt": _check_moment,
    "receipt": check_receipt,
    "receiptUrl": check_url,
    "metadata": _check_metadata,
    "qrFormat": _check_qr_format,
    "customerInteraction": _check_interaction,
    "profile": _check_profile,
    "merchantLegalLinks": _check_legal_links,
    "minimumUserAge": _check_age,
    "industryData": _check_object,
    "shipping": _check_shipping,
}
#: What a flow cannot do without.
FLOW_NEEDS = {WEB: "returnUrl", NATIVE: "returnUrl", PUSH: "customer"}


def check_create(body: dict[str, Any], refuses_unknown: bool) -> None:
    """Each field by itself, and those that the flow needs; null counts as missing."""
    unknown = set(body) - set(CHECKERS)
    if unknown and refuses_unknown:
        raise WrongField(sorted(unknown)[0], "There is no such property")
    for name, checker in CHECKERS.items():
        if body.get(name) is not None:
            checker(name, body[name])
        elif name in REQUIRED:
            raise WrongField(name, "The property is required")
    needed = FLOW_NEEDS.get(body["userFlow"])
    if needed and body.get(needed) is None:
        raise WrongField(needed, f"Required for {body['userFlow']}", 4140)
