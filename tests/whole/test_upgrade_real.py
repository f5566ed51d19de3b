"""Updating, uninstalling and installing again, by real Odoo processes."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..booking.test_posting_real import send_all
from ..books import BooksMixin
from ..common import ANNA, MERCHANT_VAT
from ..real import RealDatabaseCase, connect, make_invoices
from ..settlement.test_settlement_real import balances, bank_line, name_bank, run_all

# isort: split
from stack import install, uninstall, upgrade

ADDON = "account_mobilepay"
MODULE = "SELECT state FROM ir_module_module WHERE name = 'account_mobilepay'"

#: what it was called before 19.0.1.1.0
LOGINS_OF_OLD = (
    "ALTER TABLE mobilepay_login RENAME TO mobilepay_attempt",
    "ALTER SEQUENCE mobilepay_login_id_seq RENAME TO mobilepay_attempt_id_seq",
    "ALTER TABLE mobilepay_attempt RENAME CONSTRAINT mobilepay_login_key_unique"
    " TO mobilepay_attempt_key_unique",
    "ALTER INDEX mobilepay_login__connection_id_index"
    " RENAME TO mobilepay_attempt__connection_id_index",
    "UPDATE ir_model SET model = 'mobilepay.attempt' WHERE model = 'mobilepay.login'",
    "UPDATE ir_model_fields SET model = 'mobilepay.attempt'"
    " WHERE model = 'mobilepay.login'",
    "UPDATE ir_model_constraint SET name = replace(name, '_login_', '_attempt_')"
    " WHERE name LIKE 'mobilepay_login_%%'",
    "UPDATE ir_model_data SET name = replace(name, '_login', '_attempt')"
    " WHERE module = 'account_mobilepay' AND name LIKE '%%mobilepay_login%%'",
    "UPDATE ir_model_data SET name = 'attempt_nobody'"
    " WHERE module = 'account_mobilepay' AND name = 'login_nobody'",
)


class StoryCase(BooksMixin, RealDatabaseCase):
    """A database with a story: paid, transferred and on the bank; open; rejected."""

    def setUp(self):
        super().setUp()
        issuer = self.run_real(name_bank)
        self.control(
            f"merchants/{MERCHANT_VAT}/issuers/{issuer}",
            reference_form="0400000001RRRDDMMYYX",
        )
        self.run_real(choose)
        self.live_through()

    def live_through(self):
        """Three are paid, paid out and on the bank; one waits, one is rejected."""
        self.sent(3, "accept")
        self.paid_out()
        self.sent(1, "reject")
        self.sent(1)
        self.run_real(hear)
        self.assertEqual(
            self.sql(
                "SELECT state, count(*) FROM mobilepay_invoice GROUP BY 1 ORDER BY 1"
            ),
            [("created", 1), ("paid", 3), ("rejected", 1)],
        )
        self.assertEqual(
            self.sql("SELECT state FROM mobilepay_transfer"), [("settled",)]
        )
        self.assertEqual(self.run_real(balances), [0.0, 0.0])

    def sent(self, count, answer=""):
        """Send invoices, and let their payers answer."""
        known = {invoice["id"] for invoice in self.inspect()["invoices"]}
        moves = self.run_real(make_invoices, count=count)
        self.run_real(send_all, move_ids=moves)
        for invoice in self.inspect()["invoices"]:
            if answer and invoice["id"] not in known:
                self.control(f"invoices/{invoice['id']}/{answer}", phone=ANNA)

    def paid_out(self):
        """MobilePay pays out, and the bank says so."""
        for transfer in self.control("settle", vat=MERCHANT_VAT)["transfers"]:
            amount = float(transfer["total"])
            self.run_real(bank_line, text=transfer["reference"], amount=amount)
        self.run_real(hear)


@tagged("post_install", "-at_install")
class TestUpdate(StoryCase):
    def test_keeps_everything(self):
        self.begin_login()
        before, chosen = self.everything(), self.run_real(chosen_values)
        upgrade(self.database, [ADDON])
        self.check_same(before, self.everything())
        self.make_older()
        # the second finds what the first made of it
        upgrade(self.database, [ADDON])
        self.check_same(before, self.everything())
        self.check_logins()
        self.start_anew()
        self.assertEqual(self.run_real(chosen_values), chosen)
        self.assertTrue(self.run_real(ask_mobilepay), "the tokens can be read")
        self.sent(1, "accept")
        self.run_real(hear)
        self.assertEqual(self.run_real(balances)[0], 1000.0)

    def begin_login(self):
        """Leave a login whose browser is still at MobilePay."""
        self.sql(
            "INSERT INTO mobilepay_login (key, connection_id, company_id, user_id,"
            " redirect_uri, stage, expires_at) SELECT 'state', id, company_id, 1,"
            " 'https://127.0.0.1', 'open', now() + interval '1 day'"
            " FROM mobilepay_connection"
        )

    def make_older(self):
        """Leave the database as the first version left it."""
        # protects: migrations/19.0.1.0.1
        older = "UPDATE ir_module_module SET latest_version = '19.0.1.0.0'"
        self.sql(f"{older} WHERE name = %s RETURNING id", ADDON)
        days = "accepted_on = NULL, ended_on = NULL"
        self.sql(f"UPDATE mobilepay_invoice SET {days} RETURNING id")
        # protects: migrations/19.0.1.1.0
        for statement in LOGINS_OF_OLD:
            self.sql(statement)

    def check_logins(self):
        """The table was taken over, and Odoo knows it by its new name only."""
        tables = "SELECT relname FROM pg_class WHERE relname LIKE %s ORDER BY 1"
        self.assertFalse(self.sql(tables, "mobilepay_attempt%"))
        self.assertTrue(self.sql("SELECT 1 FROM mobilepay_login"))
        self.assertEqual(
            self.sql(
                "SELECT model FROM ir_model WHERE model IN"
                " ('mobilepay.attempt', 'mobilepay.login')"
            ),
            [("mobilepay.login",)],
        )
        self.assertFalse(
            self.sql("SELECT name FROM ir_model_data WHERE name LIKE '%%attempt%%'")
        )


@tagged("post_install", "-at_install")
class TestUninstall(StoryCase):
    def test_books_stay_and_it_comes_again(self):
        self.check_refused()
        self.settle_all()
        before = {**self.taken_down(), **self.apart()}
        uninstall(self.database, ADDON)
        self.check_gone()
        self.check_same(before, {**self.taken_down(), **self.apart()})
        self.start_anew()
        self.assertEqual(self.run_real(go_on_without), ["paid", "MobilePay", 1000.0])
        self.check_installed_again()

    def check_refused(self):
        """With something left at MobilePay it stays, and says what to do."""
        self.sent(1, "accept")
        self.run_real(hear)
        before = self.everything()
        self.assert_refused(
            "still be paid: 1.", "owes kr 1,000.00 by the books", "Disconnect"
        )
        self.check_same(before, self.everything())

    def assert_refused(self, *words):
        [outcome] = self.race(press_uninstall, 1)
        self.assertEqual(outcome.error, "UserError", outcome.message)
        for word in words:
            self.assertIn(word, outcome.message.replace("\xa0", " "))
        self.assertEqual(self.sql(MODULE), [("installed",)])
        return outcome.message

    def settle_all(self):
        """Do what was asked, one after the other; each is asked no more."""
        self.paid_out()
        said = self.assert_refused("still be paid: 1.")
        self.assertNotIn("MobilePay owes", said)
        self.run_real(cancel_open)
        said = self.assert_refused("Press Disconnect")
        self.assertNotIn("still be paid", said)
        self.run_real(disconnect)

    def apart(self):
        """Return what is compared beside the books' tables."""
        return {
            "trial balance": self.trial_balance(),
            "attachments": self.attachments(),
            "chatter": self.chatter(),
            "to do": self.sql("SELECT id, res_id, summary, active FROM mail_activity"),
        }

    def check_gone(self):
        """Nothing of the addon is left that Odoo could stumble over."""
        self.assertEqual(self.sql(MODULE), [("uninstalled",)])
        self.assertEqual(self.own_tables(), [])
        for table in ("account_payment_method", "ir_act_server"):
            with self.subTest(table):
                named = f"SELECT id FROM {table} WHERE code LIKE '%%mobilepay%%'"
                self.assertEqual(self.sql(named), [])
        # what was paid with MobilePay's method has Odoo's, and the same line
        nameless = "SELECT id FROM account_payment WHERE payment_method_id IS NULL"
        self.assertEqual(self.sql(nameless), [])
        left = "SELECT model, name FROM ir_model_data WHERE module = %s"
        self.assertEqual(self.sql(left, ADDON), [])
        methods = "SELECT count(*) FROM res_partner WHERE invoice_sending_method::text"
        self.assertEqual(self.sql(f"{methods} LIKE '%%mobilepay%%'"), [(0,)])

    def check_installed_again(self):
        """It finds its journal and its accounts, and goes on there."""
        install(self.database, [ADDON])
        self.start_anew()
        self.prepare()
        self.run_real(name_bank)
        journals = "SELECT count(*) FROM account_journal WHERE code LIKE 'MPA%%'"
        self.assertEqual(self.sql(journals), [(1,)])
        # what was paid without the addon was posted on the same account by hand
        self.assertEqual(self.run_real(balances)[0], 1000.0)
        self.sent(1, "accept")
        self.run_real(hear)
        self.assertEqual(self.run_real(balances)[0], 2000.0)


@tagged("post_install", "-at_install")
class TestInstallLater(BooksMixin, RealDatabaseCase):
    """Into a database with books of two companies."""

    @classmethod
    def source(cls, databases):
        return databases.base()

    def prepare(self):
        """The addon is not there yet."""

    def test_books_of_two_companies(self):
        self.run_real(keep_two_books)
        before = self.taken_down(), self.trial_balance()
        install(self.database, [ADDON])
        self.assertEqual(self.trial_balance(), before[1])
        self.check_same(before[0], self.taken_down())
        self.start_anew()
        token = self.control("tokens", merchant_vat=MERCHANT_VAT)
        values = self.connection_values()
        self.run_real(connect, values=values, token=token)
        self.assertEqual(self.run_real(send_one_of_each), ["created", "refused"])
        self.assertEqual(self.run_real(journals_of_mobilepay), ["Havnens Cykler ApS"])


# ------------------------------------------------- what runs in the other process


def choose(env):
    """Set what a company and its administrator set by hand; leave work for people."""
    connection = env["mobilepay.connection"].search([])
    connection.write({"max_per_day": 77, "calls_at_once": 3})
    env.ref(f"{ADDON}.cron_match").write({"interval_number": 7, "active": False})
    anna = env["res.partner"].search([("name", "=", "Anna Holm")], limit=1)
    anna.invoice_sending_method = "mobilepay"
    move = env["account.move"].browse(make_invoices(env))
    attachment = {"name": "letter.txt", "raw": b"Dear Anna", "res_model": move._name}
    env["ir.attachment"].create({**attachment, "res_id": move.id})
    for summary in ("Paid twice", "Paid too late"):
        to_do = move.activity_schedule(f"{ADDON}.activity_payment", summary=summary)
    to_do.action_feedback("Done")


def chosen_values(env):
    """Return what ``choose`` set."""
    connection = env["mobilepay.connection"].search([])
    cron = env.ref(f"{ADDON}.cron_match")
    return [
        *(connection.max_per_day, connection.calls_at_once, connection.state),
        *(cron.interval_number, cron.active),
    ]


def hear(env):
    """Hear of everything, and book it."""
    run_all(env)
    requests = env["mobilepay.invoice"].search([("state", "=", "created")])
    if requests:
        requests.action_refresh_status()
    run_all(env)
    env["mobilepay.matcher"]._cron_match()


def ask_mobilepay(env):
    """Ask MobilePay who we are, with the stored tokens and secrets."""
    return bool(env["mobilepay.connection"].search([]).action_test_connection())


def press_uninstall(env):
    """Press Uninstall, which is refused."""
    env["ir.module.module"]._get(ADDON).button_immediate_uninstall()


def cancel_open(env):
    """Cancel what is open, as the button does."""
    requests = env["mobilepay.invoice"].search([("state", "=", "created")])
    requests.action_cancel()
    env["mobilepay.canceler"]._cron_cancel()
    requests.action_refresh_status()


def disconnect(env):
    """Press Disconnect."""
    env["mobilepay.connection"].search([]).action_disconnect()


def go_on_without(env):
    """Register a payment in the journal that stays; the screens open, too."""
    for model in ("account.move", "account.payment", "account.journal", "res.partner"):
        env[model].get_views([(False, "form"), (False, "list")])
    for journal in env["account.journal"].search([]):
        journal.read(["available_payment_method_ids"])
    env["account.payment"].search([]).read()
    move = env["account.move"].browse(make_invoices_without(env))
    journal = env["account.journal"].search([("code", "=", "MPAY")])
    context = {"active_model": move._name, "active_ids": move.ids}
    wizard = env["account.payment.register"].with_context(**context)
    wizard = wizard.create({"journal_id": journal.id})
    wizard.action_create_payments()
    line = wizard.payment_method_line_id
    lines = env["account.move.line"].search(
        [("account_id", "=", line.payment_account_id.id)]
    )
    state = "paid" if move.payment_state in ("paid", "in_payment") else "open"
    return [state, line.name, sum(lines.mapped("balance"))]


def make_invoices_without(env):
    """Post an invoice in a database that does not know the addon."""
    move = env["account.move"].search([("move_type", "=", "out_invoice")], limit=1)
    again = move.copy({"invoice_date": fields.Date.today()})
    again.action_post()
    return again.ids


def keep_two_books(env):
    """Make two companies with a chart, an invoice each, one of them paid."""
    Company = env["res.company"]
    danish = env.company
    danish.write({"name": "Havnens Cykler ApS", "country_id": env.ref("base.dk").id})
    other = Company.create({"name": "Nordlys", "country_id": env.ref("base.dk").id})
    env.user.company_ids |= other
    payer = env["res.partner"].create({"name": "Anna Holm", "phone": ANNA})
    for company in (danish, other):
        env["account.chart.template"].try_loading("dk", company, install_demo=False)
        own = env["account.move"].with_company(company)
        line = {"name": "Service", "price_unit": 800.0}
        values = {
            "move_type": "out_invoice",
            "partner_id": payer.id,
            "invoice_date": fields.Date.today(),
            "invoice_line_ids": [Command.create(line)],
        }
        for move in own.create([values] * 2):
            move.action_post()


def send_one_of_each(env):
    """Send an old invoice of each company; what became of it."""
    seen = []
    for company in env["res.company"].search([], order="id"):
        own = env(context={"allowed_company_ids": company.ids})
        ours = [("company_id", "=", company.id), ("move_type", "=", "out_invoice")]
        move = own["account.move"].search(ours, limit=1)
        values = {
            "move_id": move.id,
            "sending_methods": ["mobilepay"],
            "mobilepay_kind": "link",
        }
        try:
            own["account.move.send.wizard"].create(values).action_send_and_print()
            seen.append(move.mobilepay_invoice_ids.state)
        except UserError:
            env.cr.rollback()
            seen.append("refused")
    return seen


def journals_of_mobilepay(env):
    """Return the companies that have a journal of MobilePay."""
    return (
        env["account.journal"].search([("code", "=", "MPAY")]).company_id.mapped("name")
    )
