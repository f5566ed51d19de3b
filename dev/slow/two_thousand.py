"""Two thousand invoices, sent from the list through HTTP: few calls, and how fast.

    dev/setup
    PYTHONPATH=dev "$PYTHON" -m slow.two_thousand [--count 2000]

with ``PYTHON`` the interpreter in the cache folder's ``venv`` (``dev/lib.sh`` names
it). Takes some minutes, most of them for making the invoices. Makes a database,
a simulator and an Odoo server with two cron workers of its own, and leaves nothing
behind.

Every second customer has a MobilePay phone (a Direct each), the others have none (a
Link each). Ends with one line of JSON and exits 0 only if at most two create calls of
each kind were made and every invoice became ``created``:

``create_calls``  by kind, counted at the simulator
``seconds``       for each phase: ``books`` (making and posting the invoices),
                  ``wizard`` (opening it, with its alerts), ``press`` (Send),
                  ``prepare`` (every invoice has its request), ``out`` (all are at
                  MobilePay), ``verdict`` (all have MobilePay's word, by callback)
``calls_of_the_wizard``  what MobilePay was asked while the wizard was open: none
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from play.office import wait_for
from play.stage import Stage, set_stage

from stack import run_odoo_shell

MOST_CALLS_PER_KIND = 2
PHONE = "+45{:08d}"
FIRST_NUMBER = 20_000_000
PATIENCE = 1800

BOOKS = """
from odoo import Command, fields

company = env.company
denmark = env.ref("base.dk")
partners = env["res.partner"].create([
    {
        "name": f"Customer {number}", "country_id": denmark.id,
        "mobilepay_phone": PHONE.format(FIRST_NUMBER + number) if number % 2 else False,
        "invoice_sending_method": "mobilepay",
        "street": "Østergade 4", "zip": "1100", "city": "København K",
    }
    for number in range(COUNT)
])
tax = company.account_sale_tax_id
moves = env["account.move"].create([
    {
        "move_type": "out_invoice",
        "partner_id": partner.id,
        "invoice_date": fields.Date.today(),
        "invoice_date_due": fields.Date.add(fields.Date.today(), days=14),
        "invoice_line_ids": [
            Command.create({
                "name": text, "quantity": 1, "price_unit": price,
                "tax_ids": [Command.set(tax.ids)],
            })
            for text, price in (("Abonnement", 199.0), ("Levering", 39.5))
        ],
    }
    for partner in partners
])
moves.action_post()
"""


class Clock:
    """How long each phase took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """Measure one phase and say so."""
        start = time.monotonic()
        yield
        self.seconds[phase] = round(time.monotonic() - start, 1)
        print(f"{phase}: {self.seconds[phase]} s", file=sys.stderr, flush=True)


def keep_books(database: str, count: int) -> None:
    """Make and post `count` invoices, each for a customer of its own."""
    names = f"COUNT, PHONE, FIRST_NUMBER = {count}, {PHONE!r}, {FIRST_NUMBER}"
    run_odoo_shell(database, f"{names}\n{BOOKS}")


def make_payers(stage: Stage, count: int) -> None:
    """Let MobilePay know the phones of every second customer."""
    for number in range(1, count, 2):
        stage.control("payers", phone=PHONE.format(FIRST_NUMBER + number))


def connect(stage: Stage) -> None:
    """Connect the company as an administrator does."""
    values = stage.connection_values()
    [connection_id] = stage.office.call("mobilepay.connection", "create", [values])
    stage.office.connect(connection_id)


def invoices(stage: Stage) -> list[int]:
    """The ids of the invoices to be sent."""
    domain = [["partner_id.name", "=like", "Customer %"], ["state", "=", "posted"]]
    return list(stage.office.call("account.move", "search", domain))


def called(stage: Stage) -> int:
    """How many calls MobilePay got so far, those of this script aside."""
    asked = stage.inspect()["requests"].items()
    return sum(count for call, count in asked if " /control/" not in call)


def send(stage: Stage, move_ids: list[int], clock: Clock) -> int:
    """Press Send in the list; returns how often MobilePay was called before that."""
    model = "account.move.send.batch.wizard"
    before = called(stage)
    with clock.measure("wizard"):
        [wizard_id] = stage.office.call(model, "create", [{"move_ids": move_ids}])
        shown = {"summary_data": {}, "alerts": {}}
        stage.office.call(model, "web_read", [wizard_id], shown)
    during = called(stage) - before
    with clock.measure("press"):
        stage.office.call(model, "action_send_and_print", [wizard_id])
    return during


def states(stage: Stage) -> Counter[str]:
    """How many requests are in which state."""
    grouped = stage.office.call(
        "mobilepay.invoice", "formatted_read_group", [], ["state"], ["__count"]
    )
    return Counter({row["state"]: row["__count"] for row in grouped})


def wait_until_out(stage: Stage, count: int, clock: Clock) -> None:
    """Wait for the requests, for MobilePay to have them, and for its verdict."""

    def prepared() -> bool:
        return sum(states(stage).values()) >= count

    def out() -> bool:
        domain = [["state", "=", "queued"]]
        return not stage.office.call("mobilepay.invoice", "search_count", domain)

    def decided() -> bool:
        return states(stage)["sending"] == 0

    with clock.measure("prepare"):
        wait_for("the requests", prepared, PATIENCE)
    with clock.measure("out"):
        wait_for("the calls", out, PATIENCE)
    with clock.measure("verdict"):
        wait_for("MobilePay's verdict", decided, PATIENCE)


def run(stack: ExitStack, count: int) -> dict[str, Any]:
    """Do it all; returns what is printed."""
    database, clock = f"slow_{os.getpid()}", Clock()
    stage = set_stage(stack, database)
    with clock.measure("books"):
        keep_books(database, count)
    make_payers(stage, count)
    connect(stage)
    before = called(stage)
    asked = send(stage, invoices(stage), clock)
    wait_until_out(stage, count, clock)
    calls = {kind: n for kind, n in stage.inspect()["create_calls"].items() if n}
    found = states(stage)
    return {
        "ok": found == {"created": count}
        and not asked
        and max(calls.values()) <= MOST_CALLS_PER_KIND,
        "count": count,
        "create_calls": calls,
        "all_calls": called(stage) - before,
        "calls_of_the_wizard": asked,
        "seconds": clock.seconds,
        "states": dict(found),
    }


def main() -> int:
    """Run it, print the JSON line; 0 if it holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=2000, help="how many invoices")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        result = run(stack, arguments.count)
    print(json.dumps(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
