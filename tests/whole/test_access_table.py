"""One table: who may do what, and who sees what. Each cell is tried.

A model, a button or a field that is not in it is a failure: decide who may.
"""

# ruff: noqa: E501 (a table)

from odoo.fields import Command
from odoo.tests import tagged

from ..role_tables import ACTIONS, OPERATIONS, ROLES
from .test_roles import TYPED, RolesCase

#: how a row begins → what is tried: `may` (r read, w write, c create, u unlink, on a
#: row of the first company), `sees` (a field of it), `presses` (a button), `sends`
TABLE = """
                                                           advisor biller manager employee administrator portal public stranger branch
may mobilepay.secret                                       -       -      -       -        -             -      -      -        -
may mobilepay.token                                        -       -      -       -        -             -      -      -        -
may mobilepay.connection                                   r       r      rwcu    -        -             -      -      -        r
may mobilepay.login                                      -       -      -       -        -             -      -      -        -
may mobilepay.issuer                                       r       r      rwcu    -        -             -      -      -        r
may mobilepay.invoice                                      r       r      r       -        -             -      -      -        -
may mobilepay.batch                                        r       r      r       -        -             -      -      -        -
may mobilepay.event                                        r       r      r       -        -             -      -      -        -
may mobilepay.step                                         r       r      r       -        -             -      -      -        -
may mobilepay.consent                                      r       rw     rw      -        -             -      -      -        -
may mobilepay.transfer                                     r       r      r       -        -             -      -      -        -
may mobilepay.transaction                                  r       r      r       -        -             -      -      -        -
may mobilepay.owed                                         r       r      r       -        -             -      -      -        -
may mobilepay.check                                        -       -      rw      -        -             -      -      -        -
may mobilepay.check.step                                   -       -      r       -        -             -      -      -        -
sees mobilepay.invoice phone                               yes     yes    yes     -        -             -      -      -        -
sees mobilepay.invoice phone_masked                        yes     yes    yes     -        -             -      -      -        -
sees mobilepay.invoice payload                             -       -      yes     -        -             -      -      -        -
sees mobilepay.event raw                                   -       -      yes     -        -             -      -      -        -
sees mobilepay.step raw                                    -       -      yes     -        -             -      -      -        -
sees mobilepay.transfer raw                                -       -      yes     -        -             -      -      -        -
sees mobilepay.transaction raw                             -       -      yes     -        -             -      -      -        -
sees mobilepay.transaction message                         yes     yes    yes     -        -             -      -      -        -
sees mobilepay.consent phone                               yes     yes    yes     -        -             -      -      -        -
sees mobilepay.connection callback_url                     -       -      yes     -        -             -      -      -        yes
sees mobilepay.connection callback_path                    -       -      -       -        -             -      -      -        -
sees mobilepay.connection client_secret                    -       -      -       -        -             -      -      -        -
sees mobilepay.connection gateway_secret                   -       -      -       -        -             -      -      -        -
sees mobilepay.connection reporting_key                    -       -      -       -        -             -      -      -        -
sees res.partner mobilepay_phone                           yes     yes    yes     -        -             -      -      yes      yes
sees mobilepay.check payer_phone                           -       -      yes     -        -             -      -      -        -
sees mobilepay.check payer_phone_masked                    -       -      yes     -        -             -      -      -        -
sees mobilepay.check payer_user                            -       -      yes     -        -             -      -      -        -
sees mobilepay.check payer_card                            -       -      yes     -        -             -      -      -        -
sees mobilepay.check.step done                             -       -      yes     -        -             -      -      -        -
sees mobilepay.check.step answer                           -       -      yes     -        -             -      -      -        -
sees mobilepay.check.step advice                           -       -      yes     -        -             -      -      -        -
sees mobilepay.check.step calls                            -       -      yes     -        -             -      -      -        -
sees mobilepay.check.step call_text                        -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_connect                -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_disconnect             -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_refresh_issuers        -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_test_connection        -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_sync_consents          -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_fetch_transfers        -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_renew_callback_secret  -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_forget_reporting_key   -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_encrypt_anew           -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_forget_secrets         -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_check                  -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_renew_monitor_address  -       -      yes     -        -             -      -      -        -
presses mobilepay.check action_start                       -       -      yes     -        -             -      -      -        -
presses mobilepay.check action_continue                    -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_onboarding_continue    -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_onboarding_asked       -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_onboarding_connect     -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_onboarding_books       -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_onboarding_payers      -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_onboarding_skip_test   -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_onboarding_send_test   -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_onboarding_cancel_test -       -      yes     -        -             -      -      -        -
presses mobilepay.connection action_onboarding_refresh_test -       -      yes     -        -             -      -      -        -
presses mobilepay.transfer action_fetch_again              -       yes    yes     -        -             -      -      -        -
presses mobilepay.transfer action_undo                     -       yes    yes     -        -             -      -      -        -
presses mobilepay.transfer action_post_again               -       yes    yes     -        -             -      -      -        -
presses mobilepay.event action_replay                      -       yes    yes     -        -             -      -      -        -
presses mobilepay.invoice action_refresh_status            yes     yes    yes     -        -             -      -      -        -
presses mobilepay.invoice action_cancel                    -       yes    yes     -        -             -      -      -        -
presses mobilepay.invoice action_send_as_link              -       yes    yes     -        -             -      -      -        -
sends one                                                  -       yes    yes     -        -             -      -      -        -
sends many                                                 -       yes    yes     -        -             -      -      -        -
"""
#: fields that hold nothing personal and no secret: who reads the row, reads them
PLAIN = {
    "account.bank.statement.line": {
        "mobilepay_error",
        "mobilepay_link_text",
        "mobilepay_link_url",
        "mobilepay_note",
    },
    "account.move": {
        "mobilepay_error",
        "mobilepay_link_text",
        "mobilepay_link_url",
    },
    "account.payment": {
        "mobilepay_by_hand",
    },
    "mobilepay.batch": {
        "name",
    },
    "mobilepay.check": {
        "name",
    },
    "mobilepay.connection": {
        "base_url",
        "client_id",
        "country_code",
        "custom_api_base",
        "custom_discovery_url",
        "custom_reporting_base",
        "gateway_client_id",
        "health_problems",
        "key_problem",
        "merchant_id",
        "merchant_vat",
        "name",
        "onboarding_address_problem",
        "onboarding_address_warning",
        "onboarding_books_hint",
        "onboarding_books_problem",
        "onboarding_connect_problem",
        "onboarding_credentials_problem",
        "onboarding_finished",
        "onboarding_letter",
        # the number of whoever reads it
        "onboarding_phone",
        "onboarding_portal_url",
        "onboarding_preview",
        "onboarding_progress",
        "onboarding_refusal",
        "onboarding_test_problem",
        "onboarding_test_text",
        "pay_image",
        "pay_text",
        "redirect_uri",
        "reference_pattern",
        "reference_preview",
        "reporting_problem",
        "state_text",
    },
    "mobilepay.consent": {
        "mobilepay_id",
    },
    "mobilepay.event": {
        "error_code",
        "error_text",
        "link_url",
        "mobilepay_id",
        "reason",
        "status",
        "transaction_id",
    },
    "mobilepay.invoice": {
        "bank_key",
        "correlation_id",
        "error_code",
        "error_text",
        "invoice_number",
        "link_url",
        "mail_note",
        "mobilepay_id",
        "name",
        "next_step",
        "payment_reference",
        "transaction_id",
    },
    "mobilepay.issuer": {
        "mobilepay_id",
        "name",
        "status",
    },
    # no row is ever kept: its maker is shown it
    "mobilepay.monitor.address": {
        "address",
    },
    "mobilepay.owed": {
        "reference",
    },
    "mobilepay.step": {
        "detail",
        "name",
        "reason",
        "status",
    },
    "mobilepay.transaction": {
        "key",
        "merchant_reference",
        "transaction_id",
        "word",
    },
    "mobilepay.transfer": {
        "bank_key",
        "mobilepay_id",
        "problem",
        "reference",
    },
    "res.users": {
        "mobilepay_phone",
    },
}
#: models that answer nobody
HIDDEN = {"mobilepay.secret", "mobilepay.token", "mobilepay.login"}
#: what the rows of the tests need, to be seen or not
FILLED = {
    "mobilepay.transfer": ["raw"],
    "mobilepay.transaction": ["raw", "message"],
    "mobilepay.check.step": ["done", "answer", "advice"],
}
CALL = {"moment": "", "method": "", "path": "", "status": 200, "correlation_id": ""}
TEXTS = {"char", "text", "html", "binary", "json", "serialized", "properties"}


def read_table():
    """Return ``{row: [cell of each role]}``, and the roles in order."""
    head, *lines = [line.split() for line in TABLE.strip().splitlines()]
    width = len(head)
    return {" ".join(line[:-width]): line[-width:] for line in lines}, head


@tagged("post_install", "-at_install")
class TestAccessTable(RolesCase):
    def setUp(self):
        super().setUp()
        for model, names in FILLED.items():
            self.rows[model].sudo().write(dict.fromkeys(names, "{}"))
        self.rows["mobilepay.check.step"].sudo().calls = [CALL]

    def cell(self, row, role):
        """Return what is true: a cell of the table."""
        verb, *what = row.split()
        return getattr(self, f"cell_{verb}")(role, *what)

    def cell_may(self, role, model):
        row = self.own(self.rows[model], role)
        letters = [op[0] for op in OPERATIONS if row.has_access(op)]
        return "".join(letters) or "-"

    def cell_sees(self, role, model, name):
        own, told = self.own(self.rows[model], role), []
        self.is_refused(lambda: told.extend(own.read([name])))
        # what is always empty is not seen
        return "yes" if told and told[0][name] else "-"

    def cell_presses(self, role, model, action):
        if action == "action_connect":
            self.connection.sudo().state = "not_connected"
        check = self.rows["mobilepay.check"]
        self.let_continue(check)
        if action == "action_start":
            self.let_start(check)
        # one that can be processed again
        self.rows["mobilepay.event"].sudo().state = "bad"
        row = self.own(self.rows[model], role)
        told = self.yes(getattr(row, action))
        # whatever it did is undone
        if action == "action_forget_secrets":
            self.connection.sudo().write(TYPED)
        self.connect(self.connection)
        self.request.sudo().write({"next_cancel_on": False})
        self.rows["mobilepay.transfer"].state = "undone"
        return told

    def cell_sends(self, role, how):
        moves = self.bill(self.company)
        if how == "one":
            wizard, values = (
                "account.move.send.wizard",
                {
                    "move_id": moves.id,
                    "sending_methods": ["mobilepay"],
                },
            )
        else:
            moves += self.bill(self.company)
            wizard, values = (
                "account.move.send.batch.wizard",
                {"move_ids": [Command.set(moves.ids)]},
            )
        own = self.own(self.env[wizard], role)
        self.is_refused(lambda: own.create(values).action_send_and_print())
        requests = self.env["mobilepay.invoice"].search_count(
            [("move_id", "in", moves.ids)]
        )
        batches = self.env["mobilepay.batch"].search_count(
            [("move_ids", "in", moves.ids)]
        )
        return "yes" if requests or batches else "-"

    def yes(self, call):
        return "-" if self.is_refused(call) else "yes"

    def test_each_cell(self):
        # security/*, and each check_access, groups= and has_group of the addon
        table, roles = read_table()
        self.assertEqual(roles, list(ROLES))
        for row, cells in table.items():
            with self.subTest(row):
                found = [self.cell(row, role) for role in roles]
                self.assertEqual(found, cells, roles)

    def test_every_model_and_button_has_its_row(self):
        rows = set(read_table()[0])
        models = {f"may {name}" for name in self.own_models()}
        buttons = {f"presses {model} {action}" for model, action in ACTIONS}
        sends = {"sends one", "sends many"}
        expected = models | buttons | sends
        found = {row for row in rows if not row.startswith("sees ")}
        self.assertEqual(found, expected)

    def own_models(self):
        return [
            name
            for name, model in self.env.registry.items()
            if name.startswith("mobilepay.")
            and not (model._abstract or model._transient)
        ]

    def test_every_text_is_decided_on(self):
        rows = read_table()[0]
        for model in self.env.registry.values():
            for name, field in model._fields.items():
                ours = "account_mobilepay" in (field._modules or ())
                if not ours or field.type not in TEXTS or model._transient:
                    continue
                if model._name in HIDDEN:
                    # nobody reads any of them
                    continue
                shown = f"sees {model._name} {name}" in rows
                plain = name in PLAIN.get(model._name, ())
                self.assertTrue(
                    shown != plain, f"{model._name}.{name}: who may read it?"
                )
