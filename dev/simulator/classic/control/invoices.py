"""What a payer or time does with an invoice, by hand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify

from ...control.reading import body
from ...core import simulator
from ..errors import ApiError, PaymentRefusedError
from ..fields import read_date
from ..parts import classic
from ..records import Invoice

blueprint = Blueprint("invoices", __name__, url_prefix="/control")


@blueprint.post("/invoices/<invoice_id>/<any(accept, reject, expire):action>")
def act(invoice_id: str, action: str) -> Response:
    """What a payer or time does: ``phone``, and for accept ``payment_date``."""
    invoice = simulator().store.table(Invoice).get(invoice_id)
    if invoice is None:
        abort(404, f"no invoice {invoice_id}")
    try:
        _act(invoice, action, body())
    except (ApiError, PaymentRefusedError) as error:
        abort(409, str(error))
    return jsonify(id=invoice.id, status=invoice.status)


def _act(invoice: Invoice, action: str, content: dict[str, Any]) -> None:
    lifecycle = classic().lifecycle
    if action == "expire":
        lifecycle.expire(invoice)
        return
    payer = simulator().payers.get(content.get("phone") or invoice.phone)
    if payer is None:
        abort(400, "phone is required")
    if action == "reject":
        lifecycle.reject(invoice, payer)
        return
    asked = content.get("payment_date")
    lifecycle.accept(
        invoice, payer, read_date("payment_date", asked) if asked else None
    )
