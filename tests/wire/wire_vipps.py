"""What tests of Vipps MobilePay's wire have in common: a sales unit and its answers."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from wire_server import ScriptedServer

from mobilepay.transport.transport import Transport
from mobilepay.types import Article, InvoiceRequest, Kind
from mobilepay.vipps.access import Access, System, connect
from mobilepay.vipps.service import VippsService

SYSTEM = System("odoo", "19.0", "account_mobilepay", "19.0.1.0.0")
MSN = "1111805"
KEYS = {
    "client_id": "c11e07-id-of-a-client",
    "client_secret": "c11e07-secret",
    "subscription_key": "5ub5cr1pt10n-key",
}
REFERENCE = "INV-2026-00012-k3f9"
PSP = "psp-created-1"
TODAY = date(2026, 11, 30)
SOON = datetime(2026, 12, 14, 22, 59, 59, tzinfo=timezone.utc)
RETURN = "https://odoo.example/mobilepay/return/7/secret-of-the-portal"
ARTICLE = Article(
    description="Wheel",
    number="456",
    unit="stk",
    quantity=Decimal("6"),
    price_per_unit=Decimal("48"),
    vat_rate=Decimal("25"),
    total_vat=Decimal("72"),
    total_including_vat=Decimal("360"),
)


def access(url: str, **changes: Any) -> Access:
    """A sales unit's keys, good at one address."""
    return Access(
        url, **{**KEYS, "merchant_serial_number": MSN, **changes}, system=SYSTEM
    )


def request(kind: Kind = Kind.DIRECT, **changes: Any) -> InvoiceRequest:
    """A request that MobilePay would take, but for the changes."""
    good = InvoiceRequest(
        kind=kind,
        issuer_id=MSN,
        total=Decimal("360.00"),
        total_vat=Decimal("72.00"),
        due_date=date(2026, 12, 14),
        articles=(ARTICLE,),
        payment_reference=REFERENCE,
        invoice_number="INV/2026/00012",
        phone="+4511111101",
        redirect_url=RETURN if kind is Kind.LINK else "",
        description="due on 14 December",
        expires_at=SOON if kind is Kind.DIRECT else None,
    )
    return replace(good, **changes)


def sent(service: Any, **changes: Any) -> dict[str, Any]:
    """What is sent for a request, as JSON."""
    read: dict[str, Any] = json.loads(service.encode(request(**changes)))
    return read


def money(kroner: str, currency: str = "DKK") -> dict[str, Any]:
    """An amount as MobilePay writes it."""
    return {"currency": currency, "value": int(Decimal(kroner) * 100)}


def payment(
    state: str = "CREATED",
    authorized: str = "0",
    captured: str = "0",
    cancelled: str = "0",
    refunded: str = "0",
    **more: Any,
) -> dict[str, Any]:
    """A payment as MobilePay tells of it."""
    parts = {
        "authorizedAmount": authorized,
        "capturedAmount": captured,
        "cancelledAmount": cancelled,
        "refundedAmount": refunded,
    }
    return {
        "aggregate": {name: money(value) for name, value in parts.items()},
        "amount": money("360"),
        "state": state,
        "paymentMethod": {"type": "WALLET"},
        "profile": {},
        "pspReference": PSP,
        "reference": REFERENCE,
        **more,
    }


def event(name: str = "CAPTURED", psp: str = "psp-1", **more: Any) -> dict[str, Any]:
    """An event as a webhook and the log tell it."""
    return {
        "msn": MSN,
        "reference": REFERENCE,
        "pspReference": psp,
        "name": name,
        "amount": money("360"),
        "timestamp": "2026-11-30T12:00:00.123Z",
        "idempotencyKey": "key-1",
        "success": True,
        **more,
    }


def problem(code: str = "", status: int = 400, **more: Any) -> dict[str, Any]:
    """Problem details, with a domain code or without."""
    found = {
        "type": f"https://httpstatuses.io/{status}",
        "title": "It cannot be done",
        "detail": "For some reason",
        "status": status,
        "traceId": "00-813b63975adcaaeef2b0ec7c103c40e3-706492e906541d31-01",
    }
    details = [{"name": "ErrorCode", "reason": code}] if code else []
    return {**found, "extraDetails": details, **more}


@contextmanager
def service_at(
    server: ScriptedServer,
    bearer: Callable[[bool], str],
    country: str = "DK",
    made: list[Transport] | None = None,
) -> Iterator[VippsService]:
    """The service at a scripted server; it does not dawdle."""

    def connects(given: Callable[[bool], str]) -> Transport:
        transport = connect(
            access(server.url), bearer=given, timeout=(1.0, 0.6), backoff=0.01
        )
        if made is not None:
            made.append(transport)
        return transport

    with VippsService(
        bearer=bearer,
        connect=connects,
        merchant_serial_number=lambda: MSN,
        country=country,
    ) as service:
        yield service
