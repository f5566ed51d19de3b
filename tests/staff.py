"""What people and crons do in processes of their own: for tests with real workers.

All functions but the helpers at the end run through ``RealDatabaseCase.race``.
"""

import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import requests
from freezegun import freeze_time

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..mobilepay.classic import oidc
from ..mobilepay.transport import session, transport
from .common import ANNA
from .real import make_invoices

WITHOUT_PHONE = "Café Kastellet"
# longer than any real pause of two steps of one call; shorter than the patience of
# a test
JUST_NOW = "3 seconds"
LONGEST_WORK = 200
# not the crons themselves, of which Odoo runs one at a time
SENDING = (
    ("mobilepay.sender", "_cron_send"),
    ("mobilepay.batch_sender", "_cron_batch"),
    ("mobilepay.canceler", "_cron_cancel"),
)
HEARING = (
    ("mobilepay.processor", "_cron_process"),
    ("mobilepay.poller", "_cron_poll"),
    ("mobilepay.processor", "_cron_process"),
)
SETTLING = (
    ("mobilepay.reporter", "_cron_fetch"),
    ("mobilepay.processor", "_cron_process"),
    ("mobilepay.settler", "_cron_settle"),
)
ALL = (*SENDING, *HEARING, *SETTLING)
PAUSES = {
    "mobilepay_invoice": ("next_try_on", "next_poll_on", "next_cancel_on"),
    "mobilepay_event": ("next_try_on",),
    "mobilepay_transfer": ("next_try_on",),
}
_END_PAUSE = f"""
    UPDATE {{table}}
       SET {{column}} = now() AT TIME ZONE 'UTC' - interval '1 minute'
     WHERE id IN (
               SELECT id FROM {{table}}
                WHERE {{column}} > now() AT TIME ZONE 'UTC'
                  AND write_date < now() AT TIME ZONE 'UTC' - interval '{JUST_NOW}'
                  FOR UPDATE SKIP LOCKED
           )
"""


# ----------------------------------------------------------------------- people


def furnish(env):
    """Prepare the books: a payer without phone, and how others are paid."""
    env["res.partner"].create({"name": WITHOUT_PHONE, "phone": False})
    banks = env["account.journal"].search([("type", "=", "bank")])
    outstanding = env["account.account"].create(
        {
            "name": "Outstanding",
            "code": "199901",
            "account_type": "asset_current",
            "reconcile": True,
        }
    )
    manual = banks.inbound_payment_method_line_ids.filtered(
        lambda line: line.code == "manual"
    )
    manual.filtered(
        lambda line: not line.payment_account_id
    ).payment_account_id = outstanding


def use_daily_issuer(env):
    """Send in the name of the issuer that is paid out each night, as many a day."""
    connection = env["mobilepay.connection"].search([])
    connection.max_per_day = 100000
    connection.issuer_id = connection.issuer_ids.filtered(
        lambda issuer: issuer.enabled and issuer.transfer_method == "daily"
    )


def make_both_kinds(env, count):
    """Post invoices for payers with and without phone; ``[[id, number], …]``."""
    half = count // 2
    ids = make_invoices(env, count=half)
    ids += make_invoices(env, count=count - half, payer=WITHOUT_PHONE)
    return [[move.id, move.name] for move in env["account.move"].browse(ids)]


def staff(env, singly=(), together=(), cancel=(), otherwise=(), done=""):
    """Send some invoices one by one and some together; take some back.

    :param cancel: ids of those that are cancelled after that
    :param otherwise: ids of those that are paid at the bank after that
    :param done: a file that is made at the end
    """
    hurry()
    moves = env["account.move"]
    if together:
        insist(env, lambda: env["mobilepay.batch"]._start(moves.browse(together)))
    for move_id in singly:
        insist(env, lambda move_id=move_id: send(env, moves.browse(move_id)))
    for move_id in cancel:
        insist(env, lambda move_id=move_id: moves.browse(move_id).button_cancel())
    for move_id in otherwise:
        insist(env, lambda move_id=move_id: pay_otherwise(env, moves.browse(move_id)))
    if done:
        Path(done).touch()


def send_refused(env):
    """Send once more what was refused for want of a connection; how many."""
    hurry()
    moves = env["account.move"].search([("move_type", "=", "out_invoice")])
    refused = moves.filtered("mobilepay_can_send").filtered(
        lambda move: set(move.mobilepay_invoice_ids.mapped("state")) <= {"invalid"}
    )
    for move in refused:
        insist(env, lambda move=move: send(env, move))
    return len(refused)


# ------------------------------------------------------------------------ crons


def work(env, steps, until):
    """Do the work of these crons over and over, until these files are there."""
    hurry()
    end = time.monotonic() + LONGEST_WORK
    while time.monotonic() < end:
        is_last = all(Path(file).exists() for file in until)
        end_pauses(env)
        run_steps(env, steps)
        if is_last:
            return


def catch_up(env, control, days, hours=24):
    """Let days pass, here and at MobilePay, and run all crons on each."""
    hurry()
    with moving(control) as go_on:
        for _day in range(days):
            go_on(hours=hours)
            run_steps(env, ALL)
            run_steps(env, ALL)


def live(env, control, minutes, step, steps):
    """Let time pass in steps, here and at MobilePay; run these crons after each."""
    hurry()
    with moving(control) as go_on:
        for _step in range(minutes // step):
            go_on(minutes=step)
            run_steps(env, steps)


# ---------------------------------------------------------------------- helpers


def hurry():
    """Make the time limits of calls, in this process, those of a test."""
    transport.Transport.__init__.__kwdefaults__.update(timeout=(2.0, 0.8), backoff=0.01)
    oidc.Provider.__init__.__kwdefaults__.update(timeout=(2.0, 0.8))
    session.make_session.__kwdefaults__.update(backoff=0.01)


def insist(env, action):
    """Do something as a person's click does: Odoo begins it anew on a conflict."""
    for _attempt in range(20):
        try:
            action()
            env.cr.commit()
            return
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            env.cr.rollback()
    raise AssertionError("twenty conflicts one after the other")


def run_steps(env, steps):
    """Run crons; one that another worker disturbs is run by Odoo again, later."""
    for model, method in steps:
        try:
            getattr(env[model], method)()
            env.cr.commit()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            env.cr.rollback()


def end_pauses(env):
    """Let all pauses be over, as if hours had passed; rows in use are left alone."""
    for table, columns in PAUSES.items():
        for column in columns:
            try:
                env.cr.execute(_END_PAUSE.format(table=table, column=column))
                env.cr.commit()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                env.cr.rollback()
    env.invalidate_all()


@contextmanager
def moving(control):
    """Yield ``go_on(**timedelta)``, which moves the clocks of Odoo and MobilePay.

    Both begin at MobilePay's time.

    :param control: the address of the simulator's control endpoints
    """
    now = _clock(control)
    with freeze_time(now.replace(tzinfo=None), tick=True) as clock:

        def go_on(**duration):
            step = timedelta(**duration)
            clock.tick(step)
            _clock(control, advance_seconds=step.total_seconds())

        yield go_on


def _clock(control, **body):
    answer = requests.post(f"{control}/clock", json=body, timeout=60)
    answer.raise_for_status()
    return datetime.fromisoformat(answer.json()["now"]).astimezone(timezone.utc)


def send(env, move):
    """Send one invoice: Direct where its payer has a phone."""
    phone = move.partner_id.mobilepay_phone
    wish = {"kind": "direct" if phone else "link", "phone": ANNA if phone else ""}
    connection = env["mobilepay.connection"].search([])
    env["mobilepay.sender"]._send(connection, {move: wish})


def pay_otherwise(env, move):
    """Enter that the customer has paid at the bank."""
    if move.payment_state not in ("not_paid", "partial"):
        return
    bank = env["account.journal"].search([("type", "=", "bank"), ("code", "=", "BNK1")])
    env["account.payment.register"].with_context(
        active_model="account.move", active_ids=move.ids
    ).create({"journal_id": bank.id})._create_payments()
