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
CRON = "_cron_match"
WIDGET = f"{OCA}.bank_statement_line_form_reconcile_view"
MODELS = ("account.bank.statement.line", "account.bank.statement", "account.journal")
DASHBOARD = "account.account_journal_dashboard_kanban_view"
STATEMENTS = "account.view_bank_statement_tree"
# MobilePay's clock starts that long ago: a test takes two days
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

    @classmethod
    def setUpClass(cls):
        # RealDatabaseCase itself makes a database without OCA's addon
        super(RealDatabaseCase, cls).setUpClass()
        databases = Databases.from_environment()
        cls.database = _name()
        cls.addClassCleanup(databases.drop, cls.database)
        cls.make_database(databases)
        cls.worker = OcaWorker(cls.database)
        cls.addClassCleanup(cls.worker.stop)
        cls.days_ago = DAYS
        cls.control("reset")

    @classmethod
    def make_database(cls, databases):
        """Make ``cls.database``, with both addons and the company's books."""
        raise NotImplementedError

    def setUp(self):
        super(RealDatabaseCase, self).setUp()
        self.go_to_next_day()
        self.prepare()

    def prepare(self):
        """Connect the company: the last test's access is a day old."""
        self.connection_id = self.run_real(
            connect_daily,
            values=self.connection_values(),
            token=self.control("tokens", merchant_vat=MERCHANT_VAT),
        )

    # ---------------------------------------------------------------- MobilePay

    def go_to_next_day(self):
        """Let a day and its night pass at MobilePay."""
        type(self).days_ago -= 1
        self.control("clock", set=f"{_day(self.days_ago)}T10:00:00Z")

    def transfer(self):
        """Return a settled transfer of 1,000 kroner, not on the bank yet."""
        request = self.run_real(send, days_ago=self.days_ago)
        self.control(f"invoices/{request}/accept", phone=ANNA)
        self.go_to_next_day()
        transfer = self.run_real(settle, request=request)
        self.assertEqual(transfer["state"], "settled")
        return transfer

    # --------------------------------------------------------------------- bank

    def bank_line(self, text):
        """Enter a bank line of 1,000 kroner; OCA looks at it. What it shows then."""
        return self.run_real(make_bank_line, text=text)

    def pick(self, line, item):
        """Add a journal item to a line in OCA's widget; what it shows then.

        It is saved, and nothing is confirmed.
        """
        return self.run_real(pick, line_id=line["id"], item_id=item)

    def press(self, line, *buttons):
        """Press a line's buttons, one of them being our cron; what it shows then."""
        return self.run_real(press, line_id=line["id"], buttons=buttons)

    def paid_by(self, item):
        """Return ``(bank line or None, amount)`` of each match of a journal item."""
        return self.sql(
            "SELECT l.statement_line_id, p.amount::float"
            " FROM account_partial_reconcile p"
            " JOIN account_move_line l ON l.id = p.credit_move_id"
            " WHERE p.debit_move_id = %s",
            item,
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


def send(env, days_ago):
    """Send an invoice; return MobilePay's id of the request."""
    move = _invoice(env, days_ago)
    connection = env["mobilepay.connection"].search([])
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


def make_bank_line(env, text):
    """Enter a line of the bank's statement, as an import does."""
    values = {"journal_id": _bank(env).id, "payment_ref": text, "amount": 1000.0}
    return _look(env["account.bank.statement.line"].create(values))


def pick(env, line_id, item_id):
    """Choose a journal item in OCA's widget and save, without confirming."""
    line = env["account.bank.statement.line"].browse(line_id)
    with Form(line, view=WIDGET) as form:
        form.add_account_move_line_id = env["account.move.line"].browse(item_id)
    return _look(line)


def press(env, line_id, buttons):
    """Press buttons of a bank line, or run our cron."""
    line = env["account.bank.statement.line"].browse(line_id)
    for button in buttons:
        if button == CRON:
            env["mobilepay.matcher"]._cron_match()
        else:
            getattr(line, button)()
        env.cr.commit()
        env.invalidate_all()
    return _look(line)


def _look(line):
    """Return the state of a bank line, as OCA's widget shows it."""
    return {
        "id": line.id,
        "matched": line.is_reconciled,
        "note": line.mobilepay_note or "",
        "complete": line.can_reconcile,
        "rows": [
            [row["kind"], row["id"] if row["kind"] == "other" else 0, row["amount"]]
            for row in line.reconcile_data_info["data"]
        ],
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
