"""The screens as each role opens them: what is shown can be read, secrets cannot."""

from lxml import etree

from odoo.tests import Form, new_test_user, tagged

from ..settling import SettlementCase

MODELS = (
    "account.move",
    "mobilepay.invoice",
    "mobilepay.event",
    "mobilepay.connection",
    "mobilepay.transfer",
    "mobilepay.owed",
    "mobilepay.owed.wizard",
    "account.bank.statement.line",
)


@tagged("post_install", "-at_install")
class TestViewsRoles(SettlementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.users = {
            group: new_test_user(cls.env, group, f"account.{group}", **company)
            for group in (
                "group_account_readonly",
                "group_account_invoice",
                "group_account_manager",
            )
        }

    def fields_shown(self, model, kind, user):
        """Return the fields that this user's view of a model has."""
        views = self.env[model].with_user(user).get_views([(False, kind)])
        arch = etree.fromstring(views["views"][kind]["arch"])
        # fields inside another field are those of a list's lines
        nodes = arch.xpath("//field[not(ancestor::field)]")
        return {node.get("name") for node in nodes}

    def test_each_role_can_read_what_its_screens_show(self):
        transfer = self.daily_transfer()
        request = transfer.transaction_ids.request_id.sudo(False)
        line = self.bank_line(transfer.reference, transfer.total)
        self.match()
        records = {
            "account.move": request.move_id,
            "mobilepay.invoice": request,
            "mobilepay.event": request.event_ids,
            "mobilepay.connection": self.connection,
            "mobilepay.transfer": transfer.sudo(False),
            "mobilepay.owed": self.env["mobilepay.owed"].search([]),
            "mobilepay.owed.wizard": self.env["mobilepay.owed.wizard"].create({}),
            "account.bank.statement.line": line,
        }
        for role, user in self.users.items():
            for model in MODELS:
                # Odoo's form of a bank line is not for readers
                kinds = ("list",) if "bank" in model else ("list", "form")
                for kind in kinds:
                    with self.subTest(role=role, model=model, kind=kind):
                        shown = self.fields_shown(model, kind, user)
                        rows = records[model].with_user(user).read(sorted(shown))
                        self.assertEqual(len(rows), len(records[model]))

    def test_what_only_managers_see(self):
        hidden = {
            "mobilepay.connection": "callback_url",
            "mobilepay.invoice": "payload",
            "mobilepay.event": "raw",
        }
        for role, user in self.users.items():
            for model, name in hidden.items():
                with self.subTest(role=role, field=name):
                    shown = name in self.fields_shown(model, "form", user)
                    self.assertEqual(shown, role == "group_account_manager")

    def test_typed_secrets_are_kept_and_never_shown(self):
        manager = self.users["group_account_manager"]
        self.connection.action_disconnect()
        connection = self.connection.with_user(manager)
        with Form(connection) as form:
            self.assertFalse(form.client_secret)
            form.client_secret = " another secret "
        self.assertFalse(connection.client_secret)
        kept = self.env["mobilepay.secret"]._get(connection, "client")
        self.assertEqual(kept, "another secret")
        with Form(connection) as form:
            form.client_id = "another client"
        kept = self.env["mobilepay.secret"]._get(connection, "client")
        self.assertEqual(kept, "another secret", "an empty field keeps what is there")

    def test_renewed_secret_can_be_typed_while_connected(self):
        manager = self.users["group_account_manager"]
        with Form(self.connection.with_user(manager)) as form:
            form.client_secret = "renewed"
            with self.assertRaisesRegex(AssertionError, "client_id"):
                form.client_id = "another client"
        kept = self.env["mobilepay.secret"]._get(self.connection, "client")
        self.assertEqual(kept, "renewed")
        self.assertEqual(self.connection.state, "connected")
