"""What MobilePay refuses although it is well formed (contract, section 4).

The cheap checks run while the caller waits; those that must look something up
run, for a batch, some seconds later.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ...core import Simulator
from ...phones import normalise
from ...records import Merchant, Payer
from ..errors import DomainError
from ..records import DIRECT, INVALID, WAITING, Invoice, Issuer
from ..settings import ClassicSettings
from .book import InvoiceBook

#: The same refusal has one code for a Direct and another for a Link.
USER_NOT_FOUND = {True: 10101, False: 10304}
ISSUER_NOT_FOUND = {True: 10202, False: 10303}
ALREADY_EXISTS = {True: 10104, False: 10301}


def fingerprint(values: dict[str, Any]) -> str:
    """Two requests with all fields equal have the same fingerprint."""
    text = json.dumps(values, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


class Validation:
    """The checks, and the look-ups that they need."""

    def __init__(
        self, simulator: Simulator, settings: ClassicSettings, book: InvoiceBook
    ) -> None:
        self._simulator = simulator
        self._settings = settings
        self._book = book

    def check_cheap(
        self, merchant: Merchant, kind: str, values: dict[str, Any]
    ) -> None:
        """Amount above 0, dates, issuer: refused at once, also in a batch."""
        if values["TotalAmount"] <= 0:
            raise DomainError(10008)
        self.check_dates(self._simulator.clock.today(merchant.country), values)
        issuer = self._simulator.store.table(Issuer).get(values["InvoiceIssuer"])
        is_usable = (
            issuer is not None
            and issuer.merchant_id == merchant.id
            and issuer.status == "enabled"
        )
        if not is_usable:
            raise DomainError(ISSUER_NOT_FOUND[kind == DIRECT])

    def check_dates(self, today: date, values: dict[str, Any]) -> None:
        """``today <= DueDate < today + 400 days`` and ``IssueDate <= today``."""
        if values["DueDate"] < today:
            raise DomainError(10311)
        limit = timedelta(days=self._settings.due_days_limit)
        if values["DueDate"] >= today + limit:
            raise DomainError(10310)
        if values.get("IssueDate", today) > today:
            raise DomainError(10312)

    def check_costly(self, invoice: Invoice) -> None:
        """Payer, amount limit, daily limit and duplicates."""
        payer = self._check_payer(invoice)
        self._check_limit(invoice, payer)
        self._check_duplicate(invoice)
        self._check_daily_limit(invoice)

    def _check_payer(self, invoice: Invoice) -> Payer | None:
        """Find a Direct's payer; a Link's alias only has to be a phone number."""
        alias = invoice.values.get("ConsumerAlias")
        if alias is None:
            return None
        is_direct = invoice.kind == DIRECT
        invoice.phone = normalise(alias["Alias"], invoice.country)
        payer = self._simulator.store.table(Payer).get(invoice.phone)
        if payer and payer.country != invoice.country:
            payer = None
        if invoice.phone is None or (is_direct and payer is None):
            raise DomainError(USER_NOT_FOUND[is_direct])
        if is_direct and payer and not payer.available:
            raise DomainError(10102)
        return payer

    def _check_limit(self, invoice: Invoice, payer: Payer | None) -> None:
        limits = [self._settings.amount_limits[invoice.country]]
        if payer and payer.amount_limit is not None:
            limits.append(payer.amount_limit)
        if invoice.total_amount > min(limits):
            raise DomainError(10201)

    def _check_duplicate(self, invoice: Invoice) -> None:
        for other in self._book.same_fingerprint(invoice):
            if other.id != invoice.id and other.status not in (INVALID, WAITING):
                raise DomainError(ALREADY_EXISTS[invoice.kind == DIRECT])

    def _check_daily_limit(self, invoice: Invoice) -> None:
        if invoice.phone is None:
            return
        today = [
            other
            for other in self._book.to_phone(invoice.merchant_id, invoice.phone)
            if other.received_on == invoice.received_on
            and other.status not in (INVALID, WAITING)
            and other.id != invoice.id
        ]
        if len(today) >= self._settings.daily_limit:
            raise DomainError(10314)


def _plain(value: Any) -> str:
    """Equal amounts are equal however they were written (1, 1.0, 1.00)."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat()
