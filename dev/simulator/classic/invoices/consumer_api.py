"""Consents (contract, section 7) and the user simulation (section 8)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from ...core import simulator
from ...records import Payer
from ..answers import answer, no_content, read_object
from ..errors import DomainError, InputError, NotFoundError, PaymentRefusedError
from ..fields import read_date, read_guid
from ..gateway import current_merchant, guard
from ..parts import classic
from ..records import WAITING, Invoice
from .details import pdf, receipt

blueprint = Blueprint("consumer_api", __name__, url_prefix="/invoice-restapi/api/v1")
blueprint.before_request(guard("invoice"))

OURS = "/consumers/me/invoices"


# consents


@blueprint.post("/directinvoiceconsents")
def request_consent() -> Response:
    """Ask the payer of a link for consent."""
    invoice_id = read_guid("invoiceId", read_object().get("invoiceid"))
    invoice = classic().invoices.get(current_merchant(), invoice_id)
    consent = classic().consents.request(invoice)
    body = classic().consents.show(consent)
    return answer(body, classic().settings.consent_status)


@blueprint.get("/directinvoiceconsents")
def granted_consents() -> Response:
    """The granted consents, page by page."""
    asked = {name.lower(): value for name, value in request.args.items()}
    if asked.get("state", "granted").lower() != "granted":
        raise InputError("Only state=granted is supported")
    issuer_id = asked.get("invoiceissuerid")
    if issuer_id:
        issuer_id = read_guid("invoiceIssuerId", issuer_id)
    book = classic().consents
    rows, state = book.granted(current_merchant(), issuer_id, asked.get("pagingstate"))
    return answer(
        {"GrantedConsents": [book.show(row) for row in rows], "PagingState": state}
    )


@blueprint.get("/directinvoiceconsents/<consent_id>")
def show_consent(consent_id: str) -> Response:
    """One consent."""
    consent_id = read_guid("consentId", consent_id)
    book = classic().consents
    return answer(book.show(book.get(current_merchant(), consent_id)))


@blueprint.delete("/directinvoiceconsents/<consent_id>")
def withdraw_consent(consent_id: str) -> Response:
    """The payer takes a consent back."""
    consent_id = read_guid("consentId", consent_id)
    classic().consents.withdraw(consent_id, _authenticated_user())
    return no_content()


# user simulation


@blueprint.put(f"{OURS}/directinvoiceconsent/<consent_id>")
def answer_consent(consent_id: str) -> Response:
    """The payer grants or denies."""
    payer = _authenticated_user()
    is_granted = read_object().get("isconsentgranted")
    if not isinstance(is_granted, bool):
        raise InputError("isConsentGranted must be true or false")
    consent_id = read_guid("consentId", consent_id)
    classic().consents.answer(consent_id, payer, is_granted)
    return no_content()


@blueprint.put(f"{OURS}/<invoice_id>/accept")
def accept(invoice_id: str) -> Response:
    """The payer pays today or names a later day."""
    payer = _authenticated_user()
    invoice = _find(invoice_id)
    body = read_object() if request.get_data() else {}
    if body.get("consumercard") is not None:
        read_guid("ConsumerCard", body["consumercard"])
    asked = body.get("paymentdate")
    day = read_date("paymentDate", asked) if asked else None
    try:
        classic().lifecycle.accept(invoice, payer, day)
    except PaymentRefusedError as error:
        return answer(_accept_failure(invoice, str(error)), 400)
    return answer(_accept_result(invoice))


@blueprint.put(f"{OURS}/<invoice_id>/reject")
def reject(invoice_id: str) -> Response:
    """The payer rejects."""
    payer = _authenticated_user()
    invoice = _find(invoice_id)
    classic().lifecycle.reject(invoice, payer)
    return answer({"InvoiceId": invoice.id})


@blueprint.get(f"{OURS}/<invoice_id>/pdf")
def show_pdf(invoice_id: str) -> Response:
    """The invoice as the payer sees it."""
    _authenticated_user()
    return Response(pdf(_find(invoice_id)), mimetype="application/pdf")


def _authenticated_user() -> Payer:
    """The payer whom the header AuthenticatedUser names."""
    header = request.headers.get("AuthenticatedUser")
    if not header:
        raise InputError("The header AuthenticatedUser is required")
    found = simulator().payers.find(user_id=read_guid("AuthenticatedUser", header))
    if not found:
        raise DomainError(10101)
    return found[0]


def _find(invoice_id: str) -> Invoice:
    """Any merchant's invoice: a payer is not bound to one merchant."""
    invoice = simulator().store.table(Invoice).get(read_guid("id", invoice_id))
    if invoice is None or invoice.status == WAITING:
        raise NotFoundError("Invoice not found")
    return invoice


def _accept_result(invoice: Invoice) -> dict[str, Any]:
    result = {
        "InvoiceId": invoice.id,
        "InvoicePaymentStatus": invoice.status.capitalize(),
        "RedirectUrl": invoice.values.get("RedirectUrl"),
    }
    kept = receipt(classic(), invoice)
    return {**result, "Receipt": kept} if kept else result


def _accept_failure(invoice: Invoice, text: str) -> dict[str, Any]:
    return {
        "InvoiceId": invoice.id,
        "InvoicePaymentStatus": invoice.status.capitalize(),
        "ErrorText": text,
    }
