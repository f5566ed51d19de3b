"""The Invoice API for merchants (contract, sections 3 to 6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from ...core import simulator
from ...records import Merchant
from ..answers import answer, no_content, read_json, read_object
from ..errors import InputError, NotFoundError
from ..fields import read_guid, read_https_url, read_text
from ..gateway import current_merchant, guard
from ..parts import classic
from ..records import DIRECT, EXPIRED, LINK, Invoice, Issuer
from ..wording import status_word
from .details import details

blueprint = Blueprint(
    "merchant_api", __name__, url_prefix="/invoice-restapi/api/v1/merchants"
)
blueprint.before_request(guard("invoice"))


@blueprint.get("/me")
def me() -> Response:
    """Whom the access token speaks for."""
    return answer({"MerchantId": current_merchant().id})


@blueprint.get("/<merchant_id>/invoiceissuers")
def issuers(merchant_id: str) -> Response:
    """The merchant's issuers, enabled or not."""
    merchant = current_merchant(read_guid("merchantId", merchant_id))
    rows = simulator().store.table(Issuer).find(merchant_id=merchant.id)
    return answer({"InvoiceIssuers": [_issuer(row) for row in rows]})


@blueprint.post("/<merchant_id>/invoices")
def create_direct(merchant_id: str) -> Response:
    """Create an InvoiceDirect."""
    invoice = _create(merchant_id, DIRECT)
    body = {"InvoiceId": invoice.id}
    return answer(body, classic().settings.create_status)


@blueprint.post("/<merchant_id>/invoices/link")
def create_link(merchant_id: str) -> Response:
    """Create an InvoiceLink."""
    invoice = _create(merchant_id, LINK)
    body = {"InvoiceId": invoice.id, "Links": classic().invoices.links(invoice)}
    return answer(body, classic().settings.create_status)


@blueprint.post("/<merchant_id>/invoices/batch")
def create_direct_batch(merchant_id: str) -> Response:
    """Create up to 2000 InvoiceDirects."""
    return _create_batch(merchant_id, DIRECT)


@blueprint.post("/<merchant_id>/invoices/link/batch")
def create_link_batch(merchant_id: str) -> Response:
    """Create up to 2000 InvoiceLinks; their links come by callback."""
    return _create_batch(merchant_id, LINK)


@blueprint.put("/<merchant_id>/invoices/<invoice_id>/cancel")
def cancel(merchant_id: str, invoice_id: str) -> Response:
    """Cancel an open invoice."""
    classic().lifecycle.cancel(_find(merchant_id, invoice_id))
    return no_content()


@blueprint.get("/<merchant_id>/invoices/<invoice_id>")
def show(merchant_id: str, invoice_id: str) -> Response:
    """An invoice's details; an expired link's are deleted."""
    invoice = _find(merchant_id, invoice_id)
    if invoice.kind == LINK and invoice.status == EXPIRED:
        raise NotFoundError("Invoice not found")
    return answer(details(classic(), invoice))


@blueprint.get("/<merchant_id>/invoices/<invoice_id>/status")
def status(merchant_id: str, invoice_id: str) -> Response:
    """An invoice's status."""
    invoice = _find(merchant_id, invoice_id)
    style = classic().settings.answer_status_words
    word = status_word(invoice.status, style)
    return answer({"InvoiceId": invoice.id, "Status": word})


@blueprint.put("/<merchant_id>/auth/basic")
def register_basic(merchant_id: str) -> Response:
    """Callbacks with Basic authentication from now on."""
    body = read_object()
    username = _required("username", body)
    password = _required("password", body)
    if ":" in username:
        raise InputError("username must not hold a colon")
    return _register(merchant_id, "basic", username, password, body)


@blueprint.put("/<merchant_id>/auth/apikey")
def register_api_key(merchant_id: str) -> Response:
    """Callbacks with a bare API key from now on."""
    body = read_object()
    key = _required("ApiKey", body)
    if not (key.isascii() and key.isprintable()) or key != key.strip():
        raise InputError("ApiKey is not valid and cannot be an Authorization header")
    return _register(merchant_id, "apikey", None, key, body)


def _merchant(merchant_id: str) -> Merchant:
    return current_merchant(read_guid("merchantId", merchant_id))


def _find(merchant_id: str, invoice_id: str) -> Invoice:
    merchant = _merchant(merchant_id)
    return classic().invoices.get(merchant, read_guid("invoiceId", invoice_id))


def _create(merchant_id: str, kind: str) -> Invoice:
    simulator().journal.count("create_calls", kind)
    merchant = _merchant(merchant_id)
    invoice = classic().creation.create(merchant, kind, read_json())
    classic().send_early(merchant.id, kind)
    return invoice


def _create_batch(merchant_id: str, kind: str) -> Response:
    simulator().journal.count("create_calls", f"{kind}_batch")
    merchant = _merchant(merchant_id)
    creation = classic().creation
    accepted, rejected = creation.create_batch(merchant, kind, read_json())
    simulator().wake()
    classic().send_early(merchant.id, f"{kind}_batch")
    return answer({"Accepted": accepted, "Rejected": rejected}, 202)


def _register(
    merchant_id: str,
    scheme: str,
    username: str | None,
    secret: str,
    body: dict[str, Any],
) -> Response:
    merchant = _merchant(merchant_id)
    url = read_https_url("CallbackUrl", _required("CallbackUrl", body))
    merchant.callback_url = url
    merchant.callback_scheme = scheme
    merchant.callback_username = username
    merchant.callback_secret = secret
    simulator().merchants.put(merchant)
    return no_content()


def _required(name: str, body: dict[str, Any]) -> str:
    value = body.get(name.lower())
    if not value:
        raise InputError(f"{name} is required")
    return read_text(name, value)


def _issuer(issuer: Issuer) -> dict[str, Any]:
    return {
        "Id": issuer.id,
        "Name": issuer.name,
        "AccountType": issuer.account_type,
        "Status": issuer.status,
        "Address": issuer.address,
        "City": issuer.city,
        "ZipCode": issuer.zip_code,
    }
