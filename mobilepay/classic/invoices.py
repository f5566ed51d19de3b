"""The Invoice API (sections 3 to 7): issuers, invoices, callbacks, consents.

Every method raises the errors of :meth:`.Transport.request`, and
BadAnswer where a GET is answered by something else than the contract says.
"""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from .. import reading
from ..environments import check_address
from ..errors import BadAnswer, NotFound, OutcomeUnknown, Rejected
from ..transport.failures import own_code, own_words
from ..transport.transport import Answer, Transport
from ..types import (
    BatchResult,
    Consent,
    Created,
    InvoiceDetails,
    Issuer,
    Kind,
    Refusal,
    Status,
)
from . import consents, words
from .payload import to_json

#: Invoices in one request, at most (section 4).
LARGEST_BATCH = 2000

_MERCHANTS = "/api/v1/merchants"
_COLLECTION = {Kind.DIRECT: "/invoices", Kind.LINK: "/invoices/link"}


def _id(value: str) -> str:
    """A GUID as part of a path; ValueError for anything else."""
    return str(uuid.UUID(value))


class InvoiceApi:
    """The Invoice API as one merchant.

    :param transport: with the Invoice API's base
    :param merchant_id: MobilePay's GUID; asked for, and kept, where not given
    """

    def __init__(self, transport: Transport, merchant_id: str = "") -> None:
        self._transport = transport
        self.merchant_id = merchant_id
        self._reached = False

    def merchant(self) -> str:
        """The GUID of the merchant who gave the consent (section 3)."""
        answer = self._get(f"{_MERCHANTS}/me")
        merchant_id = reading.guid(reading.read(answer.data, "MerchantId"))
        if not merchant_id:
            raise _bad(answer, "names no merchant")
        self.merchant_id = merchant_id
        return merchant_id

    def issuers(self) -> list[Issuer]:
        """The merchant's invoice issuers, enabled or not (section 3)."""
        answer = self._get(self._path("/invoiceissuers"))
        entries = reading.read(answer.data, "InvoiceIssuers")
        if not isinstance(entries, list):
            # not the same as none: that would disable them
            raise _bad(answer, "holds no list of issuers")
        return [issuer for issuer in map(_issuer, entries) if issuer.id]

    def is_reached(self) -> bool:
        """Whether MobilePay is at this address, and knows the merchant.

        Only then is its 404 about the invoice, and not about the address. Asked
        once; without any issuer nobody could have made an invoice.
        """
        if not self._reached:
            try:
                self._reached = bool(self.issuers())
            except NotFound:
                return False
        return self._reached

    def create(self, kind: Kind, payload: str) -> Created:
        """Create one invoice from a text of :func:`.payload.encode` (section 4).

        :raises Rejected: by MobilePay itself; 10104 and 10301: it exists
        :raises OutcomeUnknown: it may exist; the same text sent again is
            refused as a double if it does
        """
        answer = self._post(self._path(_COLLECTION[kind]), payload)
        invoice_id = reading.guid(reading.read(answer.data, "InvoiceId"))
        if not invoice_id:
            raise _unknown(answer, "names no invoice")
        link_url = words.link(reading.read(answer.data, "Links"))
        return Created(invoice_id, link_url, answer.correlation_id)

    def create_batch(self, kind: Kind, payloads: Sequence[str]) -> BatchResult:
        """Create up to 2000 invoices, paired by ``InvoiceNumber`` (section 4).

        An invoice number in neither part of the result: outcome unknown. An
        accepted one may still become invalid, by callback.

        :raises ValueError: for more than 2000
        """
        if len(payloads) > LARGEST_BATCH:
            raise ValueError(f"a batch holds at most {LARGEST_BATCH} invoices")
        if not payloads:
            return BatchResult()
        path = self._path(f"{_COLLECTION[kind]}/batch")
        body = "[" + ",".join(payloads) + "]"
        answer = self._post(path, body)
        if not isinstance(answer.data, dict):
            raise _unknown(answer, "is no result of a batch")
        return BatchResult(
            _accepted(answer.data), _rejected(answer.data), answer.correlation_id
        )

    def cancel(self, invoice_id: str) -> None:
        """Cancel an invoice that is not paid, rejected or expired (section 5).

        :raises Rejected: where it is; 10504: paid already
        """
        path = self._path(f"/invoices/{_id(invoice_id)}/cancel")
        self._transport.request("PUT", path)

    def details(self, invoice_id: str) -> InvoiceDetails:
        """What MobilePay says of an invoice (section 5): the proof of payment."""
        answer = self._get(self._path(f"/invoices/{_id(invoice_id)}"))
        return _details(answer, _id(invoice_id))

    def status(self, invoice_id: str) -> Status:
        """The status of an invoice (section 5)."""
        answer = self._get(self._path(f"/invoices/{_id(invoice_id)}/status"))
        _check_subject(answer, _id(invoice_id))
        return _status(answer)

    def register_api_key(self, url: str, api_key: str) -> None:
        """Have callbacks sent to ``url`` with a bare API key (section 6).

        :raises BadAddress: where ``url`` is neither https nor loopback
        """
        check_address(url)
        names = {"ApiKey": api_key, "CallbackUrl": url}
        self._put("/auth/apikey", names, private=(api_key, url))

    def register_basic(self, url: str, username: str, password: str) -> None:
        """Have callbacks sent to ``url`` with Basic authentication (section 6).

        :raises BadAddress: where ``url`` is neither https nor loopback
        """
        check_address(url)
        names = {"Username": username, "Password": password, "CallbackUrl": url}
        self._put("/auth/basic", names, private=(password, url))

    def ask_consent(self, invoice_id: str) -> Consent:
        """Have the payer of a link asked for consent to Direct (section 7)."""
        return consents.ask(self._transport, _id(invoice_id))

    def consents(self, issuer_id: str) -> Iterator[Consent]:
        """All granted consents to an issuer, page by page (section 7)."""
        return consents.granted(self._transport, _id(issuer_id))

    def consent(self, consent_id: str) -> Consent:
        """One consent; only ``granted`` allows a direct invoice (section 7)."""
        return consents.get(self._transport, _id(consent_id))

    def _path(self, rest: str) -> str:
        return f"{_MERCHANTS}/{_id(self.merchant_id or self.merchant())}{rest}"

    def _get(self, path: str) -> Answer:
        return self._transport.request("GET", path)

    def _post(self, path: str, body: str) -> Answer:
        """Have something made; a refusal that is not MobilePay's own proves nothing."""
        try:
            return self._transport.request("POST", path, body=body)
        except (Rejected, NotFound) as error:
            if error.own:
                raise
            raise OutcomeUnknown(
                error.message,
                code=error.code,
                text=error.text,
                correlation_id=error.correlation_id,
            ) from error

    def _put(self, rest: str, fields: dict[str, str], private: tuple[str, ...]) -> None:
        path, body = self._path(rest), to_json(fields)
        self._transport.request("PUT", path, body=body, private=private)


def _bad(answer: Answer, what: str) -> BadAnswer:
    message = f"MobilePay's answer {what}"
    return BadAnswer(message, correlation_id=answer.correlation_id)


def _unknown(answer: Answer, what: str) -> OutcomeUnknown:
    message = f"MobilePay's answer {what}"
    return OutcomeUnknown(message, correlation_id=answer.correlation_id)


def _issuer(data: Any) -> Issuer:
    return Issuer(
        id=reading.guid(reading.read(data, "Id")),
        name=reading.text(reading.read(data, "Name")),
        status=reading.text(reading.read(data, "Status")).lower(),
        account_type=reading.text(reading.read(data, "AccountType")),
        address=reading.text(reading.read(data, "Address")),
        zip_code=reading.text(reading.read(data, "ZipCode")),
        city=reading.text(reading.read(data, "City")),
    )


def _accepted(data: Any) -> dict[str, str]:
    """Invoice ids by invoice number."""
    found = {
        reading.text(reading.read(entry, "InvoiceNumber")): reading.guid(
            reading.read(entry, "InvoiceId")
        )
        for entry in reading.items(reading.read(data, "Accepted"))
    }
    return {number: invoice_id for number, invoice_id in found.items() if invoice_id}


def _rejected(data: Any) -> dict[str, tuple[Refusal, ...]]:
    """Reasons by invoice number."""
    return {
        reading.text(reading.read(entry, "InvoiceNumber")): tuple(
            map(_refusal, reading.items(reading.read(entry, "Errors")))
        )
        for entry in reading.items(reading.read(data, "Rejected"))
    }


def _refusal(data: Any) -> Refusal:
    return Refusal(
        code=own_code(reading.read(data, "ErrorCode")),
        text=own_words(reading.read(data, "ErrorText", "ErrorDescription")),
    )


def _status(answer: Answer) -> Status:
    status = words.status(reading.read(answer.data, "Status"))
    if status is None:
        raise _bad(answer, "holds no status that is known")
    return status


def _check_subject(answer: Answer, asked: str) -> None:
    """BadAnswer where an answer names another invoice than was asked about."""
    invoice_id = reading.guid(reading.read(answer.data, "InvoiceId"))
    if invoice_id and invoice_id != asked:
        raise _bad(answer, "is about another invoice")


def _details(answer: Answer, asked: str) -> InvoiceDetails:
    data, status = answer.data, _status(answer)
    _check_subject(answer, asked)
    return InvoiceDetails(
        invoice_id=asked,
        status=status,
        invoice_number=reading.text(reading.read(data, "InvoiceNumber")),
        payment_reference=reading.text(reading.read(data, "PaymentReference")),
        total=reading.number(reading.read(data, "TotalAmount")),
        currency=reading.text(reading.read(data, "CurrencyCode"), 8).upper(),
        due_date=reading.day(reading.read(data, "DueDate")),
        payment_date=reading.moment(reading.read(data, "PaymentDate")),
        transaction_id=reading.text(reading.read(data, "PaymentTransactionId")),
        issuer_id=reading.guid(reading.read(data, "InvoiceIssuerId")),
    )
