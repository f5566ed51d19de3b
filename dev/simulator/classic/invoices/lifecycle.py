"""What happens to an invoice after it was created (contract, section 5)."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

from ...clock import local_day, start_of_day
from ...core import Simulator
from ...records import Payer
from ..callbacks.queue import CallbackQueue
from ..errors import DomainError, PaymentRefusedError
from ..records import ACCEPTED, CANCELED, DIRECT, EXPIRED, OPEN, PAID, REJECTED, Invoice
from ..reporting.cashier import Cashier
from ..settings import ClassicSettings
from ..wording import day_text, moment_text, status_word
from .consents import ConsentBook

#: Payments for a later day are made early in the morning.
MORNING = timedelta(hours=6)


class Lifecycle:
    """Moves invoices from status to status and tells the merchant."""

    def __init__(
        self,
        simulator: Simulator,
        settings: ClassicSettings,
        callbacks: CallbackQueue,
        consents: ConsentBook,
        cashier: Cashier,
        seed: int | None,
    ) -> None:
        self._simulator = simulator
        self._settings = settings
        self._callbacks = callbacks
        self._consents = consents
        self._cashier = cashier
        self._table = simulator.store.table(Invoice)
        self._random = random.Random(seed)

    # what the payer does

    def accept(self, invoice: Invoice, payer: Payer, day: date | None = None) -> None:
        """The payer swipes: pays today, or names a later day (and may change it)."""
        with self._simulator.store.lock:
            today = self._simulator.clock.today(invoice.country)
            self._check_payer(invoice, payer)
            self._check_open(invoice)
            self._check_day(invoice, day or today, today)
            invoice.payer_phone = payer.phone
            invoice.payment_date = day or today
            self._accept(invoice, payer, is_today=invoice.payment_date == today)

    def reject(self, invoice: Invoice, payer: Payer) -> None:
        """The payer rejects; a link only after having accepted it for later."""
        with self._simulator.store.lock:
            self._check_payer(invoice, payer)
            self._check_open(invoice)
            if invoice.kind != DIRECT and invoice.status != ACCEPTED:
                raise DomainError(None, "A link can be rejected once accepted")
            self.record(invoice, REJECTED)

    # what the merchant does

    def cancel(self, invoice: Invoice) -> None:
        """Cancel what is not paid, rejected or expired, also after accepted."""
        with self._simulator.store.lock:
            self._check_open(invoice)
            self.record(invoice, CANCELED)

    # what time does

    def expire(self, invoice: Invoice) -> None:
        """End an open invoice as if its time had passed."""
        with self._simulator.store.lock:
            self._check_open(invoice)
            self.record(invoice, EXPIRED)

    def tick(self) -> None:
        """Pay what was accepted for a day that has come; expire what is old."""
        with self._simulator.store.lock:
            for invoice in self._table.all():
                if invoice.status in OPEN:
                    self._tick(invoice)

    # status changes

    def record(
        self,
        invoice: Invoice,
        status: str,
        extra: dict[str, Any] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Change the status and queue the callback that tells it."""
        moment = at or self._simulator.clock.now()
        style = self._settings.callback_status_words
        event = {
            "InvoiceId": invoice.id,
            "Status": status_word(status, style),
            "Date": moment_text(moment, self._random.randrange(10)),
            "Sequence": invoice.next_sequence,
            **(extra or {}),
        }
        invoice.status = status
        invoice.next_sequence += self._random.choice((1, 1, 2, 3))
        invoice.history.append(event)
        self._table.put(invoice)
        self._callbacks.enqueue(invoice.merchant_id, event)

    def last_day(self, invoice: Invoice) -> date:
        """The last day on which the invoice can be paid."""
        days = self._settings.expiry_days
        return invoice.due_date + timedelta(days=days)

    def _accept(self, invoice: Invoice, payer: Payer, is_today: bool) -> None:
        skip_accepted = self._settings.accept_mode == "paid"
        if not (is_today and payer.can_pay and skip_accepted):
            extra = {"PaymentDate": day_text(invoice.payment_date)}
            self.record(invoice, ACCEPTED, extra)
        if is_today and payer.can_pay:
            self._pay(invoice)
        elif is_today:
            raise PaymentRefusedError("The payment failed: no funds")

    def _pay(self, invoice: Invoice, at: datetime | None = None) -> None:
        moment = at or self._simulator.clock.now()
        invoice.paid_at = moment
        invoice.payment_date = local_day(moment, invoice.country)
        digits = self._random.randrange(10**14, 10**15)
        invoice.transaction_id = f"{len(self._table):06d}{digits}"
        self.record(invoice, PAID, at=moment)
        self._cashier.pay(invoice)
        self._consents.link_paid(invoice)

    def _tick(self, invoice: Invoice) -> None:
        today = self._simulator.clock.today(invoice.country)
        last_day = self.last_day(invoice)
        if self._is_payable(invoice, min(today, last_day)):
            self._pay(invoice, self._morning_of_payment(invoice))
        elif today > last_day:
            after = start_of_day(last_day + timedelta(days=1), invoice.country)
            self.record(invoice, EXPIRED, at=after)

    def _is_payable(self, invoice: Invoice, until: date) -> bool:
        payer = self._simulator.payers.get(invoice.payer_phone)
        day = invoice.payment_date
        is_due = invoice.status == ACCEPTED and day is not None and day <= until
        return is_due and payer is not None and payer.can_pay

    def _morning_of_payment(self, invoice: Invoice) -> datetime:
        """When a payment for a later day happened: never in the future."""
        now = self._simulator.clock.now()
        if invoice.payment_date is None:
            return now
        morning = start_of_day(invoice.payment_date, invoice.country) + MORNING
        return morning if invoice.received_at < morning < now else now

    # refusals

    @staticmethod
    def _check_payer(invoice: Invoice, payer: Payer) -> None:
        is_theirs = invoice.kind != DIRECT or invoice.phone == payer.phone
        if not is_theirs or payer.country != invoice.country:
            raise DomainError(10101)

    @staticmethod
    def _check_open(invoice: Invoice) -> None:
        if invoice.status == PAID:
            raise DomainError(10504)
        if invoice.status not in OPEN:
            raise DomainError(None, f"Invoice is {invoice.status}")

    def _check_day(self, invoice: Invoice, day: date, today: date) -> None:
        if day < today:
            raise PaymentRefusedError("The payment date is in the past")
        if day > self.last_day(invoice):
            raise PaymentRefusedError("The payment date is too late")
