"""Every button of every screen, pressed as the web client does, by who sees it."""

import re
from collections import defaultdict

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ...models.onboarding.mobilepay_connection import STEPS
from .test_buttons import KINDS, MODULE
from .test_roles import RolesCase

PRESSING = ("advisor", "biller", "accountant", "manager", "owner")
#: what a row is made to be, one after the other, until its button is shown
STAGES = {
    "mobilepay.connection": [
        {"state": "not_connected"},
        {"state": "connected"},
        {"onboarding_asked": True},
        {"onboarding_test_skipped": True},
    ],
    "mobilepay.check": [{"state": "draft"}, {"state": "done"}],
    "mobilepay.transfer": [{"state": "waiting"}, {"state": "undone"}],
    "mobilepay.event": [{"state": "bad"}],
    "mobilepay.invoice": [{"state": "rejected"}],
}
#: the set-up's form: its menu and its action are the manager's
SETUP = "account_mobilepay.mobilepay_connection_view_form_onboarding"
MANAGING = ("manager", "owner")


def called(node):
    """Return the method of a button, or of a list whose rows are pressed."""
    return node.get("name") or node.get("action")


class Stages(RolesCase):
    """What has happened where a button is shown that needs more than a state."""

    def stage_action_open_refused(self, batch):
        batch.request_ids[:1].state = "invalid"

    def stage_action_continue(self, check):
        self.let_continue(check)

    def stage_action_forget_reporting_key(self, connection):
        connection.write({"reporting_key": "demo-key"})

    def stage_action_forget_secrets(self, connection):
        self.lock_out(connection)

    def stage_action_open_attention(self, connection):
        self.rows["mobilepay.event"].sudo().state = "bad"

    def stage_action_onboarding_cancel_test(self, connection):
        own = self.own(connection, "manager")
        self.connect(self.connection)
        self.assertTrue(own.action_onboarding_send_test())

    stage_action_onboarding_refresh_test = stage_action_onboarding_cancel_test

    def stage_action_open_payment(self, request):
        journal = self.connection.journal_id
        request.payment_id = self.env["account.payment"].create(
            {
                "amount": request.amount,
                "partner_id": self.payer.id,
                "journal_id": journal.id,
            }
        )

    def stage_action_open_entry(self, transfer):
        transfer.move_id = self.env["account.move"].create(
            {"journal_id": self.connection.journal_id.id}
        )

    def stage_action_undo(self, transfer):
        self.stage_action_open_entry(transfer)
        transfer.state = "settled"

    def stage_action_open_bank_line(self, transfer):
        receivable = self.company_data["default_account_receivable"]
        entry = self.env["account.move"].create(
            {
                "line_ids": [
                    Command.create({"account_id": receivable.id, "debit": 25.0}),
                    Command.create(
                        {"account_id": self.income(self.company).id, "credit": 25.0}
                    ),
                ]
            }
        )
        entry.action_post()
        _liquidity, suspense, _other = self.bank_line()._seek_for_lines()
        suspense.account_id = receivable
        (entry.line_ids[0] + suspense).reconcile()
        transfer.write(
            {
                "state": "settled",
                "move_id": entry.id,
                "transit_line_id": entry.line_ids[0].id,
            }
        )

    def stage_action_undo_reconciliation(self, line):
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = self.income(self.company)

    def bank_line(self):
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": fields.Date.today(),
                "payment_ref": "MobilePay",
                "amount": 25.0,
            }
        )


@tagged("post_install", "-at_install")
class TestButtonsPressing(Stages):
    def setUp(self):
        super().setUp()
        self.bank = self.company_data["default_journal_bank"]
        self.connection.sudo().bank_journal_ids = [Command.link(self.bank.id)]
        line = self.bank_line()
        statement = self.env["account.bank.statement"].create(
            {"name": "MobilePay", "line_ids": [Command.link(line.id)]}
        )
        self.rows |= {
            "account.move": self.move + self.bill(self.company),
            "account.journal": self.connection.journal_id + self.bank,
            "account.bank.statement": statement,
            "account.bank.statement.line": line,
        }
        more = {
            "accountant": "base.group_user,account.group_account_user",
            "owner": "base.group_system,account.group_account_manager",
        }
        for role, groups in more.items():
            self.users[role] = new_test_user(
                self.env,
                f"pressing_{role}",
                groups,
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
        # Odoo's own Send asks Nemhandel about the customer, and writes the answer
        contacts = Command.link(self.env.ref("base.group_partner_manager").id)
        for role in ("biller", "accountant", "manager"):
            self.users[role].group_ids = [contacts]

    def screens(self):
        """Return which screens have buttons of ours, and their names, by model."""
        ours = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "ir.ui.view")]
        )
        found = defaultdict(set)
        for view in self.env["ir.ui.view"].browse(ours.mapped("res_id")).exists():
            nodes = etree.fromstring(view.arch).xpath("//*[@type='object']")
            names = {called(node) for node in nodes}
            while view.mode == "extension":
                view = view.inherit_id
            if names and view.type in KINDS:
                found[view] |= names
        return found

    def nodes(self, view, role):
        """Return all buttons that a role has on a screen, by name."""
        Model = self.own(self.env[view.model], role)
        hidden = view == self.env.ref(SETUP) and role not in MANAGING
        if hidden or not Model.has_access("read"):
            return {}
        found = defaultdict(list)
        arch = etree.fromstring(Model.get_view(view.id, view.type)["arch"])
        for node in arch.xpath("//*[@type='object']"):
            found[called(node)].append(node)
        return found

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models")
    def test_each_button_can_be_pressed_by_who_sees_it(self):
        for view, names in self.screens().items():
            pressed = set()
            for role in PRESSING:
                shown = self.nodes(view, role)
                for name in names & shown.keys():
                    with self.subTest(view=view.name, button=name, role=role):
                        if self.press(shown[name], view.model, role):
                            pressed.add(name)
            with self.subTest(view=view.name):
                self.assertFalse(names - pressed, "nobody can press it")

    def press(self, nodes, model, role):
        """Press it once where it is shown; whether it was."""
        rows = self.own(
            self.rows[model] if model in self.rows else self.env[model], role
        )
        return any(
            self.press_undone(node, row)
            for node in nodes
            for row in rows or rows.create({})
        )

    def press_undone(self, node, row):
        with self.env.cr.savepoint() as savepoint:
            if shown := self.comes_to_be_shown(node, row):
                self.call(row, called(node))
            savepoint.rollback()
        if shown:
            # what was done at MobilePay stays
            self.connect(self.connection)
        return shown

    def comes_to_be_shown(self, node, row):
        """Bring the row where its button is shown; whether that was possible."""
        return any(
            self.is_shown(node, row, clicked)
            for _stage in self.stages(row, called(node))
            for clicked in self.clicks(row)
        )

    def stages(self, row, name):
        """Make the row, one after the other, all that it can be."""
        yield
        bare = row.sudo()
        if more := getattr(self, f"stage_{name}", None):
            more(bare)
            row.invalidate_recordset()
            yield
        for values in STAGES.get(row._name, ()):
            bare.write(values)
            yield

    def clicks(self, row):
        """Return what the screen alone knows: the step that was clicked on."""
        if row._name != "mobilepay.connection":
            return [{}]
        return [{}, *({"onboarding_step": step} for step in (*STEPS, "done"))]

    def is_shown(self, node, row, clicked):
        """Whether neither the button nor what it stands in is hidden."""
        conditions = [
            condition
            for one in [node, *node.iterancestors()]
            if (condition := one.get("invisible"))
        ]
        names = set(re.findall(r"\w+", " ".join(conditions))) & row._fields.keys()
        # of no names Odoo reads all
        [values] = row.read(sorted(names | {"id"}), load="")
        known = {**values, "context": {}, **clicked}
        return not any(safe_eval(condition, known) for condition in conditions)

    def call(self, row, name):
        context = dict(row.env.context)
        try:
            result = call_kw(row.browse(), name, [row.ids], {"context": context})
        except UserError as error:
            # said to a person; who has no right to it must not see the button
            self.assertNotIsInstance(error, AccessError)
        else:
            self.assertIsInstance(result, dict | bool | None)
