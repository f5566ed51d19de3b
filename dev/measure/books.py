"""Books to measure in: a Danish company, its customers, invoices and requests.

These functions run inside an Odoo process; ``env`` is Odoo's. Where the addon is not
installed they make the same books without it.
"""

from __future__ import annotations

import importlib
import uuid
from typing import Any

CHUNK = 500
VAT = "DK12345678"
#: nobody listens on the port of "discard"
NOWHERE = "http://127.0.0.1:9"
SECRET = "bench-callback-secret-of-length"
LINES = (("Service", 800.0), ("Parts", 120.5), ("Delivery", 49.0))


def company(env: Any) -> None:
    """Make the company with a connection that looks connected; no HTTP."""
    owner = env.company
    owner.write({"name": "Havnens Cykler ApS", "country_id": env.ref("base.dk").id})
    env["account.chart.template"].try_loading("dk", owner, install_demo=False)
    owner.vat = "DK12345674"
    # the chart's own choice, and the dearest: all that is booked leaves its lines
    owner.restrictive_audit_trail = True
    if has_addon(env):
        _connect(env, owner)


def has_addon(env: Any) -> bool:
    """Whether the addon is installed here."""
    return "mobilepay.connection" in env


def connection_of(env: Any) -> Any:
    """The company's connection."""
    return env["mobilepay.connection"].search([], limit=1)


def addresses(url: str) -> dict[str, Any]:
    """What an administrator types to reach a simulator."""
    return {
        "environment": "custom",
        "custom_country_code": "DK",
        "custom_discovery_url": f"{url}/dk/account/.well-known/openid-configuration",
        "custom_api_base": f"{url}/invoice-restapi",
        "custom_reporting_base": f"{url}/transaction-reporting",
        "merchant_vat": VAT,
        "client_id": "demo-client",
        "client_secret": "demo-secret",
        "gateway_client_id": "demo-ibm-id",
        "gateway_secret": "demo-ibm-secret",
        "base_url": "http://127.0.0.1:8069",
    }


def _connect(env: Any, owner: Any) -> None:
    values = {"company_id": owner.id, **addresses(NOWHERE)}
    connection = env["mobilepay.connection"].create(values)
    # what MobilePay would have told
    types = importlib.import_module("odoo.addons.account_mobilepay.mobilepay.types")
    issuer = types.Issuer(id=str(uuid.uuid4()), name="Bench", status="Enabled")
    connection._set_up_after_connect(str(uuid.uuid4()), [issuer], env.user)
    env["mobilepay.secret"]._put(connection, "callback", SECRET)


def invoices(env: Any, count: int, lines: int = len(LINES), method: str = "") -> None:
    """Post ``count`` invoices, each to a customer of its own.

    :param lines: how many lines each has
    :param method: the customers' sending method, where it is not Odoo's default
    """
    for start in range(0, count, CHUNK):
        partners = _customers(env, start, min(CHUNK, count - start), method)
        moves = env["account.move"].create(
            [invoice_values(env, partner, LINES[:lines]) for partner in partners]
        )
        moves.action_post()
        env.cr.commit()
        env.invalidate_all()


def _customers(env: Any, start: int, count: int, method: str) -> Any:
    return env["res.partner"].create(
        [
            {
                "name": f"Customer {start + number}",
                "street": f"Havnegade {start + number}",
                "zip": "1058",
                "city": "København K",
                "country_id": env.ref("base.dk").id,
                **({"invoice_sending_method": method} if method else {}),
            }
            for number in range(count)
        ]
    )


def invoice_values(env: Any, partner: Any, lines: Any) -> dict[str, Any]:
    """An invoice of the lines, with the company's usual tax."""
    taxes = env.company.account_sale_tax_id.ids
    return {
        "move_type": "out_invoice",
        "partner_id": partner.id,
        "invoice_date": "2026-05-04",
        "invoice_date_due": "2026-05-18",
        "invoice_line_ids": [
            (0, 0, {"name": text, "price_unit": price, "tax_ids": [(6, 0, taxes)]})
            for text, price in lines
        ],
    }


def requests(env: Any, count: int, lines: int = len(LINES)) -> None:
    """Post invoices, each with a request that MobilePay has."""
    invoices(env, count, lines)
    connection = connection_of(env)
    moves = env["account.move"].search([("move_type", "=", "out_invoice")], order="id")
    env["mobilepay.invoice"].create(
        [_request_values(connection, move) for move in moves]
    )


def paid_events(env: Any, count: int, lines: int = len(LINES)) -> None:
    """Post invoices, each with a request at MobilePay and its confirmed payment."""
    requests(env, count, lines)
    told = env["mobilepay.invoice"].search([], order="id")
    env["mobilepay.event"].create([paid_values(request) for request in told])


def _request_values(connection: Any, move: Any) -> dict[str, Any]:
    return {
        "connection_id": connection.id,
        "issuer_id": connection.issuer_id.id,
        "company_id": move.company_id.id,
        "move_id": move.id,
        "kind": "direct",
        "state": "accepted",
        "payment_reference": f"BENCH{move.id:010}",
        "invoice_number": move.name,
        "amount": move.amount_total,
        "currency_id": move.currency_id.id,
        "due_date": move.invoice_date_due,
        "mobilepay_id": str(uuid.uuid4()),
        "sent_on": "2026-05-04 09:00:00",
        "tries": 1,
    }


def told_values(
    request: Any, status: str, sequence: int, **more: Any
) -> dict[str, Any]:
    """News of a request as they stand in the inbox, not processed yet."""
    return {
        "connection_id": request.connection_id.id,
        "company_id": request.company_id.id,
        "mobilepay_id": request.mobilepay_id,
        "source": "callback",
        "status": status,
        "sequence": sequence,
        "happened_on": "2026-05-05 10:00:00",
        "next_try_on": "2026-05-05 10:00:00",
        **more,
    }


def paid_values(request: Any, sequence: int = 3, **more: Any) -> dict[str, Any]:
    """News that a request is paid, which MobilePay itself has confirmed."""
    return told_values(
        request,
        "paid",
        sequence,
        confirmed=True,
        transaction_id=str(uuid.uuid4()),
        paid_on="2026-05-05",
        paid_amount=request.amount,
        **more,
    )
