"""What Vipps MobilePay tells of payments: webhooks and event logs (sections 5, 8)."""

from typing import Any

from .. import reading
from ..errors import BadAnswer, BadDelivery
from ..transport.transport import Answer
from ..types import NO_SEQUENCE, BadNews, StatusNews
from . import states
from .references import is_reference

#: What an event may hold of a payer, and is not kept.
_PERSONAL = ("userdetails", "shippingdetails", "sub")


def parse(body: bytes) -> list[StatusNews | BadNews]:
    """The one event of a delivery.

    :raises BadDelivery: it is no JSON object
    """
    try:
        data = reading.from_json(body)
    except ValueError:
        raise BadDelivery("the body is not JSON") from None
    if not isinstance(data, dict):
        raise BadDelivery("the body is not a JSON object")
    return [_news(data)]


def parse_log(answer: Answer, reference: str) -> list[StatusNews]:
    """The events of a log, without those that are not known here.

    :raises BadAnswer: it is no log, or is about another payment, or an event of a
        kind that counts cannot be read
    """
    if not isinstance(answer.data, list):
        raise _bad(answer, "is no list of events")
    found = []
    for entry in answer.data:
        if states.happening(reading.read(entry, "name"), True) is None:
            continue
        event = _news(entry)
        if isinstance(event, BadNews) or event.invoice_id != reference:
            raise _bad(answer, "holds an event that cannot be read")
        found.append(event)
    return found


def _bad(answer: Answer, what: str) -> BadAnswer:
    message = f"MobilePay's answer {what}"
    return BadAnswer(message, correlation_id=answer.correlation_id)


def _news(data: Any) -> StatusNews | BadNews:
    raw = reading.as_json(_without_payer(data))
    reference = reading.text(reading.read(data, "reference"))
    psp_reference = reading.text(reading.read(data, "pspReference"), 100)
    date = reading.moment(reading.read(data, "timestamp"))
    success = reading.read(data, "success")
    known = states.happening(reading.read(data, "name"), success is not False)
    if not is_reference(reference):
        return BadNews(raw, "reference is missing or not one")
    if not psp_reference:
        return BadNews(raw, "pspReference is missing")
    if known is None:
        return BadNews(raw, "name is missing or unknown")
    if date is None:
        return BadNews(raw, "timestamp is missing or not a moment")
    if not isinstance(success, bool | None):
        return BadNews(raw, "success is neither yes nor no")
    amount = reading.read(data, "amount")
    return StatusNews(
        invoice_id=reference,
        status=known[1],
        date=date,
        sequence=NO_SEQUENCE,
        raw=raw,
        happening=known[0],
        success=success is not False,
        # two captures of a part have the same reference and name
        key=f"{psp_reference}/{states.word_of(known[0])}",
        merchant=reading.text(reading.read(data, "msn"), 32),
        transaction_id=psp_reference,
        amount=states.amount(amount),
        currency=states.currency(amount),
        guaranteed_until=reading.moment(reading.read(data, "captureGuaranteedUntil")),
    )


def _without_payer(data: Any) -> Any:
    """What is kept of an event: nothing of the payer."""
    if not isinstance(data, dict):
        return data
    return {
        name: value
        for name, value in data.items()
        if reading.plain(str(name)) not in _PERSONAL
    }
