"""Books to measure in: a Danish company, its customers, invoices and requests.

These functions run inside an Odoo process; ``env`` is Odoo's.
"""

from __future__ import annotations

import importlib
import uuid
from typing import Any

CHUNK = 500


def company(env: Any) -> None:
    """Make the company with a connection that looks connected; no HTTP."""
    owner = env.company
    owner.write({"name": "Havnens Cykler ApS", "country_id": env.ref("base.dk").id})
    env["account.chart.template"].try_loading("dk", owner, install_demo=False)
    owner.vat = "DK12345674"
    connection = env["mobilepay.connection"].create(
        {
            "company_id": owner.id,
            "merchant_vat": "DK12345678",
            "client_id": "bench",
            "client_secret": "bench-secret",
            "gateway_client_id": "bench",
            "gateway_secret": "bench-secret",
        }
    )
    # what MobilePay would have told
    types = importlib.import_module("odoo.addons.account_mobilepay.mobilepay.types")
    issuer = types.Issuer(id=str(uuid.uuid4()), name="Bench", status="Enabled")
    connection._settle_in(str(uuid.uuid4()), [issuer], env.user)


def invoices(env: Any, count: int) -> None:
    """Post ``count`` invoices of three lines, each to a customer of its own."""
    company(env)
    for start in range(0, count, CHUNK):
        _post_invoices(env, start, min(CHUNK, count - start))
        env.cr.commit()
        env.invalidate_all()


def _post_invoices(env: Any, start: int, count: int) -> None:
    partners = env["res.partner"].create(
        [{"name": f"Customer {start + number}"} for number in range(count)]
    )
    tax = env.company.account_sale_tax_id
    lines = [
        (0, 0, {"name": text, "price_unit": price, "tax_ids": [(6, 0, tax.ids)]})
        for text, price in (("Service", 800.0), ("Parts", 120.5), ("Delivery", 49.0))
    ]
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2026-05-04",
                "invoice_date_due": "2026-05-18",
                "invoice_line_ids": lines,
            }
            for partner in partners
        ]
    )
    moves.action_post()


def paid_events(env: Any, count: int) -> None:
    """Post invoices, each with a request at MobilePay and its confirmed payment."""
    invoices(env, count)
    connection = env["mobilepay.connection"].search([], limit=1)
    moves = env["account.move"].search([("move_type", "=", "out_invoice")], order="id")
    requests = env["mobilepay.invoice"].create(
        [_request_values(connection, move) for move in moves]
    )
    env["mobilepay.event"].create([_paid_values(request) for request in requests])


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
        "tries": 1,
    }


def _paid_values(request: Any) -> dict[str, Any]:
    return {
        "connection_id": request.connection_id.id,
        "company_id": request.company_id.id,
        "mobilepay_id": request.mobilepay_id,
        "source": "callback",
        "status": "paid",
        "sequence": 3,
        "happened_on": "2026-05-05 10:00:00",
        "confirmed": True,
        "transaction_id": str(uuid.uuid4()),
        "paid_on": "2026-05-05",
        "paid_amount": request.amount,
        "next_try_on": "2026-05-05 10:00:00",
    }
