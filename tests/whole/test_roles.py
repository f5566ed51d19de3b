"""Who may see and do what, role by role, in one's own company and in another's."""

import inspect
import uuid

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import ANNA, UNKNOWN_PHONE
from ..companies import CompaniesCase
from ..role_tables import (
    ACTIONS,
    FIELDS,
    HARMLESS,
    MODELS,
    OPERATIONS,
    REFUSING,
    ROLES,
)

PACKAGE = "odoo.addons.account_mobilepay"
TYPED = {"client_secret": "demo-secret", "gateway_secret": "demo-ibm-secret"}
# what Odoo's own methods do, here as elsewhere
FRAMEWORK = {
    "create", "write", "unlink", "copy_data", "default_get", "fields_get", "init",
    "message_post",
}  # fmt: skip


class RolesCase(CompaniesCase):
    """A user of each role, and a row of each model in the first company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        homes = {"stranger": cls.nordlys, "branch": cls.branch}
        cls.users = {
            role: new_test_user(
                cls.env,
                f"roles_{role}",
                groups,
                company_id=homes.get(role, cls.company).id,
                company_ids=[Command.set(homes.get(role, cls.company).ids)],
            )
            for role, groups in ROLES.items()
        }
        # where the set-up sends its test
        cls.users["manager"].partner_id.phone = ANNA

    def setUp(self):
        super().setUp()
        self.move = self.bill(self.company)
        # sudo: rows that only the system makes
        batch = self.send_together(self.move + self.bill(self.company)).sudo()
        self.hear_all()
        self.request = self.move.mobilepay_invoice_id
        self.rows = {
            "mobilepay.connection": self.connection,
            "mobilepay.issuer": self.connection.issuer_id,
            "mobilepay.invoice": self.request,
            "mobilepay.event": self.request.event_ids[:1],
            "mobilepay.step": self.env["mobilepay.step"].search(
                [("event_id", "=", self.request.event_ids[:1].id)]
            ),
            "mobilepay.batch": batch,
            "mobilepay.consent": self.consent(),
            "mobilepay.transfer": self.transfer().transfer_id,
            "mobilepay.transaction": self.transfer(),
            "mobilepay.owed": self.env["mobilepay.owed"].search(
                [("request_id", "=", self.request.id)]
            ),
            "mobilepay.check": self.check(),
            "mobilepay.check.step": self.check().step_ids[:1],
            "mobilepay.secret": self.hidden("mobilepay.secret"),
            "mobilepay.token": self.hidden("mobilepay.token"),
            "mobilepay.login": self.hidden("mobilepay.login"),
            "res.partner": self.payer,
        }
        self.env.flush_all()

    def transfer(self):
        """Return the transaction of a transfer whose entry was undone."""
        Transfer = self.env["mobilepay.transfer"].sudo()
        if known := Transfer.search([], limit=1):
            return known.transaction_ids
        own = {
            "company_id": self.company.id,
            "currency_id": self.connection.currency_id.id,
        }
        transfer = Transfer.create(
            {
                **own,
                "connection_id": self.connection.id,
                "issuer_id": self.connection.issuer_id.id,
                "reference": "04000000000011111111",
                "transfer_date": "2026-01-06",
                "total": 25.0,
                "state": "undone",
            }
        )
        row = {"transfer_id": transfer.id, "key": "x", "type": "Other", "amount": 25.0}
        return transfer.transaction_ids.create({**own, **row})

    def consent(self):
        return (
            self.env["mobilepay.consent"]
            .sudo()
            .create(
                {
                    "connection_id": self.connection.id,
                    "mobilepay_id": "consent-1",
                    "state": "granted",
                    "phone": "+4511111109",
                }
            )
        )

    def check(self):
        """Return a go-live check of a payer whom MobilePay does not know."""
        Check = self.env["mobilepay.check"].sudo()
        if known := Check.search([], limit=1):
            return known
        check = Check._prepare(self.connection)
        return self.let_start(check)

    def let_start(self, check):
        """Have a check such that it can be started."""
        ids = dict.fromkeys(("payer_user", "payer_card"), str(uuid.uuid4()))
        check.write({**ids, "payer_phone": UNKNOWN_PHONE, "state": "draft"})
        return check

    def let_continue(self, check):
        """Have a check such that there is next to nothing left of it."""
        check.step_ids.write({"state": "passed"})
        check.write({"state": "running", "busy_until": False})

    def hidden(self, model):
        return self.env[model].sudo().search([], limit=1)

    def own(self, record, role):
        """Return the row as the user of a role meets it."""
        return (
            record.sudo(False)
            .with_user(self.users[role])
            .with_context(allowed_company_ids=self.users[role].company_ids.ids)
        )

    def is_refused(self, call):
        """Whether a call ends in an error that a person sees; nothing is kept."""
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.models"):
                call()
        except (AccessError, UserError):
            return True
        return False


@tagged("post_install", "-at_install")
class TestRoles(RolesCase):
    """The tables above, row by row."""

    def test_models(self):
        for model, rights in MODELS.items():
            for role in ROLES:
                with self.subTest(model=model, role=role):
                    row = self.own(self.rows[model], role)
                    found = {op for op in OPERATIONS if row.has_access(op)}
                    self.assertEqual(found, rights.get(role, set()))

    def test_searches(self):
        for model, rights in MODELS.items():
            for role in ROLES:
                with self.subTest(model=model, role=role):
                    row = self.own(self.rows[model], role)
                    if row.browse().has_access("read"):
                        seen = bool(row.search([("id", "in", row.ids)]))
                        self.assertEqual(seen, role in rights)
                    else:
                        self.assertTrue(self.is_refused(lambda own=row: own.search([])))

    def test_fields(self):
        for (model, name), readers in FIELDS.items():
            for role in ROLES:
                with self.subTest(model=model, field=name, role=role):
                    row = self.own(self.rows[model], role)
                    refused = self.is_refused(
                        lambda own=row, field=name: own.read([field])
                    )
                    self.assertEqual(not refused, role in readers)

    def test_actions(self):
        for (model, action), allowed in ACTIONS.items():
            for role in ROLES:
                with self.subTest(model=model, action=action, role=role):
                    self.rows["mobilepay.event"].sudo().state = "bad"
                    if action == "action_connect":
                        self.connection.sudo().state = "not_connected"
                    self.let_continue(self.rows["mobilepay.check"])
                    if action == "action_start":
                        self.let_start(self.rows["mobilepay.check"])
                    row = self.own(self.rows[model], role)
                    # our own savepoint: what an allowed action did is undone
                    refused = self.is_refused(getattr(row, action))
                    self.assertEqual(not refused, role in allowed)
                    if action == "action_forget_secrets":
                        self.connection.sudo().write(TYPED)
                    self.connect(self.connection)
                    self.request.sudo().write({"next_cancel_on": False})
                    self.rows["mobilepay.transfer"].state = "undone"

    def test_sending(self):
        for role in ROLES:
            with self.subTest(role=role):
                move = self.bill(self.company)
                Wizard = self.own(self.env["account.move.send.wizard"], role)

                def send(model=Wizard, invoice=move):
                    model.create(
                        {"move_id": invoice.id, "sending_methods": ["mobilepay"]}
                    ).action_send_and_print()

                self.is_refused(send)
                sent = bool(
                    self.env["mobilepay.invoice"].search_count(
                        [("move_id", "=", move.id)]
                    )
                )
                self.assertEqual(sent, role in ("biller", "manager"))

    def test_sending_many(self):
        for role in ROLES:
            with self.subTest(role=role):
                moves = self.bill(self.company) + self.bill(self.company)
                Wizard = self.own(self.env["account.move.send.batch.wizard"], role)

                def send(model=Wizard, invoices=moves):
                    model.create(
                        {"move_ids": [Command.set(invoices.ids)]}
                    ).action_send_and_print()

                self.is_refused(send)
                sent = self.env["mobilepay.batch"].search_count(
                    [("move_ids", "in", moves.ids)]
                )
                self.assertEqual(bool(sent), role in ("biller", "manager"))

    def test_no_action_is_forgotten(self):
        """Whatever a browser can call is in a table above."""
        found = {}
        for model in self.env.registry.values():
            for klass in model.__mro__:
                if klass.__module__.startswith(PACKAGE):
                    names = {
                        name
                        for name, member in vars(klass).items()
                        if inspect.isfunction(member) and not name.startswith("_")
                    }
                    found.setdefault(model._name, set()).update(names - FRAMEWORK)
        known = {model: set(names) for model, names in (HARMLESS | REFUSING).items()}
        for model, action in ACTIONS:
            known.setdefault(model, set()).add(action)
        found = {model: names for model, names in found.items() if names}
        for model, names in found.items():
            with self.subTest(model=model):
                self.assertLessEqual(names, known.get(model, set()))

    def test_no_model_is_forgotten(self):
        models = {
            name
            for name, model in self.env.registry.items()
            # a wizard's rows are seen by their maker only: that is Odoo's
            if name.startswith("mobilepay.")
            and not (model._abstract or model._transient)
        }
        self.assertEqual(models, set(MODELS))

    def test_payers_word_is_not_ours_to_write(self):
        """Who consented is for billing staff to say; that one consented is not."""
        consent = self.own(self.rows["mobilepay.consent"], "biller")
        consent.partner_id = self.payer
        self.assertEqual(consent.partner_id, self.payer)
        for values in (
            {"state": "denied"},
            {"phone": "+4511111101"},
            {"granted_on": "2026-01-01"},
            {"source": "asked"},
            {"request_id": self.request.id},
        ):
            with self.subTest(**values), self.assertRaises(AccessError):
                consent.write(values)
