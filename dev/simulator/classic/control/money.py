"""Money by hand: refunds, other transactions, returns, settling, reporting keys."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify

from ...control.reading import body, merchant_or_404, needed, read_amount, show
from ...core import simulator
from ..errors import ApiError
from ..parts import classic
from ..records import Invoice
from ..reporting.records import TRANSFER, Transfer
from .reading import issuer_or_404
from .state import show_movement, show_transfer

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
        movement = classic().cashier.refund(invoice, amount)
    except ApiError as error:
        abort(409, str(error))
    return jsonify(show_movement(classic(), movement))


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
    movement = classic().cashier.enter(issuer, kind, amount, reference, message)
    return jsonify(show_movement(classic(), movement))


@blueprint.post("/transfers/<reference>/return")
def give_back(reference: str) -> Response:
    """The bank sends a transfer back; ``vat`` when several merchants have one."""
    transfer = _transfer(reference, body().get("vat"))
    try:
        movement = classic().cashier.give_back(transfer)
    except ApiError as error:
        abort(409, str(error))
    return jsonify(show_movement(classic(), movement))


@blueprint.post("/settle")
def settle() -> Response:
    """Transfer all balances now, or those of the merchant ``vat``."""
    vat = body().get("vat")
    merchant_id = merchant_or_404(vat).id if vat else None
    made = classic().transfers.settle(merchant_id)
    return jsonify(transfers=[show_transfer(classic(), transfer) for transfer in made])


@blueprint.post("/merchants/<vat>/reporting-key")
def make_reporting_key(vat: str) -> Response:
    """A reference access token, shown this once."""
    return jsonify(show(classic().reporting_keys.make(merchant_or_404(vat))))


@blueprint.delete("/merchants/<vat>/reporting-key")
def revoke_reporting_keys(vat: str) -> Response:
    """End all of the merchant's reference access tokens."""
    return jsonify(ended=classic().reporting_keys.revoke(merchant_or_404(vat)))


def _transfer(reference: str, vat: str | None) -> Transfer:
    """By reference or id; a reference is unique at one merchant only."""
    merchant_id = merchant_or_404(vat).id if vat else None
    found = [
        transfer
        for transfer in classic().transfers.all()
        if reference in (transfer.reference, transfer.id)
        and merchant_id in (None, transfer.merchant_id)
    ]
    if not found:
        abort(404, f"no transfer {reference}")
    if len(found) > 1:
        abort(409, f"several merchants have a transfer {reference}: name the vat")
    return found[0]
