"""Merchants, issuers, payers, integrators, tokens and invoices by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify

from ...control.reading import (
    body,
    change,
    issuer_or_404,
    merchant_or_404,
    needed,
    show,
)
from ...core import simulator
from ...demo_data import add_payer
from ...phones import country_of
from ..errors import ApiError, PaymentRefusedError
from ..fields import read_date
from ..gateway import GatewayApp
from ..openid.records import Client, Person, Session
from ..records import Invoice, Issuer, Merchant, Payer, new_id
from . import issuers

blueprint = Blueprint("merchants", __name__, url_prefix="/control")

PAYER_FIELDS = ("name", "available", "can_pay", "amount_limit")


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
    ended = simulator().sessions.end_all(merchant.id, "the merchant")
    return jsonify(ended=ended)


@blueprint.post("/merchants/<vat>/forget-callback")
def forget_callback(vat: str) -> Response:
    """Forget the merchant's callback address and authentication."""
    merchant = merchant_or_404(vat)
    merchant.callback_url = merchant.callback_scheme = None
    merchant.callback_username = merchant.callback_secret = None
    simulator().merchants.put(merchant)
    return jsonify(_merchant(merchant))


@blueprint.route("/payers", methods=["GET", "POST"])
def payers() -> Response:
    """List payers, or add or change one by ``phone``."""
    content = body()
    if content:
        phone = needed(content, "phone")
        if country_of(phone) is None:
            abort(400, f"{phone} is not a Danish or Finnish number (+45…, +358…)")
        _change_payer(phone, content)
    return jsonify([show(payer) for payer in simulator().payers.all()])


@blueprint.route("/clients", methods=["GET", "POST"])
def clients() -> Response:
    """List integrators, or add one: ``client_id``, ``client_secret``."""
    content = body()
    book = simulator().sessions.clients
    if content:
        uris = list(content.get("redirect_uris", []))
        client_id = needed(content, "client_id")
        book.put(Client(client_id, needed(content, "client_secret"), uris))
    return jsonify([show(client) for client in book.all()])


@blueprint.post("/clients/<client_id>/redirect-uris")
def register_redirect_uri(client_id: str) -> Response:
    """Register a ``redirect_uri``, as MobilePay's support does beforehand."""
    client = simulator().sessions.clients.get(client_id)
    if client is None:
        abort(404, f"no client {client_id}")
    uri = needed(body(), "redirect_uri")
    if uri not in client.redirect_uris:
        client.redirect_uris.append(uri)
    simulator().sessions.clients.put(client)
    return jsonify(show(client))


@blueprint.post("/gateway-apps")
def add_gateway_app() -> Response:
    """Add an app of the developer portal: ``client_id``, ``client_secret``."""
    content = body()
    app = GatewayApp(needed(content, "client_id"), needed(content, "client_secret"))
    return jsonify(show(simulator().store.table(GatewayApp).put(app)))


@blueprint.post("/tokens")
def issue_token() -> Response:
    """A token without a browser: ``merchant_vat``, ``scope``, ``client_id``."""
    content = body()
    merchant = merchant_or_404(content.get("merchant_vat", "DK12345678"))
    client = simulator().sessions.clients.get(content.get("client_id", "demo-client"))
    if client is None:
        abort(404, "no such client")
    scope = content.get("scope", "openid offline_access invoice transactionreporting")
    person = Person("merchant", merchant.id, merchant.vat)
    token = current_app.extensions["openid_server"].generate_token(
        grant_type="control", client=client, user=person, scope=scope
    )
    simulator().sessions.adopt(token, _session(client, person, scope))
    return jsonify(token)


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
    life = simulator().life
    if action == "expire":
        life.expire(invoice)
        return
    payer = simulator().payers.get(content.get("phone") or invoice.phone)
    if payer is None:
        abort(400, "phone is required")
    if action == "reject":
        life.reject(invoice, payer)
        return
    asked = content.get("payment_date")
    life.accept(invoice, payer, read_date("payment_date", asked) if asked else None)


def _merchant(merchant: Merchant) -> dict[str, Any]:
    found = simulator().store.table(Issuer).find(merchant_id=merchant.id)
    return {**show(merchant), "issuers": [show(issuer) for issuer in found]}


def _change_payer(phone: str, content: dict[str, Any]) -> Payer:
    payer = simulator().payers.get(phone)
    if payer is None:
        payer = add_payer(simulator(), phone, content.get("name", phone))
    changes = {name: value for name, value in content.items() if name != "phone"}
    if changes.get("amount_limit") is not None:
        changes["amount_limit"] = Decimal(str(changes["amount_limit"]))
    change(payer, changes, PAYER_FIELDS)
    return simulator().payers.put(payer)


def _session(client: Client, person: Person, scope: str) -> Session:
    return Session(
        id=new_id(),
        client_id=client.client_id,
        merchant_id=person.merchant_id,
        merchant_vat=person.merchant_vat,
        username=person.username,
        scope=scope,
        started_at=simulator().clock.now(),
    )
