"""What MobilePay says of a payment, in neutral words (sections 5 and 6)."""

from decimal import Decimal
from typing import Any

from .. import reading
from ..amounts import major
from ..types import Funds, Happening, Status

_STATES = {
    "CREATED": Status.CREATED,
    "ABORTED": Status.REJECTED,
    "EXPIRED": Status.EXPIRED,
    "TERMINATED": Status.CANCELED,
}
#: Events: what happened, the status after it, and where it was not done.
_EVENTS = {
    "CREATED": (Happening.CREATED, Status.CREATED, Status.CREATED),
    # a refused card leaves the payment open, as far as is known (corrections, 7)
    "AUTHORIZED": (Happening.AUTHORIZED, Status.ACCEPTED, Status.CREATED),
    "CAPTURED": (Happening.CAPTURED, Status.PAID, Status.ACCEPTED),
    "CANCELLED": (Happening.RELEASED, Status.CANCELED, Status.ACCEPTED),
    "REFUNDED": (Happening.REFUNDED, Status.PAID, Status.PAID),
    "ABORTED": (Happening.ABORTED, Status.REJECTED, Status.CREATED),
    "EXPIRED": (Happening.EXPIRED, Status.EXPIRED, Status.CREATED),
    "TERMINATED": (Happening.TERMINATED, Status.CANCELED, Status.CREATED),
}
_WORDS = {happening: word for word, (happening, _is, _was) in _EVENTS.items()}
_EVENT_NAME = "epayments.payment.{}.v1"


def event_names() -> tuple[str, ...]:
    """All events of a payment, as they are registered (section 8)."""
    return tuple(_EVENT_NAME.format(word.lower()) for word in _EVENTS)


def happening(value: Any, success: bool) -> tuple[Happening, Status] | None:
    """What happened by the name of an event, and the status after it."""
    word = reading.text(value).upper()
    known = _EVENTS.get(word) or _EVENTS.get(word.split(".")[-2] if "." in word else "")
    if known is None:
        return None
    what, done, failed = known
    return what, done if success else failed


def word_of(what: Happening) -> str:
    """MobilePay's word for it."""
    return _WORDS[what]


def amount(data: Any) -> Decimal | None:
    """An amount object in kroner or euros; None where it cannot be read."""
    value = reading.number(reading.read(data, "value"))
    return major(int(value)) if value is not None and value == int(value) else None


def currency(data: Any) -> str:
    """The currency of an amount object."""
    return reading.text(reading.read(data, "currency"), 8).upper()


def funds(data: Any) -> Funds | None:
    """How much of a payment is where, by its ``aggregate``; None where it is not said.

    What is left out of it counts as nothing, but for what was authorized: without
    it, reserved money would look like given back.
    """
    aggregate = reading.read(data, "aggregate")
    parts = {
        name: amount(reading.read(aggregate, f"{name}Amount"))
        for name in ("authorized", "captured", "cancelled", "refunded")
    }
    state = reading.text(reading.read(data, "state"), 32).upper()
    authorized, none = parts["authorized"], Decimal("0.00")
    if authorized is None or (state == "AUTHORIZED" and authorized <= 0):
        return None
    return Funds(
        authorized=authorized,
        captured=parts["captured"] or none,
        released=parts["cancelled"] or none,
        refunded=parts["refunded"] or none,
        currency=currency(reading.read(aggregate, "authorizedAmount"))
        or currency(reading.read(data, "amount")),
        state=state,
        guaranteed_until=reading.moment(reading.read(data, "captureGuaranteedUntil")),
        transaction_id=reading.text(reading.read(data, "pspReference"), 100),
    )


def status(held: Funds) -> Status | None:
    """The neutral status; None for a state that is not known.

    AUTHORIZED stays for good: what was captured and released decides.
    """
    if held.state != "AUTHORIZED":
        return _STATES.get(held.state)
    if held.reserved:
        return Status.ACCEPTED
    return Status.PAID if held.captured else Status.CANCELED
