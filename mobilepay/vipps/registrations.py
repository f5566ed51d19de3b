"""The Webhooks API (section 8): who is told of what happens to payments."""

from collections.abc import Sequence
from typing import Any

from .. import reading
from ..environments import check_address
from ..errors import BadAnswer, NotFound, OutcomeUnknown
from ..transport.transport import Transport
from ..types import Registration, Webhook
from .payload import to_json

_WEBHOOKS = "/webhooks/v1/webhooks"
_LONGEST_URL = 4000
_LONGEST_SECRET = 1000


def list_webhooks(transport: Transport) -> list[Webhook]:
    """All registrations of the sales unit.

    :raises BadAnswer: it is no list, or one of it cannot be read
    """
    answer = transport.request("GET", _WEBHOOKS)
    entries = reading.read(answer.data, "webhooks")
    found = [_webhook(entry) for entry in reading.items(entries)]
    if not isinstance(entries, list) or not all(webhook.id for webhook in found):
        # not the same as none: that would have us register anew
        raise BadAnswer(
            "MobilePay's list of webhooks cannot be read whole",
            correlation_id=answer.correlation_id,
        )
    return found


def _webhook(data: Any) -> Webhook:
    events = reading.items(reading.read(data, "events"))
    return Webhook(
        id=reading.guid(reading.read(data, "id")),
        url=reading.text(reading.read(data, "url"), _LONGEST_URL),
        events=tuple(filter(None, map(reading.text, events))),
    )


def register(transport: Transport, url: str, events: Sequence[str]) -> Registration:
    """Have events sent to ``url``, signed with the secret that comes back.

    :raises BadAddress: where ``url`` is neither https nor loopback
    :raises OutcomeUnknown: also where the answer holds no secret: there is none else
    """
    check_address(url)
    body = to_json({"url": url, "events": list(events)})
    answer = transport.request("POST", _WEBHOOKS, body=body, private=(url,))
    webhook_id = reading.guid(reading.read(answer.data, "id"))
    secret = reading.read(answer.data, "secret")
    fit = isinstance(secret, str) and 0 < len(secret) <= _LONGEST_SECRET
    if not webhook_id or not fit:
        raise OutcomeUnknown(
            "MobilePay's answer holds no registration with its secret",
            correlation_id=answer.correlation_id,
        )
    return Registration(webhook_id, str(secret))


def delete(transport: Transport, webhook_id: str) -> None:
    """End a registration; one that is gone is no error.

    :raises ValueError: ``webhook_id`` is none
    """
    if not reading.guid(webhook_id):
        raise ValueError("this is not the id of a webhook")
    try:
        transport.request("DELETE", f"{_WEBHOOKS}/{reading.guid(webhook_id)}")
    except NotFound:
        return
