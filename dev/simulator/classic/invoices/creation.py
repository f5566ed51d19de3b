"""Creating invoices, one or a batch, and finding them again (section 4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ..errors import ApiError, DomainError, InputError, NotFoundError
from ..fields import read_invoice
from ..records import (
    CREATED,
    DIRECT,
    INVALID,
    LINK,
    WAITING,
    Invoice,
    Merchant,
    new_id,
)
from .validation import check_cheap, check_costly, fingerprint

if TYPE_CHECKING:
    from ...core import Simulator

Accepted = list[dict[str, Any]]
Rejected = list[dict[str, Any]]


class InvoiceBook:
    """All invoices, with the look-ups that validation needs."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._table = simulator.store.table(Invoice)
        self.rebuild()

    def rebuild(self) -> None:
        """Make the look-ups anew from the store."""
        self._by_fingerprint: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._by_phone: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._attempts: Counter[tuple[str, ...]] = Counter()
        self._waiting: list[str] = []
        for invoice in self._table.all():
            self._remember(invoice)
            self._attempts[self._fingerprint_key(invoice)] += 1

    # finding

    def get(self, merchant: Merchant, invoice_id: str) -> Invoice:
        """The merchant's invoice; 404 for any other and for one not validated."""
        invoice = self._table.get(invoice_id)
        if invoice is None or invoice.merchant_id != merchant.id:
            raise NotFoundError("Invoice not found")
        if invoice.status == WAITING:
            raise NotFoundError("Invoice not found")
        return invoice

    def same_fingerprint(self, invoice: Invoice) -> list[Invoice]:
        """All invoices with all fields equal to this one's."""
        return self._rows(self._by_fingerprint[self._fingerprint_key(invoice)])

    def to_phone(self, merchant_id: str, phone: str) -> list[Invoice]:
        """What this merchant addressed to this phone number."""
        return self._rows(self._by_phone[(merchant_id, phone)])

    def attempts(self, invoice: Invoice) -> int:
        """How often such an invoice was asked for, whatever the answer."""
        return self._attempts[self._fingerprint_key(invoice)]

    # creating

    def create(self, merchant: Merchant, kind: str, body: Any) -> Invoice:
        """Create one invoice, fully validated before the answer."""
        simulator = self._simulator
        values = read_invoice(body, kind == DIRECT)
        with simulator.store.lock:
            self._attempts[(merchant.id, kind, fingerprint(values))] += 1
            check_cheap(simulator, merchant, kind, values)
            invoice = self._new(merchant, kind, values)
            check_costly(simulator, invoice)
            self._table.put(invoice)
            self._remember(invoice)
            simulator.life.record(invoice, CREATED)
        return invoice

    def create_batch(
        self, merchant: Merchant, kind: str, bodies: Any
    ) -> tuple[Accepted, Rejected]:
        """Take a batch; most of its validation happens later."""
        limit = self._simulator.settings.batch_limit
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
        simulator = self._simulator
        with simulator.store.lock:
            now = simulator.clock.now()
            due = [
                invoice
                for invoice in self._rows(self._waiting)
                if everything or invoice.validate_at <= now
            ]
            for invoice in due:
                self._waiting.remove(invoice.id)
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
            with self._simulator.store.lock:
                self._attempts[(merchant.id, kind, fingerprint(values))] += 1
            self._check_number(number, seen)
            check_cheap(self._simulator, merchant, kind, values)
        except ApiError as error:
            entry = {"ErrorText": error.text, "ErrorCode": error.code}
            rejected.append({"InvoiceNumber": number, "Errors": [entry]})
            return
        invoice = self._new(merchant, kind, values, in_batch=True)
        with self._simulator.store.lock:
            self._table.put(invoice)
            self._remember(invoice)
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
        simulator = self._simulator
        try:
            check_costly(simulator, invoice)
        except DomainError as error:
            reason = {"ErrorCode": error.code, "ErrorMessage": error.text}
            simulator.life.record(invoice, INVALID, reason)
            return
        links = simulator.links(invoice) if invoice.kind == LINK else None
        self._remember_phone(invoice)
        simulator.life.record(invoice, CREATED, {"Links": links} if links else None)

    def _new(
        self,
        merchant: Merchant,
        kind: str,
        values: dict[str, Any],
        in_batch: bool = False,
    ) -> Invoice:
        simulator = self._simulator
        now = simulator.clock.now()
        wait = simulator.settings.validation_seconds / simulator.settings.speed
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

    # look-ups

    def _remember(self, invoice: Invoice) -> None:
        key = self._fingerprint_key(invoice)
        self._by_fingerprint[key].append(invoice.id)
        if invoice.status == WAITING and invoice.in_batch:
            self._waiting.append(invoice.id)
        else:
            self._remember_phone(invoice)

    def _remember_phone(self, invoice: Invoice) -> None:
        if invoice.phone:
            self._by_phone[(invoice.merchant_id, invoice.phone)].append(invoice.id)

    @staticmethod
    def _fingerprint_key(invoice: Invoice) -> tuple[str, ...]:
        return (invoice.merchant_id, invoice.kind, invoice.fingerprint)

    def _rows(self, ids: list[str]) -> list[Invoice]:
        rows = (self._table.get(invoice_id) for invoice_id in list(ids))
        return [row for row in rows if row is not None]


def _number_of(body: Any) -> str | None:
    """The InvoiceNumber of a batch element, even of a malformed one."""
    if not isinstance(body, dict):
        return None
    for name, value in body.items():
        if name.lower() == "invoicenumber" and isinstance(value, str):
            return value
    return None
