"""Booking what was paid, beside Odoo's own wizard and beside bare posting.

The company keeps the restrictive audit trail: every side leaves its lines there.
"""

from __future__ import annotations

from typing import Any

from .goals import Figure
from .lab import Lab
from .timing import Run, timed

BOOKS = "books:paid_events"
COUNT = 1000
MANY = 5000


def books(lab: Lab) -> list[str]:
    """What is paid in them is not booked: some, and five times as many."""
    return [lab.books(BOOKS, count=lab.count(count)) for count in (COUNT, MANY)]


def figures(lab: Lab) -> list[Figure]:
    """Three figures: against the wizard, against posting, and growing."""
    count, many = lab.count(COUNT), lab.count(MANY)
    some, more = books(lab)
    process = (some, "booking:process")
    # by turns, the many as well: a machine is not as fast an hour later. Ours between
    # the others: all are compared with it, and one process differs from the next
    ours, wizard, bare, grown = lab.compare(
        [
            process,
            (some, "booking:wizard"),
            process,
            (some, "booking:post_only"),
            process,
            (more, "booking:process"),
        ]
    )
    raw = {"ours": vars(ours), "wizard": vars(wizard), "bare": vars(bare)}
    rows = {"count": count, "many": many, "grown": vars(grown)}
    slower = (grown.seconds / many) / (ours.seconds / count)
    return [
        Figure(
            "booking against the wizard",
            "Odoo's register-payment wizard on the batch",
            ours.seconds / wizard.seconds,
            round(1 / 7, 4),
            raw=raw,
        ),
        Figure(
            "booking against bare posting",
            "create and post as many entries of two lines",
            ours.seconds / bare.seconds,
            1.5,
            raw=raw,
        ),
        Figure(
            "booking five times as many, per payment", "itself", slower, 1.15, raw=rows
        ),
        Figure(
            "booking five times as many, memory",
            "its own peak at the start",
            grown.memory,
            60.0,
            unit="MiB",
            raw=rows,
        ),
    ]


def process(env: Any) -> Run:
    """Process the confirmed events as the cron does."""
    _warm_up(env)
    with timed(env) as run:
        env["mobilepay.processor"]._cron_process()
    paid = env["mobilepay.invoice"].search([])
    unpaid = paid.move_id.filtered(lambda move: move.payment_state == "not_paid")
    if unpaid or set(paid.mapped("state")) != {"paid"}:
        raise AssertionError(f"{len(unpaid)} invoices are not paid")
    if len(_told(env, paid.payment_id)) != len(paid):
        raise AssertionError("the audit trail lacks payments")
    return run


def wizard(env: Any) -> Run:
    """Register the same payments with Odoo's wizard on the list."""
    moves = env["account.move"].search([("move_type", "=", "out_invoice")])
    journal = env["mobilepay.connection"].search([], limit=1).journal_id
    context = {"active_model": "account.move", "active_ids": moves.ids}
    with timed(env) as run:
        values = {"group_payment": False, "journal_id": journal.id}
        Wizard = env["account.payment.register"].with_context(**context)
        Wizard.create(values)._create_payments()
    return run


def post_only(env: Any) -> Run:
    """Create and post as many entries of two lines, and reconcile nothing."""
    count = env["mobilepay.invoice"].search_count([])
    connection = env["mobilepay.connection"].search([], limit=1)
    accounts = (
        connection._clearing_accounts()[:1],
        env["account.account"].search(
            [("account_type", "=", "asset_receivable")], limit=1
        ),
    )
    values = {
        "move_type": "entry",
        "journal_id": connection.journal_id.id,
        "date": "2026-05-05",
        "line_ids": [
            (0, 0, {"account_id": account.id, "balance": balance})
            for account, balance in zip(accounts, (1211.88, -1211.88), strict=True)
        ],
    }
    with timed(env) as run:
        env["account.move"].create([values] * count).action_post()
    return run


def _told(env: Any, payments: Any) -> set[int]:
    """The payments of which the audit trail speaks."""
    said = [("model", "=", payments._name), ("res_id", "in", payments.ids)]
    return set(env["mail.message"].search(said).mapped("res_id"))


def _warm_up(env: Any) -> None:
    """Load what the first of its kind loads: templates, defaults, sequences."""
    env["ir.config_parameter"].get_param("web.base.url")
    env["account.payment"].default_get(["journal_id", "payment_type"])
