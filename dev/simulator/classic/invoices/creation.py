"""Creating invoices, one or a batch (contract, section 4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ...core import Simulator
from ...records import Merchant, new_id
from ..errors import ApiError, DomainError, InputError
from ..fields import read_invoice
from ..records import CREATED, DIRECT, INVALID, LINK, Invoice
from ..settings import ClassicSettings
from .book import InvoiceBook
from .lifecycle import Lifecycle
from .validation import Validation, fingerprint

Accepted = list[dict[str, Any]]
Rejected = list[dict[str, Any]]


class InvoiceCreation:
    """Takes requests for invoices, and refuses what MobilePay refuses."""

    def __init__(
        self,
        simulator: Simulator,
        settings: ClassicSettings,
        book: InvoiceBook,
        lifecycle: Lifecycle,
    ) -> None:
        self._simulator = simulator
        self._settings = settings
        self._book = book
        self._lifecycle = lifecycle
        self._validation = Validation(simulator, settings, book)

    def create(self, merchant: Merchant, kind: str, body: Any) -> Invoice:
        """Create one invoice, fully validated before the answer."""
        values = read_invoice(body, kind == DIRECT)
        with self._simulator.store.lock:
            self._book.note_attempt(merchant, kind, fingerprint(values))
            self._validation.check_cheap(merchant, kind, values)
            invoice = self._new(merchant, kind, values)
            self._validation.check_costly(invoice)
            self._book.add(invoice)
            self._lifecycle.record(invoice, CREATED)
        return invoice

    def create_batch(
        self, merchant: Merchant, kind: str, bodies: Any
    ) -> tuple[Accepted, Rejected]:
        """Take a batch; most of its validation happens later."""
        limit = self._settings.batch_limit
        if not isinstance(bodies, list) or not bodies:
            raise InputError("The body must be an array of invoices")
        if len(bodies) > limit:
            raise InputError(f"A batch must not have more than {limit} invoices")
        accepted: Accepted = []
        rejected: Rejected = []
        seen: set[str] = set()
        for body in bodies:
            self._take(merchant, kind, body, seen, accepted, rejected)
        return accepted, rejected

    def validate_waiting(self, everything: bool = False) -> None:
        """Validate the batch invoices whose time has come (or all of them)."""
        with self._simulator.store.lock:
            now = self._simulator.clock.now()
            for invoice in self._book.waiting():
                if everything or invoice.validate_at <= now:
                    self._book.end_waiting(invoice)
                    self._validate(invoice)

    def _take(
        self,
        merchant: Merchant,
        kind: str,
        body: Any,
        seen: set[str],
        accepted: Accepted,
        rejected: Rejected,
    ) -> None:
        number = _number_of(body)
        try:
            values = read_invoice(body, kind == DIRECT)
            self._book.note_attempt(merchant, kind, fingerprint(values))
            self._check_number(number, seen)
            self._validation.check_cheap(merchant, kind, values)
        except ApiError as error:
            entry = {"ErrorText": error.text, "ErrorCode": error.code}
            rejected.append({"InvoiceNumber": number, "Errors": [entry]})
            return
        invoice = self._new(merchant, kind, values, in_batch=True)
        self._book.add(invoice)
        accepted.append({"InvoiceNumber": number, "InvoiceId": invoice.id})

    @staticmethod
    def _check_number(number: str | None, seen: set[str]) -> None:
        """A batch's answer is paired with it by InvoiceNumber only."""
        if not number:
            raise InputError("InvoiceNumber is required in a batch")
        if number in seen:
            raise InputError("InvoiceNumber is repeated in the batch")
        seen.add(number)

    def _validate(self, invoice: Invoice) -> None:
        try:
            self._validation.check_costly(invoice)
        except DomainError as error:
            reason = {"ErrorCode": error.code, "ErrorMessage": error.text}
            self._lifecycle.record(invoice, INVALID, reason)
            return
        self._book.remember_phone(invoice)
        is_link = invoice.kind == LINK
        extra = {"Links": self._book.links(invoice)} if is_link else None
        self._lifecycle.record(invoice, CREATED, extra)

    def _new(
        self,
        merchant: Merchant,
        kind: str,
        values: dict[str, Any],
        in_batch: bool = False,
    ) -> Invoice:
        simulator = self._simulator
        now = simulator.clock.now()
        wait = self._settings.validation_seconds / simulator.settings.speed
        return Invoice(
            id=new_id(),
            merchant_id=merchant.id,
            country=merchant.country,
            kind=kind,
            issuer_id=values["InvoiceIssuer"],
            total_amount=values["TotalAmount"],
            currency=merchant.currency,
            due_date=values["DueDate"],
            values=values,
            fingerprint=fingerprint(values),
            received_at=now,
            received_on=simulator.clock.today(merchant.country),
            in_batch=in_batch,
            validate_at=now + timedelta(seconds=wait),
        )


def _number_of(body: Any) -> str | None:
    """The InvoiceNumber of a batch element, even of a malformed one."""
    if not isinstance(body, dict):
        return None
    for name, value in body.items():
        if name.lower() == "invoicenumber" and isinstance(value, str):
            return value
    return None
