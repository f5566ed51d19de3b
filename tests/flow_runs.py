"""What runs in the other process: a flow's function, watched, ended or disturbed."""

import json
import sys

from odoo import fields
from odoo.exceptions import UserError
from odoo.service.model import retrying

from .boundaries import Boundaries
from .sending.test_sending_real import send as send_by_wizard

MODULE = "account_mobilepay"
# until a cron that fails at its first commit, and then at the next, is through
TURNS = 4
# what is disturbed in this process: it may fail, and its next turn must do
_disturbed = []


# ------------------------------------------------------------- how it is run


def record(env, run, **values):
    """Run to the end; return the names of the boundaries in their order."""
    boundaries = Boundaries()
    boundaries.watch()
    _function(run)(env, **values)
    env.cr.commit()
    return boundaries.names


def end_at(env, run, end, **values):
    """Run until a boundary, and be killed there."""
    Boundaries(end=end).watch()
    _function(run)(env, **values)
    env.cr.commit()
    raise AssertionError(f"{run} never came to {end}")


def stumble(env, run, **values):
    """Run while the first commit of each name fails; return what stumbled.

    Odoo runs a web request again by itself, and a cron when its turn comes.
    """
    boundaries = Boundaries(stumble=True)
    boundaries.watch()
    _disturbed.append(run)
    try:
        retrying(lambda: _function(run)(env, **values), env)
    except UserError:
        # a person is told that the request waits already: it goes out by itself
        env.cr.rollback()
    names = cron_names(env)
    if run != "settle":
        # it would hear of a payment, proof and all, before it has to be confirmed
        names.remove("cron_fetch")
    for _turn in range(TURNS):
        for name in names:
            work(env, name)
        pauses_over(env)
    return sorted(boundaries.stumbled)


def _function(run):
    return getattr(sys.modules[__name__], run)


# --------------------------------------------------------------------- crons


def work(env, cron):
    """Run one cron; it may fail only where it is disturbed."""
    result = env.ref(f"{MODULE}.{cron}").method_direct_trigger()
    assert result is True or _disturbed, result
    env.cr.commit()


def cron_names(env):
    """Return the names of all crons of ours."""
    found = env["ir.model.data"].search(
        [("module", "=", MODULE), ("model", "=", "ir.cron")], order="id"
    )
    return found.mapped("name")


def recover(env, elements=()):
    """Run all crons, hearing these news meanwhile; what waited has waited enough.

    Twice, as one cron's work may be what another one waited for.
    """
    if elements:
        hear(env, list(elements))
    # in one order and in the other: which comes first must not matter
    for names in (cron_names(env)[::-1], cron_names(env)):
        pauses_over(env)
        for name in names:
            work(env, name)


def pauses_over(env):
    """Let the time pass that anything waits for."""
    for table, column in (
        ("mobilepay_invoice", "next_try_on"),
        ("mobilepay_invoice", "next_poll_on"),
        ("mobilepay_invoice", "next_cancel_on"),
        ("mobilepay_event", "next_try_on"),
        ("mobilepay_transfer", "next_try_on"),
    ):
        env.cr.execute(
            f"UPDATE {table} SET {column} = '2020-01-01' WHERE {column} IS NOT NULL"
        )
    env.cr.commit()
    env.invalidate_all()


# --------------------------------------------------------------------- flows


def send(env, move_id):
    """Send as a person does."""
    send_by_wizard(env, move_id)


def send_in_vain(env, move_id):
    """Send what MobilePay refuses."""
    try:
        send(env, move_id)
    except UserError:
        env.cr.rollback()


def send_queued(env, move_id):
    """Send what waits in the queue, or find out about it."""
    _due(env, move_id, "next_try_on")
    work(env, "cron_send")


def send_batch(env, move_ids):
    """Send many together."""
    env["mobilepay.batch"]._start(env["account.move"].browse(move_ids))
    env.cr.commit()
    work(env, "cron_batch")


def take_back(env, move_id, reason):
    """Have a request taken back."""
    env["account.move"].browse(move_id).mobilepay_invoice_id._want_cancel(reason)
    env.cr.commit()
    work(env, "cron_cancel")


def store(env, elements):
    """Take one delivery of MobilePay's in, as the controller does."""
    connection = env["mobilepay.connection"].search([])
    key = env["mobilepay.secret"]._get(connection, "callback")
    body = json.dumps(elements).encode()
    status = connection._take_delivery(connection.callback_path, key, body)
    assert status == 204, status


def hear(env, elements):
    """Take a delivery in, and process it."""
    if elements:
        store(env, elements)
        env.cr.commit()
    work(env, "cron_process")


def poll(env, move_id):
    """Ask for the status, and process the answer."""
    _due(env, move_id, "next_poll_on")
    work(env, "cron_poll")
    work(env, "cron_process")


def settle(env):
    """Fetch transfers, enter them and match the bank's lines."""
    for cron in ("cron_fetch", "cron_process", "cron_settle", "cron_match"):
        work(env, cron)


def ask_for_consent(env):
    """Have payers asked, and read who consented."""
    work(env, "cron_consent")


def fall_back(env):
    """Send links for what payers refused in the app."""
    work(env, "cron_fallback")


def send_instalments(env):
    """Send instalments that have come due."""
    work(env, "cron_instalments")


def erase(env):
    """Remove what is personal after its time."""
    work(env, "cron_erase")


def _due(env, move_id, column):
    request = env["mobilepay.invoice"].search([("move_id", "=", move_id)])
    request.write({column: fields.Datetime.subtract(fields.Datetime.now(), days=1)})
    env.cr.commit()
