"""A payer's consent to be invoiced directly (contract, section 7)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from ...core import Simulator
from ...records import Merchant, Payer, new_id
from ..errors import DomainError, InputError, NotFoundError
from ..records import LINK, PAID, Consent, Invoice
from ..settings import ClassicSettings
from ..wording import moment_text

CONTEXT = "DirectInvoiceConsents"
PENDING, GRANTED, DENIED = "Pending", "Granted", "Denied"
#: The specification's numbers for the words, in the same order.
NUMBERS = {PENDING: 1, GRANTED: 2, DENIED: 3}


class ConsentBook:
    """All consents: asked for by merchants, answered by payers."""

    def __init__(self, simulator: Simulator, settings: ClassicSettings) -> None:
        self._simulator = simulator
        self._settings = settings
        self._table = simulator.store.table(Consent)

    def request(self, invoice: Invoice) -> Consent:
        """Ask the payer of a link, once it is paid; asking twice is one question."""
        if invoice.kind != LINK:
            raise DomainError(None, "Only a link can ask for consent", CONTEXT)
        with self._simulator.store.lock:
            asked = self._table.find(invoice_id=invoice.id)
            if asked:
                return asked[0]
            consent = self._table.put(
                Consent(new_id(), invoice.id, invoice.merchant_id, invoice.issuer_id)
            )
            if invoice.status == PAID:
                self.link_paid(invoice)
        return consent

    def get(self, merchant: Merchant, consent_id: str) -> Consent:
        """One consent of the merchant's, or 404."""
        consent = self._table.get(consent_id)
        if consent is None or consent.merchant_id != merchant.id:
            raise NotFoundError("Consent not found", CONTEXT)
        return consent

    def granted(
        self, merchant: Merchant, issuer_id: str | None, paging_state: str | None
    ) -> tuple[list[Consent], str | None]:
        """One page of granted consents and the state that leads to the next."""
        rows = self._table.find(merchant_id=merchant.id, state=GRANTED)
        if issuer_id:
            rows = [row for row in rows if row.issuer_id == issuer_id]
        start = _read_paging_state(paging_state)
        end = start + self._settings.consent_page_size
        return rows[start:end], _paging_state(end) if end < len(rows) else None

    def questions_for(self, phone: str) -> list[Consent]:
        """The consents that this payer was asked for, answered or not."""
        return self._table.find(phone=phone)

    def link_paid(self, invoice: Invoice) -> None:
        """A paid link brings its question to the person who paid."""
        for consent in self._table.find(invoice_id=invoice.id):
            consent.phone = invoice.payer_phone
            self._table.put(consent)

    def answer(self, consent_id: str, payer: Payer, is_granted: bool) -> Consent:
        """The payer grants or denies (and may change their mind)."""
        consent = self._of_payer(consent_id, payer)
        with self._simulator.store.lock:
            consent.state = GRANTED if is_granted else DENIED
            now = self._simulator.clock.now()
            consent.granted_on = now if is_granted else None
            self._table.put(consent)
        return consent

    def withdraw(self, consent_id: str, payer: Payer) -> None:
        """The payer takes the consent back: it is gone."""
        self._table.delete(self._of_payer(consent_id, payer).id)

    def show(self, consent: Consent) -> dict[str, Any]:
        """A consent in MobilePay's words."""
        as_number = self._settings.consent_state_as == "number"
        granted_on = consent.granted_on
        return {
            "ConsentId": consent.id,
            "InvoiceId": consent.invoice_id,
            "PhoneNumber": consent.phone,
            "State": NUMBERS[consent.state] if as_number else consent.state,
            "GrantedOn": moment_text(granted_on) if granted_on else None,
        }

    def _of_payer(self, consent_id: str, payer: Payer) -> Consent:
        consent = self._table.get(consent_id)
        if consent is None or consent.phone != payer.phone:
            raise DomainError(None, "Consent not found", CONTEXT)
        return consent


def _paging_state(offset: int) -> str:
    """Opaque on purpose, with characters that a URL must encode."""
    return base64.b64encode(f"offset>>>{offset}???".encode()).decode()


def _read_paging_state(state: str | None) -> int:
    if not state:
        return 0
    try:
        text = base64.b64decode(state, validate=True).decode()
        return int(text.removeprefix("offset>>>").removesuffix("???"))
    except (binascii.Error, ValueError) as error:
        raise InputError("pagingState is not valid") from error
