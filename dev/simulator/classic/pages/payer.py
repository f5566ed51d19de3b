"""What the payer answers on the phone, and the landing page of a link.

A script may POST the same forms that a person does.

``POST /phone/<number>/invoices/<invoice id>/<action>``
    action ``accept`` (form field ``payment_date``, ``YYYY-MM-DD``; left out or
    empty: today) or ``reject``.
``POST /phone/<number>/consents/<consent id>``
    form field ``decision``: ``grant``, ``deny`` or ``withdraw``.
``POST /pay/<invoice id>``
    form fields ``phone``, ``action`` (``pay``, ``later`` or ``cancel``) and,
    for ``later``, ``payment_date``. Ends with a redirect (303) to RedirectUrl
    with ``status=accepted`` or ``status=paid``.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import (
    Blueprint,
    abort,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from ...core import simulator
from ...phone import payer_or_404, phone_page
from ...phones import normalise
from ...records import Payer
from ..errors import ApiError, PaymentRefusedError
from ..fields import read_date
from ..parts import classic
from ..records import ACCEPTED, CREATED, DIRECT, LINK, OPEN, PAID, Invoice

blueprint = Blueprint("payer", __name__)

SHOWN_IN_APP = ("created", "accepted", "paid", "rejected", "expired", "canceled")


@blueprint.post("/phone/<number>/invoices/<invoice_id>/<any(accept, reject):action>")
def act(number: str, invoice_id: str, action: str) -> ResponseReturnValue:
    """The payer swipes or rejects."""
    payer = payer_or_404(number)
    invoice = _invoice_or_404(invoice_id)
    try:
        if action == "accept":
            classic().lifecycle.accept(invoice, payer, _asked_day())
        else:
            classic().lifecycle.reject(invoice, payer)
    except (ApiError, PaymentRefusedError) as error:
        return phone_page(payer, str(error)), 409
    return redirect(url_for("phone.phone", number=payer.phone), 303)


@blueprint.post("/phone/<number>/consents/<consent_id>")
def consent(number: str, consent_id: str) -> ResponseReturnValue:
    """The payer answers the question for consent."""
    payer = payer_or_404(number)
    decision = request.form.get("decision")
    book = classic().consents
    try:
        if decision == "withdraw":
            book.withdraw(consent_id, payer)
        else:
            book.answer(consent_id, payer, decision == "grant")
    except ApiError as error:
        return phone_page(payer, str(error)), 409
    return redirect(url_for("phone.phone", number=payer.phone), 303)


@blueprint.get("/pay/<invoice_id>")
def landing(invoice_id: str) -> ResponseReturnValue:
    """Where a link leads."""
    return _landing_page(_link_or_404(invoice_id))


@blueprint.post("/pay/<invoice_id>")
def pay(invoice_id: str) -> ResponseReturnValue:
    """Pay now, pay later or turn away."""
    invoice = _link_or_404(invoice_id)
    if request.form.get("action") == "cancel":
        return _done_page(invoice, "Nothing was paid.")
    number = normalise(request.form.get("phone", ""), invoice.country)
    payer = simulator().payers.get(number)
    if payer is None:
        return _landing_page(invoice, "This phone number has no MobilePay."), 404
    is_later = request.form.get("action") == "later"
    try:
        classic().lifecycle.accept(invoice, payer, _asked_day() if is_later else None)
    except (ApiError, PaymentRefusedError) as error:
        return _landing_page(invoice, str(error)), 409
    return _send_back(invoice)


def phone_section(payer: Payer) -> str:
    """Questions for consent, and invoices, newest first; empty for nothing."""
    cards = [_card(invoice) for invoice in reversed(_invoices_of(payer))]
    consents = [
        (row, simulator().merchants.one(row.merchant_id).name)
        for row in classic().consents.questions_for(payer.phone)
    ]
    if not (cards or consents):
        return ""
    return render_template(
        "classic/phone.html", payer=payer, cards=cards, consents=consents
    )


def return_url(url: str, status: str) -> str:
    """RedirectUrl with the status added to the query it may already have."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    return urlunsplit(parts._replace(query=urlencode([*query, ("status", status)])))


def _send_back(invoice: Invoice) -> ResponseReturnValue:
    url = invoice.values.get("RedirectUrl")
    if url:
        return redirect(return_url(url, invoice.status), 303)
    text = "Paid." if invoice.status == PAID else "Accepted: it will be paid later."
    return _done_page(invoice, text)


def _landing_page(invoice: Invoice, problem: str | None = None) -> str:
    return render_template(
        "classic/pay.html",
        card=_card(invoice),
        invoice=invoice,
        problem=problem,
        phone=request.form.get("phone") or invoice.phone or "",
    )


def _done_page(invoice: Invoice, text: str) -> str:
    url = invoice.values.get("RedirectUrl")
    return render_template("classic/done.html", text=text, url=url, card=_card(invoice))


def _invoices_of(payer: Payer) -> list[Invoice]:
    return [
        invoice
        for invoice in simulator().store.table(Invoice).all()
        if invoice.status in SHOWN_IN_APP and _is_theirs(invoice, payer)
    ]


def _is_theirs(invoice: Invoice, payer: Payer) -> bool:
    """A Direct comes by itself; a link once this person opened and accepted it."""
    addressed = invoice.kind == DIRECT and invoice.phone == payer.phone
    return addressed or invoice.payer_phone == payer.phone


def _card(invoice: Invoice) -> dict[str, Any]:
    """What a page shows of an invoice."""
    merchant = simulator().merchants.one(invoice.merchant_id)
    today = simulator().clock.today(invoice.country)
    return {
        "invoice": invoice,
        "merchant": merchant.name,
        "can_accept": invoice.status in OPEN,
        "can_reject": invoice.status == ACCEPTED
        or (invoice.kind == DIRECT and invoice.status == CREATED),
        "tomorrow": today + timedelta(days=1),
        "last_day": classic().lifecycle.last_day(invoice),
    }


def _asked_day() -> date | None:
    text = request.form.get("payment_date")
    return read_date("payment_date", text) if text else None


def _invoice_or_404(invoice_id: str) -> Invoice:
    invoice = simulator().store.table(Invoice).get(invoice_id)
    if invoice is None or invoice.status not in SHOWN_IN_APP:
        abort(404, "There is no such invoice.")
    return invoice


def _link_or_404(invoice_id: str) -> Invoice:
    """A living link; an expired or canceled one leads nowhere."""
    invoice = _invoice_or_404(invoice_id)
    if invoice.kind != LINK or invoice.status not in (*OPEN, PAID):
        abort(404, "This link is not valid any more.")
    return invoice
