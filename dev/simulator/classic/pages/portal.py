"""The merchant portal."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ...core import simulator
from ...phones import CLASSIC_COUNTRIES
from ...records import Merchant
from ..parts import classic
from ..records import Invoice, Issuer

blueprint = Blueprint("portal", __name__)


def index_section() -> str:
    """The index page's share: addresses, and merchants with their issuers."""
    issuers = simulator().store.table(Issuer)
    merchants = [
        (merchant, issuers.find(merchant_id=merchant.id))
        for merchant in simulator().merchants.all()
        if merchant.country in CLASSIC_COUNTRIES
    ]
    return render_template(
        "classic/index.html", merchants=merchants, base_url=simulator().base_url
    )


@blueprint.get("/portal/<vat>")
def portal(vat: str) -> str:
    """A merchant's portal: consents to integrators, invoices, transfers."""
    merchant = _merchant_or_404(vat)
    invoices = simulator().store.table(Invoice).find(merchant_id=merchant.id)
    return render_template(
        "classic/portal.html",
        merchant=merchant,
        issuers=simulator().store.table(Issuer).find(merchant_id=merchant.id),
        sessions=classic().sessions.of_merchant(merchant.id),
        invoices=invoices[-100:][::-1],
        transfers=classic().transfers.between(merchant.id)[-100:][::-1],
    )


@blueprint.post("/portal/<vat>/revoke")
def revoke(vat: str) -> ResponseReturnValue:
    """The merchant takes the consent back (contract, section 2, 6)."""
    merchant = _merchant_or_404(vat)
    classic().sessions.end_all(merchant.id, "the merchant")
    return redirect(url_for("portal.portal", vat=merchant.vat), 303)


def _merchant_or_404(vat: str) -> Merchant:
    merchant = simulator().merchant_by_vat(vat)
    if merchant is None:
        abort(404, "There is no such merchant.")
    return merchant
