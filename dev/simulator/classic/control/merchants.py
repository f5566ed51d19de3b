"""Merchants and their issuers by hand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify

from ...control.reading import body, merchant_or_404, needed, show
from ...core import simulator
from ...records import Merchant, new_id
from ..parts import classic
from ..records import Issuer
from . import issuers
from .reading import issuer_or_404

blueprint = Blueprint("merchants", __name__, url_prefix="/control")


@blueprint.route("/merchants", methods=["GET", "POST"])
def merchants() -> Response:
    """List merchants, or add one: ``vat``, ``name``, ``users``."""
    content = body()
    if content:
        vat = str(needed(content, "vat")).upper()
        if vat[:2] not in ("DK", "FI") or simulator().merchant_by_vat(vat):
            abort(400, f"{vat} cannot be added")
        users = content.get("users", ["merchant"])
        merchant = Merchant(new_id(), vat, content.get("name", vat), vat[:2], users)
        simulator().merchants.put(merchant)
    return jsonify([_merchant(merchant) for merchant in simulator().merchants.all()])


@blueprint.post("/merchants/<vat>/issuers")
def add_issuer(vat: str) -> Response:
    """Add an issuer: ``name``, ``status``, ``transfer``, ``fees`` …"""
    merchant = merchant_or_404(vat)
    issuer = Issuer(new_id(), merchant.id, name="Issuer")
    issuers.change_issuer(issuer, body())
    return jsonify(show(simulator().store.table(Issuer).put(issuer)))


@blueprint.post("/merchants/<vat>/issuers/<issuer_id>")
def change_issuer(vat: str, issuer_id: str) -> Response:
    """Change an issuer, for example its ``status``."""
    issuer = issuer_or_404(vat, issuer_id)
    issuers.change_issuer(issuer, body())
    return jsonify(show(simulator().store.table(Issuer).put(issuer)))


@blueprint.post("/merchants/<vat>/revoke")
def revoke(vat: str) -> Response:
    """End all consents of the merchant, as in the portal."""
    merchant = merchant_or_404(vat)
    ended = classic().sessions.end_all(merchant.id, "the merchant")
    return jsonify(ended=ended)


@blueprint.post("/merchants/<vat>/forget-callback")
def forget_callback(vat: str) -> Response:
    """Forget the merchant's callback address and authentication."""
    merchant = merchant_or_404(vat)
    merchant.callback_url = merchant.callback_scheme = None
    merchant.callback_username = merchant.callback_secret = None
    simulator().merchants.put(merchant)
    return jsonify(_merchant(merchant))


def _merchant(merchant: Merchant) -> dict[str, Any]:
    found = simulator().store.table(Issuer).find(merchant_id=merchant.id)
    return {**show(merchant), "issuers": [show(issuer) for issuer in found]}
