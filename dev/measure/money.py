"""Books in which money has moved: payments, transfers, bank lines.

These functions run inside an Odoo process; ``env`` is Odoo's.
"""

from __future__ import annotations

from typing import Any

from .books import connection_of, paid_events, paid_values, requests, told_values

FEE = -1.25
#: how many payments one of the small transfers has
IN_ONE = 20
ACCEPTED, PAID, TRANSFERRED, BANK, REJECTED = range(1, 6)
STAGES = 6


def payments(env: Any, count: int, method: str, lines: int = 1) -> None:
    """Invoices that are paid and booked; the payments wait on the clearing account.

    :param method: how MobilePay pays out, ``daily`` or ``instant``
    """
    paid_events(env, count, lines)
    env["mobilepay.issuer"].search([]).transfer_method = method
    env["mobilepay.processor"]._cron_process()
    _assert_booked(env)


def transfer(env: Any, count: int) -> None:
    """As many payments, and one daily transfer of them that is not entered yet."""
    payments(env, count, "daily")
    paid = env["mobilepay.invoice"].search([], order="id")
    _waiting_transfer(env, paid, "040000000000105052", "2026-05-06")


def mixed(env: Any, count: int) -> None:
    """Requests of every stage, in equal parts, all with nothing left to do."""
    requests(env, count, lines=1)
    env["mobilepay.issuer"].search([]).transfer_method = "daily"
    told = env["mobilepay.invoice"].search([], order="id")
    told.write({"state": "created", "next_poll_on": "2030-01-01 00:00:00"})
    env["mobilepay.event"].create(
        [values for request in told for values in _news(request)]
    )
    env["mobilepay.processor"]._cron_process()
    _assert_booked(env)
    for number, some in enumerate(_small_groups(told, (TRANSFERRED, BANK))):
        _waiting_transfer(env, some, f"04000000{number:04}050526", "2026-05-06")
    env["mobilepay.settler"]._cron_settle()
    transfers = told.filtered(lambda r: _stage(r) == BANK).transfer_id
    lines = [
        bank_values(env, transfer.reference, transfer.total, "2026-05-07")
        for transfer in transfers
    ]
    env["account.bank.statement.line"].create(lines)
    env["mobilepay.matcher"]._cron_match()
    _assert_settled(env, len(transfers))


def bank_values(env: Any, text: str, amount: float, day: str) -> dict[str, Any]:
    """A line of the bank's statement."""
    return {
        "journal_id": connection_of(env).bank_journal_ids.ensure_one().id,
        "date": day,
        "payment_ref": f"MobilePay {text}",
        "amount": amount,
    }


def _stage(request: Any) -> int:
    return int(request.id) % STAGES


def _news(request: Any) -> list[dict[str, Any]]:
    """What MobilePay has told of a request of a stage."""
    stage = _stage(request)
    if stage == REJECTED:
        return [told_values(request, "rejected", 2)]
    moment = "2026-05-04 15:00:00"
    accepted = told_values(request, "accepted", 2, happened_on=moment)
    if stage in (PAID, TRANSFERRED, BANK):
        return [accepted, paid_values(request)]
    return [accepted] if stage == ACCEPTED else []


def _small_groups(told: Any, stages: tuple[int, ...]) -> list[Any]:
    """The requests of each stage, by as many as are in one transfer."""
    found = []
    for stage in stages:
        some = told.filtered(lambda request, stage=stage: _stage(request) == stage)
        found += [some[at : at + IN_ONE] for at in range(0, len(some), IN_ONE)]
    return found


def _waiting_transfer(env: Any, paid: Any, reference: str, day: str) -> None:
    """A transfer whose rows are fetched: the payments, and a fee of each."""
    connection = connection_of(env)
    rows = [row for request in paid for row in _rows(request, reference)]
    common = {
        "company_id": connection.company_id.id,
        "currency_id": connection.currency_id.id,
    }
    transfer = env["mobilepay.transfer"].create(
        {
            **common,
            "connection_id": connection.id,
            "issuer_id": connection.issuer_id.id,
            "reference": reference,
            "transfer_date": day,
            "total": connection.currency_id.round(sum(row["amount"] for row in rows)),
            "state": "waiting",
        }
    )
    env["mobilepay.transaction"].create(
        [{**common, **row, "transfer_id": transfer.id} for row in rows]
    )


def _rows(request: Any, reference: str) -> list[dict[str, Any]]:
    payment = {
        "key": f"Payment {request.transaction_id}",
        "type": "Payment",
        "word": "Payment",
        "amount": request.paid_amount,
        "happened_on": "2026-05-05 10:00:00",
        "transaction_id": request.transaction_id,
        "merchant_reference": request.payment_reference,
    }
    fee = {
        "key": f"TransactionFee {request.transaction_id} {reference}",
        "type": "TransactionFee",
        "word": "TransactionFee",
        "amount": FEE,
        "happened_on": "2026-05-05 10:00:00",
    }
    return [payment, fee]


def _assert_booked(env: Any) -> None:
    paid = env["mobilepay.invoice"].search([("state", "=", "paid")])
    waiting = env["mobilepay.event"].search_count([("state", "=", "new")])
    if waiting or not paid or any(not request.payment_id for request in paid):
        raise AssertionError(f"{waiting} events wait, {len(paid)} are paid")


def _assert_settled(env: Any, matched: int) -> None:
    problems = env["mobilepay.transfer"].search([("state", "!=", "settled")])
    lines = env["account.bank.statement.line"].search([("is_reconciled", "=", True)])
    if problems or len(lines) != matched:
        raise AssertionError(f"{problems.mapped('problem')}, {len(lines)} matched")
