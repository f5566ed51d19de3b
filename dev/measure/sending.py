"""Sending a batch, beside reading once what is sent."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stack import SimulatorServer

from . import simulated
from .goals import Figure
from .lab import Lab
from .timing import Run, timed

COUNT = 2000
TIMES = 3
MOST_CALLS = 2
TRANSPORT = "odoo.addons.account_mobilepay.mobilepay.transport.transport"

# what a payload says of an invoice, of its lines, of its customer
MOVE = (
    *("name", "state", "move_type", "payment_state", "amount_total", "amount_tax"),
    *("amount_residual", "invoice_date", "invoice_date_due", "delivery_date"),
    *("narration", "invoice_origin", "ref", "access_token", "access_url"),
)
NAMED = ("currency_id", "company_id", "journal_id", "invoice_user_id")
PARTNER = ("name", "street", "street2", "zip", "city", "phone", "lang", "vat")
LINE = (
    *("display_type", "name", "quantity", "price_unit", "discount", "price_total"),
    *("price_subtotal", "account_type", "date_maturity", "reconciled"),
    "amount_residual_currency",
)
TAX = ("amount", "amount_type", "price_include", "include_base_amount")


def books(lab: Lab) -> list[str]:
    """Invoices that are not sent."""
    count = lab.count(COUNT)
    return [lab.books("books:invoices", count=count, method="mobilepay")]


def figures(lab: Lab) -> list[Figure]:
    """One figure: a batch, less what the simulator needed for it."""
    count = lab.count(COUNT)
    [unsent] = books(lab)
    with SimulatorServer() as simulator:
        sent, read = lab.compare(
            [(unsent, "sending:send"), (unsent, "sending:read")],
            times=TIMES,
            url=simulator.url,
        )
    raw = {"invoices": count, "sent": vars(sent), "read": vars(read)}
    return [
        Figure(
            "sending a batch",
            "reading the same fields once",
            sent.seconds / read.seconds,
            3.0,
            raw=raw,
        )
    ]


def send(env: Any, url: str) -> Run:
    """Send all invoices as the cron does; the seconds without the simulator's."""
    # as in production: MobilePay takes the address of a PDF at https only
    simulated.connect(env, url, base_url="https://odoo.example.com")
    moves = env["account.move"].search([("move_type", "=", "out_invoice")])
    env["mobilepay.batch"]._start(moves)
    with _calls() as calls, timed(env) as run:
        env["mobilepay.batch_sender"]._cron_batch()
    sent = env["mobilepay.invoice"].search([("mobilepay_id", "!=", False)])
    batches = [seconds for path, seconds in calls if path.endswith("/batch")]
    # a batch holds 2,000 at most
    if len(sent) != len(moves) or len(batches) > MOST_CALLS * (1 + len(moves) // COUNT):
        raise AssertionError(
            f"{len(sent)} of {len(moves)} sent in {len(batches)} calls"
        )
    run.facts = {"with the simulator": run.seconds, "calls": calls}
    run.seconds -= sum(seconds for _path, seconds in calls)
    return run


def read(env: Any, url: str = "") -> Run:
    """Read the fields once, all records of a kind together; nobody is called."""
    moves = env["account.move"].search([("move_type", "=", "out_invoice")])
    with timed(env) as run:
        for move in moves:
            _values(move, MOVE)
            for name in NAMED:
                _values(move[name], ["display_name"])
            for partner in (
                move.partner_id,
                move.partner_id.commercial_partner_id,
                move.partner_shipping_id,
            ):
                _values(partner, PARTNER)
                _values(partner.country_id, ["name", "code"])
            for line in move.line_ids:
                _values(line, LINE)
                _values(line.product_id, ["default_code"])
                _values(line.product_uom_id, ["name"])
                for tax in line.tax_ids:
                    _values(tax, TAX)
    return run


def _values(record: Any, names: Any) -> list[Any]:
    return [record[name] for name in names]


@contextmanager
def _calls() -> Iterator[list[tuple[str, float]]]:
    """Collect path and seconds of each call to MobilePay, as the addon logs them."""
    calls: list[tuple[str, float]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            """Keep what the transport says of a call."""
            _method, path, _status, milliseconds, *_rest = record.args or ()
            calls.append((str(path), float(str(milliseconds)) / 1000))

    logger, collector = logging.getLogger(TRANSPORT), Collector()
    logger.addHandler(collector)
    logger.setLevel(logging.INFO)
    try:
        yield calls
    finally:
        logger.removeHandler(collector)
