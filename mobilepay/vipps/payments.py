"""ePayment (sections 3, 5 and 6): create, ask, capture, release, refund.

Every method raises the errors of :meth:`.Transport.request`, and BadAnswer where a
GET is answered by something else than the contract says. Answers are read by their
status, not by their content type: the specification names the wrong one.
"""

import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from .. import reading
from ..environments import check_address
from ..errors import (
    BadAddress,
    BadAnswer,
    NotFound,
    OutcomeUnknown,
    Reason,
    Rejected,
)
from ..transport.transport import Answer, Transport
from ..types import Created, Funds, Happening, InvoiceDetails, Kind, Status, StatusNews
from . import news, states
from .payload import amount_of, private_parts, to_json
from .references import is_reference

_PAYMENTS = "/epayment/v1/payments"
_KEY = re.compile(r"[\x21-\x7e]{1,50}")
_REFERENCE_TAKEN = "4150"
_LONGEST_URL = 8000


class PaymentApi:
    """ePayment as one sales unit."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, kind: Kind, payload: str, key: str) -> Created:
        """Create a payment from a text of :func:`.payload.encode` (section 3).

        The same text with the same key is answered as it was at first.

        :raises Rejected: EXISTS where the reference was used with another key
        :raises OutcomeUnknown: also where the refusal has no code of MobilePay's own
        """
        asked = reading.text(json.loads(payload).get("reference"))
        private = private_parts(payload)
        answer = self._write(_PAYMENTS, payload, key, private=private)
        if reading.text(reading.read(answer.data, "reference")) != asked:
            raise _unknown(answer, "names no payment, or another one")
        url = _link(reading.read(answer.data, "redirectUrl"))
        if kind is Kind.LINK and not url:
            raise _unknown(answer, "names no address to pay at")
        return Created(asked, url, answer.correlation_id)

    def details(self, reference: str) -> InvoiceDetails:
        """What MobilePay says of a payment (section 5): the proof that it is ours.

        Of a captured one, its events are asked for as well: they alone say when, and
        which transaction the settlement will name.
        """
        answer = self._get(_path(reference))
        held, status = _check(answer, reference)
        found = InvoiceDetails(
            invoice_id=reference,
            status=status,
            payment_reference=reference,
            total=states.amount(reading.read(answer.data, "amount")),
            currency=held.currency,
            funds=held,
        )
        return self._with_capture(found) if held.captured else found

    def _with_capture(self, found: InvoiceDetails) -> InvoiceDetails:
        """With the day and the transaction of the last capture."""
        captures = [
            event
            for event in self.events(found.invoice_id)
            if event.happening is Happening.CAPTURED and event.success
        ]
        if not captures:
            return found
        last = max(captures, key=lambda event: event.date)
        return replace(
            found, payment_date=last.date, transaction_id=last.transaction_id
        )

    def status(self, reference: str) -> Status:
        """The status of a payment (section 5)."""
        return _check(self._get(_path(reference)), reference)[1]

    def events(self, reference: str) -> list[StatusNews]:
        """The event log of a payment (section 5)."""
        answer = self._get(_path(reference, "/events"))
        return news.parse_log(answer, reference)

    def capture(
        self, reference: str, amount: Decimal, currency: str, key: str
    ) -> Funds:
        """Take reserved money (section 6)."""
        return self._adjust(reference, "capture", _modification(amount, currency), key)

    def release(self, reference: str, only_unapproved: bool, key: str) -> Funds:
        """Take a payment back, or release the rest of a reservation (section 6)."""
        body = to_json({"cancelTransactionOnly": True}) if only_unapproved else None
        return self._adjust(reference, "cancel", body, key)

    def refund(self, reference: str, amount: Decimal, currency: str, key: str) -> Funds:
        """Pay captured money back (section 6)."""
        try:
            body = _modification(amount, currency)
            return self._adjust(reference, "refund", body, key)
        except Rejected as error:
            if error.code == _REFERENCE_TAKEN:
                # corrections, 1: of a refund, the same code means a spent key
                error.reason = Reason.KEY_REUSED
            raise

    def _adjust(self, reference: str, what: str, body: str | None, key: str) -> Funds:
        """Move money; the answer's ``aggregate`` counts, not its ``amount``."""
        answer = self._write(_path(reference, f"/{what}"), body, key)
        held = states.funds(answer.data)
        named = reading.text(reading.read(answer.data, "reference"))
        if held is None or named not in ("", reference):
            raise _unknown(answer, "does not say what was done")
        return held

    def _get(self, path: str) -> Answer:
        return self._transport.request("GET", path)

    def _write(
        self, path: str, body: str | None, key: str, private: tuple[str, ...] = ()
    ) -> Answer:
        """Have something done; a refusal without a code of its own proves nothing.

        It may be a gateway's, of a call that was taken before.
        """
        headers = {"Idempotency-Key": _checked(key)}
        try:
            return self._transport.request(
                "POST", path, body=body, headers=headers, private=private
            )
        except (Rejected, NotFound) as error:
            if error.own:
                raise
            raise OutcomeUnknown(
                error.message,
                code=error.code,
                text=error.text,
                correlation_id=error.correlation_id,
            ) from error


def _checked(key: str) -> str:
    """The key of a write; one that was forgotten is a fault of the caller's."""
    if not _KEY.fullmatch(key):
        raise ValueError("an idempotency key is 1 to 50 characters of ASCII")
    return key


def _path(reference: str, rest: str = "") -> str:
    if not is_reference(reference):
        raise ValueError("this is not a reference")
    return f"{_PAYMENTS}/{reference}{rest}"


def _modification(amount: Decimal, currency: str) -> str:
    if amount <= 0:
        raise ValueError("money is moved in amounts above nothing")
    return to_json({"modificationAmount": amount_of(amount, currency)})


def _link(value: Any) -> str:
    """Where a payer goes on, '' where it is fit for nobody."""
    url = reading.text(value, _LONGEST_URL)
    try:
        check_address(url)
    except BadAddress:
        return ""
    return url


def _check(answer: Answer, asked: str) -> tuple[Funds, Status]:
    """What an answer says of the payment that was asked about."""
    named = reading.text(reading.read(answer.data, "reference"))
    if named not in ("", asked):
        raise _bad(answer, "is about another payment")
    held = states.funds(answer.data)
    status = states.status(held) if held else None
    if held is None or status is None:
        raise _bad(answer, "does not say how the payment stands")
    return held, status


def _bad(answer: Answer, what: str) -> BadAnswer:
    message = f"MobilePay's answer {what}"
    return BadAnswer(message, correlation_id=answer.correlation_id)


def _unknown(answer: Answer, what: str) -> OutcomeUnknown:
    message = f"MobilePay's answer {what}"
    return OutcomeUnknown(message, correlation_id=answer.correlation_id)
