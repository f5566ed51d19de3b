"""Integrators, their tokens and the provider's keys by hand."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, jsonify

from ...control.reading import body, merchant_or_404, needed, show
from ...core import simulator
from ...records import new_id
from ..gateway import GatewayApp
from ..openid.records import Client, Person, Session
from ..parts import classic

blueprint = Blueprint("integrators", __name__, url_prefix="/control")


@blueprint.route("/clients", methods=["GET", "POST"])
def clients() -> Response:
    """List integrators, or add one: ``client_id``, ``client_secret``."""
    content = body()
    book = classic().sessions.clients
    if content:
        uris = list(content.get("redirect_uris", []))
        client_id = needed(content, "client_id")
        book.put(Client(client_id, needed(content, "client_secret"), uris))
    return jsonify([show(client) for client in book.all()])


@blueprint.post("/clients/<client_id>/redirect-uris")
def register_redirect_uri(client_id: str) -> Response:
    """Register a ``redirect_uri``, as MobilePay's support does beforehand."""
    client = classic().sessions.clients.get(client_id)
    if client is None:
        abort(404, f"no client {client_id}")
    uri = needed(body(), "redirect_uri")
    if uri not in client.redirect_uris:
        client.redirect_uris.append(uri)
    classic().sessions.clients.put(client)
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
    client = classic().sessions.clients.get(content.get("client_id", "demo-client"))
    if client is None:
        abort(404, "no such client")
    scope = content.get("scope", "openid offline_access invoice transactionreporting")
    person = Person("merchant", merchant.id, merchant.vat)
    token = current_app.extensions["openid_server"].generate_token(
        grant_type="control", client=client, user=person, scope=scope
    )
    classic().sessions.adopt(token, _session(client, person, scope))
    return jsonify(token)


@blueprint.post("/keys/rotate")
def rotate_keys() -> Response:
    """Sign with a new key; ``keep_old`` (default true) still publishes the old."""
    kept = classic().sessions.rotate_keys(bool(body().get("keep_old", True)))
    return jsonify(kids=kept)


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
