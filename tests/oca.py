"""Our addon beside OCA's bank reconciliation, on real databases of their own.

OCA's addons lie in a folder of their own (``dev/setup`` puts them there); only
the processes started here have it on their addons path. In them Odoo is not in
test mode: OCA's addon then matches bank lines as soon as they are created.
"""

import contextlib
import os
import re
import signal
import subprocess
from datetime import timedelta
from functools import partial
from unittest.mock import patch

from odoo import fields, tools
from odoo.fields import Command
from odoo.tests import Form

from .common import ANNA, MERCHANT_VAT
from .real import PAYER, RealDatabaseCase, Worker, _name, connect

# isort: split
# .common puts dev/ on the path
from stack import Databases, OdooServer, configuration
from stack.odoo import install
from stack.processes import dying_with_parent

OURS, OCA = "account_mobilepay", "account_reconcile_oca"
CRON, PICK = "_cron_match", "pick"
WIDGET = f"{OCA}.bank_statement_line_form_reconcile_view"
MODELS = ("account.bank.statement.line", "account.bank.statement", "account.journal")
DASHBOARD = "account.account_journal_dashboard_kanban_view"
STATEMENTS = "account.view_bank_statement_tree"
# MobilePay's clock starts that long ago: a transfer takes two days
DAYS = 20
SUITE_SECONDS = 270
RESULT = re.compile(r"odoo\.tests\.result: \d+ failed, \d+ error\(s\) of (\d+) tests")
BROKEN = re.compile(r" ERROR \S+ \S+: (?:FAIL|ERROR): (.+)")


class OcaWorker(Worker):
    """A process that has OCA's addons."""

    def __init__(self, database):
        extra = [Databases.from_environment().paths.oca_addons]
        options = partial(configuration.options, extra_addons=extra)
        with patch.object(configuration, "options", options):
            super().__init__(database)


class OcaCase(RealDatabaseCase):
    """A connected company with both addons; MobilePay's days pass test by test.

    The simulator is reset once for the class, so that no transfer looks like one
    of an earlier test.
    """

    # what is still to be done in the database
    first_steps = ()

    @classmethod
    def setUpClass(cls):
        # RealDatabaseCase itself makes a database without OCA's addon
        super(RealDatabaseCase, cls).setUpClass()
        databases = Databases.from_environment()
        cls.database = _name()
        cls.addClassCleanup(databases.drop, cls.database)
        databases.clone(cls.source(), cls.database)
        cls.prepare_database()
        cls.worker = OcaWorker(cls.database)
        cls.addClassCleanup(cls.worker.stop)
        cls.control("reset")
        cls.days_ago = DAYS
        for step, values in (*cls.first_steps, (connect_daily, cls.access())):
            [outcome] = cls.worker.run(step, [values])
            if outcome.error:
                raise RuntimeError(f"{outcome.message}\n{cls.worker.log()[-4000:]}")

    @classmethod
    def source(cls):
        """Return the database to begin with."""
        raise NotImplementedError

    @classmethod
    def prepare_database(cls):
        """Install what is not in it."""

    @classmethod
    def access(cls):
        """Return what it takes to connect: at MobilePay access ends with the day."""
        return {
            "values": cls.connection_values(),
            "token": cls.control("tokens", merchant_vat=MERCHANT_VAT),
        }

    def setUp(self):
        # RealDatabaseCase itself resets the simulator for each test
        super(RealDatabaseCase, self).setUp()

    # ---------------------------------------------------------------- MobilePay

    def go_to_next_day(self):
        """Let a day and its night pass at MobilePay."""
        type(self).days_ago -= 1
        self.control("clock", set=f"{_day(self.days_ago)}T10:00:00Z")

    def transfer(self):
        """Return a settled transfer of 1,000 kroner, not on the bank yet."""
        self.go_to_next_day()
        request = self.run_real(send, days_ago=self.days_ago, access=self.access())
        self.control(f"invoices/{request}/accept", phone=ANNA)
        self.go_to_next_day()
        transfer = self.run_real(settle, request=request)
        self.assertEqual(transfer["state"], "settled")
        return transfer

    # --------------------------------------------------------------------- bank

    def bank_line(self, text, item):
        """Enter a bank line of 1,000 kroner, which OCA looks at.

        Returns what it then shows, and what became of a journal item.
        """
        return self.run_real(make_bank_line, text=text, item_id=item["item"])

    def play(self, line, item, *steps):
        """Do things with a bank line; what it and a journal item show after each.

        A step is the name of a button, CRON, or ``(PICK, journal item)``: add it
        in OCA's widget and save, without confirming.
        """
        return self.run_real(
            play, line_id=line["id"], item_id=item["item"], steps=steps
        )


def add(name, module):
    """Install a module in a database, with OCA's addons at hand."""
    paths = Databases.from_environment().paths
    install(name, [module], addons_path=[paths.oca_addons])


def run_oca_tests(name):
    """Run the tests of OCA's addon on a database.

    Returns how many ran and the names of those that failed, sorted.
    """
    paths = Databases.from_environment().paths
    server = OdooServer(name, addons_path=[paths.oca_addons])
    server.prepare()
    choice = ["--test-tags", f"/{OCA}", "--stop-after-init"]
    process = subprocess.Popen(
        dying_with_parent([*server.command(), *choice]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # a group of its own: its browser ends with it
        start_new_session=True,
    )
    try:
        output, _none = process.communicate(timeout=SUITE_SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        server.stop()
    result = RESULT.search(output)
    if not result:
        raise RuntimeError(f"OCA's tests gave no result:\n{output[-4000:]}")
    return int(result[1]), sorted(BROKEN.findall(output))


# ------------------------------------------------- what runs in the other process


def load_views(env):
    """Load every view of the bank; return those that both addons change."""
    env = env(user=env.ref("base.user_admin"))
    own = env["ir.ui.view"].search([("model", "in", MODELS), ("mode", "=", "primary")])
    for view in own:
        env[view.model].get_view(view.id, view.type)
    for model in MODELS:
        env[model].get_views([(False, kind) for kind in ("list", "kanban", "form")])
    changed = {"dashboard": DASHBOARD, "statements": STATEMENTS}
    return {name: _arch(env.ref(view)) for name, view in changed.items()}


def connect_daily(env, values, token):
    """Connect the company; MobilePay pays out daily, to its only bank account."""
    # OCA's addon matches nothing by itself while Odoo is in test mode
    assert not tools.config["test_enable"]
    connection = env["mobilepay.connection"].browse(connect(env, values, token))
    connection.bank_journal_ids = _bank(env)
    connection.issuer_id = connection.issuer_ids.filtered(
        lambda issuer: issuer.enabled and issuer.transfer_method == "daily"
    )[:1]
    return connection.id


def keep_suspense(env, mode):
    """Choose what OCA's widget does: "edit" a bank line's entry, or "keep" it."""
    bank = _bank(env)
    bank.suspense_account_id.reconcile = True
    bank.reconcile_mode = mode


def make_invoice(env):
    """Return an open invoice of 1,000 kroner: its number, and what is open of it."""
    move = _invoice(env, days_ago=0)
    item = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
    return {"name": move.name, "item": item.id}


def send(env, days_ago, access):
    """Connect anew and send an invoice; return MobilePay's id of the request."""
    connection = env["mobilepay.connection"].browse(connect_daily(env, **access))
    move = _invoice(env, days_ago)
    wish = {"kind": "direct", "phone": ANNA}
    refused = env["mobilepay.sender"]._send(connection, {move: wish})
    assert not refused, refused
    return move.mobilepay_invoice_id.mobilepay_id


def settle(env, request):
    """Book and fetch what MobilePay did; return the transfer of a paid request."""
    paid = env["mobilepay.invoice"].search([("mobilepay_id", "=", request)])
    paid.action_refresh_status()
    # MobilePay's day may be long ago
    paid.connection_id.transfers_fetched_to = _day(DAYS)
    for name in ("fetch", "settle", "process", "settle"):
        # crons run in transactions of their own
        env.cr.commit()
        env.ref(f"account_mobilepay.cron_{name}").method_direct_trigger()
    env.cr.commit()
    env.invalidate_all()
    row = env["mobilepay.transaction"].search([("request_id", "=", paid.id)])
    transfer = row.transfer_id
    return {
        "id": transfer.id,
        "state": transfer.state,
        "reference": transfer.reference,
        "entry": transfer.move_id.name,
        "item": transfer.transit_line_id.id,
    }


def make_bank_line(env, text, item_id):
    """Enter a line of the bank's statement, as an import does."""
    values = {"journal_id": _bank(env).id, "payment_ref": text, "amount": 1000.0}
    line = env["account.bank.statement.line"].create(values)
    return _look(line, env["account.move.line"].browse(item_id))


def play(env, line_id, item_id, steps):
    """Do things with a bank line, each in a transaction of its own."""
    line = env["account.bank.statement.line"].browse(line_id)
    item = env["account.move.line"].browse(item_id)
    states = []
    for step in steps:
        _do(line, step)
        env.cr.commit()
        env.invalidate_all()
        states.append(_look(line, item))
    return states


def _do(line, step):
    if step == CRON:
        line.env["mobilepay.matcher"]._cron_match()
    elif isinstance(step, str):
        getattr(line, step)()
    else:
        _pick, item_id = step
        with Form(line, view=WIDGET) as form:
            form.add_account_move_line_id = line.env["account.move.line"].browse(
                item_id
            )


def _look(line, item):
    """Return a bank line as OCA's widget shows it, and what became of an item."""
    return {
        "id": line.id,
        "matched": line.is_reconciled,
        "note": line.mobilepay_note or "",
        "complete": line.can_reconcile,
        "rows": [
            [row["kind"], row["id"] if row["kind"] == "other" else 0, row["amount"]]
            for row in line.reconcile_data_info["data"]
        ],
        # by which bank lines, if by a bank line, and how much
        "paid_by": [
            [match.credit_move_id.statement_line_id.id, match.amount]
            for match in item.matched_credit_ids
        ],
        "open": item.amount_residual,
    }


def _arch(view):
    return view.env[view.model].get_view(view.id, view.type)["arch"]


def _day(days_ago):
    return fields.Date.today() - timedelta(days=days_ago)


def _invoice(env, days_ago):
    line = {
        "name": "Ladcykel, service",
        "price_unit": 800.0,
        "tax_ids": [Command.set(env.company.account_sale_tax_id.ids)],
    }
    values = {
        "move_type": "out_invoice",
        "partner_id": env["res.partner"].search([("name", "=", PAYER)], limit=1).id,
        "invoice_date": _day(days_ago),
        "invoice_date_due": _day(days_ago - 14),
        "invoice_line_ids": [Command.create(line)],
    }
    move = env["account.move"].create(values)
    move.action_post()
    return move


def _bank(env):
    """Return the journal of the company's bank account."""
    mobilepay = env["mobilepay.connection"].search([]).journal_id
    return env["account.journal"].search(
        [
            ("company_id", "=", env.company.id),
            ("type", "=", "bank"),
            ("id", "not in", mobilepay.ids),
        ],
        limit=1,
    )
