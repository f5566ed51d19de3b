"""A connection to a simulator of MobilePay, and what is to be done there.

These functions run inside an Odoo process; ``env`` is Odoo's.
"""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta, timezone
from typing import Any

import requests

from .books import VAT, addresses, connection_of, invoices, told_values

PAYER = "+4511111101"
TIMEOUT = 120
#: of an access token, in seconds: longer than any measurement
LIFE = 86400
SETTINGS = {
    "access_token_seconds": LIFE,
    "daily_limit": 1_000_000,
    # a batch is looked through when it is asked for, not while something is timed
    "validation_seconds": 3600.0,
}


def control(url: str, path: str, **body: Any) -> Any:
    """Ask something of the simulator's control door."""
    answer = requests.post(f"{url}/control/{path}", json=body, timeout=TIMEOUT)
    answer.raise_for_status()
    return answer.json()


def connect(env: Any, url: str, **more: Any) -> Any:
    """Connect the company to a simulator that is as at its start.

    :param more: what else is typed
    """
    control(url, "reset")
    # news are put into the inbox by the subjects
    control(url, "callbacks/pause")
    control(url, "settings", **SETTINGS)
    connection = connection_of(env)
    connection.state = "not_connected"
    # another merchant than the made-up one
    connection.write({**addresses(url), "merchant_id": False, **more})
    # tokens are written in a transaction of their own, which must see it
    env.cr.commit()
    token = control(url, "tokens", merchant_vat=VAT)
    connection._complete(_token_set(token), env.user)
    return connection


def _token_set(token: dict[str, Any]) -> Any:
    types = importlib.import_module("odoo.addons.account_mobilepay.mobilepay.types")
    return types.TokenSet(
        access_token=token["access_token"],
        refresh_token=token["refresh_token"],
        expires_at=datetime.now(timezone.utc) + timedelta(seconds=LIFE),
        subject="merchant",
    )


def send(env: Any) -> Any:
    """Send all invoices in one batch, as the cron does; their requests."""
    moves = env["account.move"].search([("move_type", "=", "out_invoice")])
    env["mobilepay.batch"]._start(moves)
    env["mobilepay.batch_sender"]._cron_batch()
    return env["mobilepay.invoice"].search([], order="id")


def paid_there(env: Any, count: int, url: str) -> None:
    """Invoices that were sent and paid, of which the inbox has unconfirmed news."""
    invoices(env, count, lines=1)
    connect(env, url)
    sent = send(env)
    control(url, "callbacks/flush")
    for request in sent:
        path = f"invoices/{request.mobilepay_id}/accept"
        if control(url, path, phone=PAYER)["status"] != "paid":
            raise AssertionError(f"{request.name} is not paid")
    env["mobilepay.event"].create([told_values(request, "paid", 3) for request in sent])
