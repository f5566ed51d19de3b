"""How Vipps MobilePay writes its errors, and what its codes mean (section 7)."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from .. import reading
from ..errors import Reason
from ..transport.failures import Told, own_code, own_words

#: Codes that decide what can be done next; all others are told by their own text.
REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "4010": Reason.KEY_REUSED,
        "4020": Reason.KEY_REUSED,
        # of a create; of a refund it is a key with another amount (corrections, 1)
        "4150": Reason.EXISTS,
        "5020": Reason.EXPRESS_NOT_ALLOWED,
        "5040": Reason.CURRENCY_NOT_ALLOWED,
        "5050": Reason.LONG_LIVING_NOT_ALLOWED,
        "5060": Reason.BANK_ACCOUNT_UNVERIFIED,
        "5070": Reason.NOT_SET_UP,
        "5080": Reason.PUSH_NOT_ALLOWED,
        "5090": Reason.UNKNOWN_REFERENCE,
        "5100": Reason.REFUND_NOT_ALLOWED,
        "6020": Reason.NOT_APPROVED_YET,
        "6030": Reason.TOO_LATE,
        "6040": Reason.CAPTURED_ALREADY,
        "6050": Reason.NOT_APPROVED_YET,
        "6060": Reason.APPROVED_ALREADY,
        "6070": Reason.CANCELED_ALREADY,
        "6080": Reason.NOT_APPROVED_YET,
        "6090": Reason.TOO_MUCH,
        "6100": Reason.TOO_LATE,
        "6110": Reason.EXPIRY_TOO_FAR,
        "6120": Reason.EXPIRY_TOO_NEAR,
        "6140": Reason.PARTIAL_CAPTURE_NOT_ALLOWED,
        "6150": Reason.TOO_MUCH,
        "6160": Reason.BUSY,
        "6170": Reason.CAPTURED_ALREADY,
        "6180": Reason.REFUNDED_ALREADY,
        "6190": Reason.WRONG_STATE,
        "6200": Reason.WRONG_STATE,
        "6210": Reason.WRONG_STATE,
        "6220": Reason.TOO_LATE,
        "6230": Reason.APPROVED_ALREADY,
        "6250": Reason.BUSY,
        "6260": Reason.FUNDS_GONE,
        "6280": Reason.BUSY,
        "7010": Reason.PAYER_NOT_FOUND,
    }
)
#: An error inside MobilePay: whatever its status, nobody knows what was done.
_INTERNAL = "3010"
#: What a status means where there is no code.
_BY_STATUS = {409: Reason.KEY_REUSED, 423: Reason.BUSY}

_CODE = re.compile(r"[0-9]{4,5}", re.ASCII)
_TEXTS = ("detail", "error_description", "errorMessage", "message", "title")
_TRACES = ("traceId", "contextId")


def _details(data: Any) -> list[tuple[str, str]]:
    """The pairs of ``extraDetails``, in either of the two spellings."""
    return [
        (
            reading.text(reading.read(entry, "name", "field")),
            reading.text(reading.read(entry, "reason", "text")),
        )
        for entry in reading.items(reading.read(data, "extraDetails"))
    ]


def _code(data: Any, details: list[tuple[str, str]]) -> str:
    """The numeric code of a domain error; of others what comes nearest to one."""
    for name, reason in details:
        if reading.plain(name) == "errorcode" and _CODE.fullmatch(reason):
            return reason
    return reading.text(reading.read(data, "errorCode", "code", "error"), 64)


def _text(data: Any, details: list[tuple[str, str]]) -> str:
    """MobilePay's words, and which field it does not like."""
    words = reading.text(reading.read(data, *_TEXTS))
    fields = [
        f"{name}: {reason}"
        for name, reason in details
        if name and reading.plain(name) != "errorcode"
    ]
    return "; ".join(filter(None, [words, *fields]))


def _is_problem(data: Any) -> bool:
    """Whether a body is problem details (RFC 7807), and no gateway's or page."""
    return bool(reading.read(data, "title") and reading.read(data, "traceId", "type"))


def read_error(status: int, data: Any, secrets: Sequence[str]) -> Told:
    """What an error body says.

    Reads problem details, with the numeric code in ``extraDetails``; the bodies of
    the gateway before the APIs, which has no codes; and OAuth's.
    """
    details = _details(data)
    code = _code(data, details)
    numeric = bool(_CODE.fullmatch(code)) and code != _INTERNAL
    fields = any(name and reason for name, reason in details)
    by_status = _BY_STATUS.get(status) if _is_problem(data) else None
    # the lock may be told by the gateway as well; it is no proof of anything
    locked = Reason.BUSY if status == 423 else None
    return Told(
        code=own_code(code, secrets=secrets),
        text=own_words(_text(data, details), secrets=secrets),
        correlation_id=own_code(reading.read(data, *_TRACES), secrets=secrets),
        own=numeric or bool(by_status) or (fields and code != _INTERNAL),
        reason=REASONS.get(code) or by_status or locked,
    )
