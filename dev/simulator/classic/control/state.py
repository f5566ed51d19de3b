"""What was received and what became of it, for showing."""

from __future__ import annotations

from typing import Any

from ...control.reading import show
from ...records import Merchant
from ..callbacks.queue import CallbackQueue
from ..openid.records import describe
from ..parts import Classic
from ..records import Consent, Invoice, Issuer
from ..reporting.records import Movement, Transfer


def show_state(parts: Classic) -> dict[str, Any]:
    """The classic service's share of ``GET /control/state``."""
    journal, store = parts.simulator.journal, parts.simulator.store
    transfers = parts.transfers.all()
    return {
        "create_calls": journal.counts("create_calls"),
        "openid": journal.counts("openid"),
        "sessions": [describe(session) for session in parts.sessions.all()],
        "invoices": [_invoice(parts, row) for row in store.table(Invoice).all()],
        "transfers": [show_transfer(parts, transfer) for transfer in transfers],
        "balances": show_balances(parts),
        "reporting_keys": parts.reporting_keys.describe(),
        "consents": [show(consent) for consent in store.table(Consent).all()],
        "callbacks": show_callbacks(parts.callbacks),
    }


def show_callbacks(queue: CallbackQueue) -> dict[str, Any]:
    """The queue and the log of deliveries."""
    return {
        "paused": queue.is_paused,
        "queued": queue.queued(),
        "held": queue.held(),
        "deliveries": [show(delivery) for delivery in queue.deliveries()],
    }


def show_movement(parts: Classic, movement: Movement) -> dict[str, Any]:
    """A movement with the transfer in which it is."""
    transfer = parts.transfers.of_movement(movement.id)
    reference = transfer.reference if transfer else None
    return {**show(movement), "transfer_reference": reference}


def show_transfer(parts: Classic, transfer: Transfer) -> dict[str, Any]:
    """A transfer, its movements counted."""
    shown = {**show(transfer), "movements": len(transfer.movement_ids)}
    del shown["movement_ids"]
    return {**shown, "merchant_vat": _vat(parts, transfer.merchant_id)}


def show_balances(parts: Classic) -> list[dict[str, Any]]:
    """What is on each issuer's balance."""
    ledger = parts.ledger
    return [
        {
            "issuer_id": issuer.id,
            "issuer": issuer.name,
            "merchant_vat": _vat(parts, issuer.merchant_id),
            "balance": ledger.balance(issuer.id),
            "movements": len(ledger.waiting(issuer.id)),
        }
        for issuer in parts.simulator.store.table(Issuer).all()
    ]


def _invoice(parts: Classic, invoice: Invoice) -> dict[str, Any]:
    attempts = parts.invoices.attempts(invoice)
    return {
        **show(invoice),
        "number": invoice.number,
        "reference": invoice.reference,
        "create_attempts": attempts,
    }


def _vat(parts: Classic, merchant_id: str) -> str | None:
    merchant: Merchant | None = parts.simulator.merchants.get(merchant_id)
    return merchant.vat if merchant else None
