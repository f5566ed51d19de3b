"""Money by hand: refunds, other transactions, returns, settling, reporting keys."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify

from ...control.reading import (
    body,
    issuer_or_404,
    merchant_or_404,
    needed,
    read_amount,
    show,
)
from ...core import simulator
from ..errors import ApiError
from ..records import Invoice, Issuer, Merchant
from ..reporting.records import TRANSFER, Movement, Transfer

blueprint = Blueprint("money", __name__, url_prefix="/control")


@blueprint.post("/invoices/<invoice_id>/refund")
def refund(invoice_id: str) -> Response:
    """Give back ``amount`` of a payment (default: all that is left of it)."""
    invoice = simulator().store.table(Invoice).get(invoice_id)
    if invoice is None:
        abort(404, f"no invoice {invoice_id}")
    asked = body().get("amount")
    amount = None if asked is None else read_amount("amount", asked)
    try:
        movement = simulator().cashier.refund(invoice, amount)
    except ApiError as error:
        abort(409, str(error))
    return jsonify(show_movement(movement))


@blueprint.post("/merchants/<vat>/issuers/<issuer_id>/transactions")
def add_transaction(vat: str, issuer_id: str) -> Response:
    """Anything else: ``type``, ``amount``, ``message``, ``reference``."""
    issuer = issuer_or_404(vat, issuer_id)
    content = body()
    kind = str(needed(content, "type"))
    if kind == TRANSFER:
        abort(400, "a transfer is made by settling")
    amount = read_amount("amount", needed(content, "amount"))
    reference, message = content.get("reference"), content.get("message")
    movement = simulator().cashier.enter(issuer, kind, amount, reference, message)
    return jsonify(show_movement(movement))


@blueprint.post("/transfers/<reference>/return")
def give_back(reference: str) -> Response:
    """The bank sends a transfer back; ``vat`` when several merchants have one."""
    transfer = _transfer(reference, body().get("vat"))
    try:
        movement = simulator().cashier.give_back(transfer)
    except ApiError as error:
        abort(409, str(error))
    return jsonify(show_movement(movement))


@blueprint.post("/settle")
def settle() -> Response:
    """Transfer all balances now, or those of the merchant ``vat``."""
    vat = body().get("vat")
    merchant_id = merchant_or_404(vat).id if vat else None
    made = simulator().transfers.settle(merchant_id)
    return jsonify(transfers=[show_transfer(transfer) for transfer in made])


@blueprint.post("/merchants/<vat>/reporting-key")
def make_reporting_key(vat: str) -> Response:
    """A reference access token, shown this once."""
    return jsonify(show(simulator().reporting_keys.make(merchant_or_404(vat))))


@blueprint.delete("/merchants/<vat>/reporting-key")
def revoke_reporting_keys(vat: str) -> Response:
    """End all of the merchant's reference access tokens."""
    return jsonify(ended=simulator().reporting_keys.revoke(merchant_or_404(vat)))


def show_movement(movement: Movement) -> dict[str, Any]:
    """A movement with the transfer in which it is."""
    transfer = simulator().transfers.of_movement(movement.id)
    reference = transfer.reference if transfer else None
    return {**show(movement), "transfer_reference": reference}


def show_transfer(transfer: Transfer) -> dict[str, Any]:
    """A transfer, its movements counted."""
    shown = {**show(transfer), "movements": len(transfer.movement_ids)}
    del shown["movement_ids"]
    return {**shown, "merchant_vat": _vat(transfer.merchant_id)}


def show_balances() -> list[dict[str, Any]]:
    """What is on each issuer's balance."""
    ledger = simulator().ledger
    return [
        {
            "issuer_id": issuer.id,
            "issuer": issuer.name,
            "merchant_vat": _vat(issuer.merchant_id),
            "balance": ledger.balance(issuer.id),
            "movements": len(ledger.waiting(issuer.id)),
        }
        for issuer in simulator().store.table(Issuer).all()
    ]


def _transfer(reference: str, vat: str | None) -> Transfer:
    """By reference or id; a reference is unique at one merchant only."""
    merchant_id = merchant_or_404(vat).id if vat else None
    found = [
        transfer
        for transfer in simulator().transfers.all()
        if reference in (transfer.reference, transfer.id)
        and merchant_id in (None, transfer.merchant_id)
    ]
    if not found:
        abort(404, f"no transfer {reference}")
    if len(found) > 1:
        abort(409, f"several merchants have a transfer {reference}: name the vat")
    return found[0]


def _vat(merchant_id: str) -> str | None:
    merchant: Merchant | None = simulator().merchants.get(merchant_id)
    return merchant.vat if merchant else None
