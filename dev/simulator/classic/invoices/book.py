"""All invoices, and the look-ups that find them again (contract, section 4)."""

from __future__ import annotations

from collections import Counter, defaultdict

from ...core import Simulator
from ...records import Merchant
from ..errors import NotFoundError
from ..records import WAITING, Invoice


class InvoiceBook:
    """Invoices by id, by what was asked for and by the payer's phone number."""

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
            self._attempts[_key(invoice)] += 1

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
        return self._rows(self._by_fingerprint[_key(invoice)])

    def to_phone(self, merchant_id: str, phone: str) -> list[Invoice]:
        """What this merchant addressed to this phone number."""
        return self._rows(self._by_phone[(merchant_id, phone)])

    def waiting(self) -> list[Invoice]:
        """The batch invoices that are not validated yet."""
        return self._rows(self._waiting)

    def attempts(self, invoice: Invoice) -> int:
        """How often such an invoice was asked for, whatever the answer."""
        return self._attempts[_key(invoice)]

    def links(self, invoice: Invoice) -> list[dict[str, str]]:
        """The link that a payer opens."""
        href = f"{self._simulator.base_url}/pay/{invoice.id}"
        return [{"Rel": "user-redirect", "Href": href}]

    # keeping

    def add(self, invoice: Invoice) -> None:
        """Keep an invoice; one of a batch waits for its validation."""
        with self._simulator.store.lock:
            self._table.put(invoice)
            self._remember(invoice)

    def end_waiting(self, invoice: Invoice) -> None:
        """A batch invoice's validation begins: it waits no longer."""
        self._waiting.remove(invoice.id)

    def remember_phone(self, invoice: Invoice) -> None:
        """Find an invoice by its phone number from now on, if it has one."""
        if invoice.phone:
            self._by_phone[(invoice.merchant_id, invoice.phone)].append(invoice.id)

    def note_attempt(self, merchant: Merchant, kind: str, fingerprint: str) -> None:
        """Count one more request for such an invoice."""
        with self._simulator.store.lock:
            self._attempts[(merchant.id, kind, fingerprint)] += 1

    def _remember(self, invoice: Invoice) -> None:
        self._by_fingerprint[_key(invoice)].append(invoice.id)
        if invoice.status == WAITING and invoice.in_batch:
            self._waiting.append(invoice.id)
        else:
            self.remember_phone(invoice)

    def _rows(self, ids: list[str]) -> list[Invoice]:
        rows = (self._table.get(invoice_id) for invoice_id in list(ids))
        return [row for row in rows if row is not None]


def _key(invoice: Invoice) -> tuple[str, ...]:
    return (invoice.merchant_id, invoice.kind, invoice.fingerprint)
