"""A payer's consent to be invoiced directly: from link to direct (section 7)."""

from collections.abc import Iterator
from typing import Any

from .. import reading
from ..errors import BadAnswer, OutcomeUnknown
from ..transport.transport import Answer, Transport
from ..types import Consent, ConsentState
from .payload import to_json

PATH = "/api/v1/directinvoiceconsents"
_MOST_PAGES = 10_000

#: The specification numbers the states without naming them.
_NUMBERED = {
    1: ConsentState.PENDING,
    2: ConsentState.GRANTED,
    3: ConsentState.DENIED,
}


def state(data: Any) -> ConsentState:
    """``State`` as a word, or as a number of the specification.

    What a number means is not written anywhere, so number 2 counts as granted
    only together with ``GrantedOn``: nobody is invoiced on a guess.
    """
    value = reading.read(data, "State")
    if isinstance(value, int) and not isinstance(value, bool):
        guess = _NUMBERED.get(value, ConsentState.UNKNOWN)
        granted = reading.moment(reading.read(data, "GrantedOn")) is not None
        sure = granted or guess is not ConsentState.GRANTED
        return guess if sure else ConsentState.UNKNOWN
    try:
        return ConsentState(reading.text(value).lower())
    except ValueError:
        return ConsentState.UNKNOWN


def _consent(data: Any) -> Consent | None:
    consent_id = reading.guid(reading.read(data, "ConsentId"))
    if not consent_id:
        return None
    return Consent(
        id=consent_id,
        invoice_id=reading.guid(reading.read(data, "InvoiceId")),
        state=state(data),
        phone=reading.text(reading.read(data, "PhoneNumber"), 32),
        granted_on=reading.moment(reading.read(data, "GrantedOn")),
    )


def ask(transport: Transport, invoice_id: str) -> Consent:
    """Have the payer of a link asked for consent; see ``InvoiceApi.ask_consent``."""
    body = to_json({"invoiceId": invoice_id})
    answer = transport.request("POST", PATH, body=body)
    consent = _consent(answer.data)
    if consent is None:
        raise OutcomeUnknown(
            "MobilePay's answer names no consent", correlation_id=answer.correlation_id
        )
    return consent


def get(transport: Transport, consent_id: str) -> Consent:
    """One consent; see ``InvoiceApi.consent``."""
    answer = transport.request("GET", f"{PATH}/{consent_id}")
    consent = _consent(answer.data)
    if consent is None:
        raise BadAnswer(
            "MobilePay's answer names no consent", correlation_id=answer.correlation_id
        )
    return consent


def granted(transport: Transport, issuer_id: str) -> Iterator[Consent]:
    """All granted consents of an issuer; see ``InvoiceApi.consents``.

    :raises BadAnswer: in the end, where the list is not whole: what is not in it was
        not withdrawn for that
    """
    params = {"invoiceIssuerId": issuer_id, "state": "granted"}
    for _page in range(_MOST_PAGES):
        answer = transport.request("GET", PATH, params=params)
        yield from _page_of(answer)
        following = reading.text(reading.read(answer.data, "PagingState"), 4000)
        if not following:
            return
        if following == params.get("pagingState"):
            break
        params["pagingState"] = following
    raise BadAnswer("the list of consents does not end")


def _page_of(answer: Answer) -> Iterator[Consent]:
    entries = reading.read(answer.data, "GrantedConsents")
    found = [_consent(entry) for entry in reading.items(entries)]
    yield from (consent for consent in found if consent is not None)
    if not isinstance(entries, list) or None in found:
        raise BadAnswer(
            "MobilePay's list of consents cannot be read whole",
            correlation_id=answer.correlation_id,
        )
