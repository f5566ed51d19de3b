"""Work that has nothing to do with MobilePay, with the addon and without it."""

from __future__ import annotations

from typing import Any

from .books import LINES, invoice_values
from .goals import Figure
from .lab import Lab
from .timing import Run, median, ratio, timed

INVOICES = 100
# until the noise is far below the three percent that are allowed
ROUNDS, RINGS = 30, 8
WORK = {
    "stock:post": "posting an invoice",
    "stock:pay": "registering a payment",
    "stock:statement": "importing a statement",
}
STATEMENT_LINES = 20


def books(lab: Lab) -> list[str]:
    """Invoices, with the addon and without it."""
    count = lab.count(INVOICES)
    ours = lab.books("books:requests", count=count)
    return [ours, lab.books("books:invoices", addon=False, count=count)]


def figures(lab: Lab) -> list[Figure]:
    """One figure for each kind of work, in two databases by turns."""
    work: dict[str, dict[str, Any]] = {name: {} for name in WORK}
    found = lab.duels(books(lab), work, lab.count(ROUNDS), RINGS)
    return [_figure(WORK[name], runs) for name, runs in found.items()]


def _figure(name: str, runs: list[list[Run]]) -> Figure:
    value, noise = ratio(*runs)
    raw = {
        "rounds": len(runs[0]),
        "noise": noise,
        "seconds": [median(side).seconds for side in runs],
        "queries": [min(run.queries for run in side) for side in runs],
    }
    return Figure(name, "the addon not installed", value, 1.03, raw=raw)


def post(env: Any) -> Run:
    """Make and post an invoice."""
    partner = _partner(env)
    with timed(env) as run:
        _posted(env, partner)
    return run


def pay(env: Any) -> Run:
    """Register the payment of an invoice with Odoo's wizard."""
    move = _posted(env, _partner(env))
    context = {"active_model": "account.move", "active_ids": move.ids}
    with timed(env) as run:
        Wizard = env["account.payment.register"].with_context(**context)
        Wizard.create({"journal_id": _bank(env).id})._create_payments()
    if move.amount_residual:
        raise AssertionError(f"{move.name} is not paid")
    return run


def statement(env: Any) -> Run:
    """Make a statement of some lines, as an import does."""
    journal = _bank(env)
    lines = [
        {
            "journal_id": journal.id,
            "date": "2026-05-06",
            "payment_ref": f"Husleje {number} maj",
            "amount": 100.0 + number,
        }
        for number in range(STATEMENT_LINES)
    ]
    with timed(env) as run:
        env["account.bank.statement"].create(
            {"name": "2026-05-06", "line_ids": [(0, 0, line) for line in lines]}
        )
    return run


def _posted(env: Any, partner: Any) -> Any:
    move = env["account.move"].create(invoice_values(env, partner, LINES))
    move.action_post()
    return move


def _partner(env: Any) -> Any:
    return env["res.partner"].search([("name", "=", "Customer 0")], limit=1)


def _bank(env: Any) -> Any:
    """The company's own bank journal, which is no MobilePay journal."""
    journals = env["account.journal"].search([("type", "=", "bank")])
    return journals.filtered(lambda journal: journal.code != "MPAY").ensure_one()
