"""The user simulation (section 8): what a test payer does, in the sandbox only.

MobilePay names the test payer by a GUID of its own, which goes with each call in
the header ``AuthenticatedUser``. The invoice's PDF as the payer sees it is not
asked for: it is no JSON.
"""

from __future__ import annotations

import uuid
from datetime import date

from .. import reading
from ..transport.transport import Transport
from . import consents
from .payload import to_json

_INVOICES = "/api/v1/consumers/me/invoices"
_CONSENTS = f"{_INVOICES}/directinvoiceconsent"


def user_id(text: str) -> str:
    """The GUID of a test payer or of its card in the form MobilePay takes.

    :raises ValueError: for anything else
    """
    return str(uuid.UUID(text.strip()))


class PayerApi:
    """One test payer's MobilePay app.

    Every method raises the errors of :meth:`.Transport.request`.

    :param transport: with the Invoice API's base in the sandbox
    :param user: the test payer's GUID
    :param card: the GUID of the test payer's card, '' to let MobilePay choose
    :raises ValueError: where one of them is no GUID
    """

    def __init__(self, transport: Transport, user: str, card: str = "") -> None:
        self._transport = transport
        self._headers = {"AuthenticatedUser": user_id(user)}
        self._card = user_id(card) if card else ""

    def accept(self, invoice_id: str, day: date) -> str:
        """Swipe: pay today, or name a later day.

        :param day: in the payer's country
        :return: MobilePay's status word, in small letters; '' if it gave none
        :raises Rejected: for an invoice that is over, or a payment that failed
        """
        body: dict[str, object] = {"paymentDate": f"{day.isoformat()}T00:00:00Z"}
        if self._card:
            body["ConsumerCard"] = self._card
        data = self._put(f"{_INVOICES}/{_id(invoice_id)}/accept", body)
        return reading.text(reading.read(data, "InvoicePaymentStatus")).lower()

    def reject(self, invoice_id: str) -> None:
        """Turn an invoice down; a link only after having accepted it for later."""
        self._put(f"{_INVOICES}/{_id(invoice_id)}/reject")

    def answer_consent(self, consent_id: str, granted: bool) -> None:
        """Say yes or no to direct invoices (section 7)."""
        self._put(f"{_CONSENTS}/{_id(consent_id)}", {"isConsentGranted": granted})

    def withdraw_consent(self, consent_id: str) -> None:
        """Take a consent back: MobilePay lists it no more."""
        path = f"{consents.PATH}/{_id(consent_id)}"
        self._transport.request("DELETE", path, headers=self._headers)

    def _put(self, path: str, body: dict[str, object] | None = None) -> object:
        text = None if body is None else to_json(body)
        return self._transport.request(
            "PUT", path, body=text, headers=self._headers
        ).data


def _id(value: str) -> str:
    """A GUID as part of a path; ValueError for anything else."""
    return str(uuid.UUID(value))
