"""A daily transfer's entry, beside payments that are reconciled one by one."""

from __future__ import annotations

from typing import Any

from .books import connection_of
from .goals import Figure
from .lab import Lab
from .timing import Run, timed

COUNT = 1000


def books(lab: Lab) -> list[str]:
    """A transfer waits in them."""
    return [lab.books("money:transfer", count=lab.count(COUNT))]


def figures(lab: Lab) -> list[Figure]:
    """One figure: one transfer of many payments and their fees."""
    count = lab.count(COUNT)
    [waiting] = books(lab)
    ours, one_by_one = lab.runs(waiting, "transfer:settle", "transfer:one_by_one")
    return [
        Figure(
            "a daily transfer",
            "an entry whose lines are reconciled one by one",
            ours.seconds / one_by_one.seconds,
            0.1,
            raw={
                "payments": count,
                "ours": vars(ours),
                "one by one": vars(one_by_one),
            },
        )
    ]


def settle(env: Any) -> Run:
    """Link, enter and reconcile the transfer as the cron does."""
    with timed(env) as run:
        env["mobilepay.settler"]._cron_settle()
    transfer = env["mobilepay.transfer"].search([]).ensure_one()
    payments = env["account.payment"].search([])
    left = payments.filtered(lambda payment: not payment.is_matched)
    if transfer.state != "settled" or left:
        raise AssertionError(f"{len(left)} left: {transfer.problem}")
    return run


def one_by_one(env: Any) -> Run:
    """Post the same entry, and reconcile each of its lines with its payment."""
    transfer = env["mobilepay.transfer"].search([]).ensure_one()
    payments = env["account.payment"].search([], order="id")
    waiting = payments._mobilepay_clearing_lines()
    values = _entry_values(env, transfer, waiting)
    with timed(env) as run:
        move = env["account.move"].create(values)
        move.action_post()
        made = move.line_ids.sorted("id")
        for line, theirs in zip(made[: len(waiting)], waiting, strict=True):
            (line + theirs).reconcile()
    if not all(waiting.mapped("reconciled")):
        raise AssertionError("some payments are not reconciled")
    return run


def _entry_values(env: Any, transfer: Any, waiting: Any) -> dict[str, Any]:
    connection = connection_of(env)
    lines = [
        {
            "account_id": line.account_id.id,
            "partner_id": line.partner_id.id,
            "balance": -line.balance,
        }
        for line in waiting
    ]
    fees = transfer.transaction_ids.filtered(lambda row: row.type == "TransactionFee")
    lines += [
        {
            "account_id": connection.transaction_fee_account_id.id,
            "balance": -sum(fees.mapped("amount")),
        },
        {
            "account_id": connection.journal_id.default_account_id.id,
            "balance": transfer.total,
        },
    ]
    return {
        "move_type": "entry",
        "journal_id": connection.journal_id.id,
        "date": transfer.transfer_date,
        "line_ids": [(0, 0, line) for line in lines],
    }
