"""Several workers fetch, enter and match the same money at once: each once."""

import itertools

from odoo import fields
from odoo.tests import tagged

from ..booking.test_posting_real import send_all
from ..common import ANNA, MERCHANT_VAT
from ..real import RealDatabaseCase, make_invoices
from ..sending.test_sending_real import run_cron

# not the crons themselves, of which Odoo runs one at a time
STEPS = (
    ("mobilepay.reporter", "_cron_fetch"),
    ("mobilepay.processor", "_cron_process"),
    ("mobilepay.settler", "_cron_settle"),
    ("mobilepay.matcher", "_cron_match"),
)


_numbers = itertools.count(1)


@tagged("post_install", "-at_install")
class TestSettlementReal(RealDatabaseCase):
    def setUp(self):
        super().setUp()
        issuer = self.run_real(name_bank)
        # MobilePay forgets its numbers with each test, the database does not
        self.control(
            f"merchants/{MERCHANT_VAT}/issuers/{issuer}",
            reference_form=f"04{next(_numbers):08}RRRDDMMYYX",
        )

    def paid_out(self, count=3):
        """Send, pay and pay out invoices; return the bank's lines, as of today."""
        moves = self.run_real(make_invoices, count=count)
        self.run_real(send_all, move_ids=moves)
        for invoice in self.inspect()["invoices"]:
            self.control(f"invoices/{invoice['id']}/accept", phone=ANNA)
        return self.control("settle", vat=MERCHANT_VAT)["transfers"]

    def check_no_error(self, outcomes):
        for outcome in outcomes:
            self.assertEqual(outcome.error, "", f"{outcome.message}\n{self._tail()}")

    def finish(self):
        """Do what is left, every pause being over."""
        self.sql("UPDATE mobilepay_transfer SET next_try_on = '2020-01-01'")
        self.run_real(run_all)

    def count(self, query, *parameters):
        [[number]] = self.sql(f"SELECT count(*) FROM {query}", *parameters)
        return number

    def test_four_workers_do_everything_at_once(self):
        before = self.run_real(balances)
        entries = self.count("mobilepay_transfer WHERE move_id IS NOT NULL")
        payments = self.count("account_payment WHERE mobilepay_invoice_id IS NOT NULL")
        [transfer] = self.paid_out(6)
        text, amount = transfer["reference"], float(transfer["total"])
        self.run_real(bank_line, text=text, amount=amount)
        for _round in range(3):
            self.check_no_error(self.race(run_all, 4))
        self.finish()
        self.assertEqual(
            self.sql("SELECT problem FROM mobilepay_transfer WHERE state <> 'settled'"),
            [],
        )
        self.assertEqual(
            self.count("mobilepay_transfer WHERE move_id IS NOT NULL"), entries + 1
        )
        self.assertEqual(
            self.count("account_payment WHERE mobilepay_invoice_id IS NOT NULL"),
            payments + 6,
        )
        self.assertEqual(
            self.sql("SELECT state, count(*) FROM mobilepay_transfer GROUP BY state"),
            [("settled", entries + 1)],
        )
        self.assertEqual(
            self.sql(
                "SELECT st.is_reconciled, st.mobilepay_note LIKE 'Matched%%'"
                "  FROM account_bank_statement_line st WHERE st.payment_ref = %s",
                text,
            ),
            [(True, True)],
        )
        self.assertEqual(self.run_real(balances), before)

    def test_a_locked_transfer_is_left_to_the_other_worker(self):
        [transfer] = self.paid_out(1)
        self.run_real(run_cron, name="cron_fetch")
        before = self.count("mobilepay_transfer WHERE state = 'settled'")
        with self.raw() as other:
            other.cursor().execute(
                "SELECT id FROM mobilepay_transfer WHERE reference = %s"
                " FOR NO KEY UPDATE",
                [transfer["reference"]],
            )
            self.run_real(run_cron, name="cron_settle")
            self.assertEqual(
                self.count("mobilepay_transfer WHERE state = 'settled'"), before
            )
        self.run_real(run_all)
        self.assertEqual(
            self.sql(
                "SELECT state, problem FROM mobilepay_transfer WHERE reference = %s",
                transfer["reference"],
            ),
            [("settled", None)],
        )

    def test_a_locked_bank_line_is_left_to_the_other_worker(self):
        [transfer] = self.paid_out(1)
        self.run_real(run_all)
        line = self.run_real(
            bank_line, text=transfer["reference"], amount=float(transfer["total"])
        )
        with self.raw() as other:
            other.cursor().execute(
                "SELECT id FROM account_bank_statement_line WHERE id = %s"
                " FOR NO KEY UPDATE",
                [line],
            )
            self.run_real(run_cron, name="cron_match")
            self.assertEqual(self.matched(line), [(False,)])
        self.run_real(run_cron, name="cron_match")
        self.assertEqual(self.matched(line), [(True,)])

    def matched(self, line):
        return self.sql(
            "SELECT is_reconciled FROM account_bank_statement_line WHERE id = %s", line
        )

    def test_a_refund_is_booked_once(self):
        self.paid_out(1)
        [invoice] = self.inspect()["invoices"]
        self.control(f"invoices/{invoice['id']}/refund", amount=100)
        self.control("settle", vat=MERCHANT_VAT)
        for _round in range(2):
            self.check_no_error(self.race(run_all, 3))
        self.finish()
        self.assertEqual(
            self.sql(
                "SELECT p.amount FROM account_payment p JOIN mobilepay_transaction t"
                " ON t.id = p.mobilepay_refund_id"
                " WHERE t.merchant_reference = %s",
                invoice["reference"],
            ),
            [(100,)],
        )


# ------------------------------------------------- what runs in the other process


def name_bank(env):
    """Name the bank journal, send in the daily issuer's name; return its id."""
    connection = env["mobilepay.connection"].search([])
    bank = env["account.journal"].search(
        [("type", "=", "bank"), ("id", "!=", connection.journal_id.id)], limit=1
    )
    connection.bank_journal_ids = bank
    connection.issuer_id = connection.issuer_ids.filtered(
        lambda issuer: issuer.enabled and issuer.transfer_method == "daily"
    )
    return connection.issuer_id.mobilepay_id


def bank_line(env, text, amount):
    """Enter a line of the bank's statement; return its id."""
    connection = env["mobilepay.connection"].search([])
    values = {
        "journal_id": connection.bank_journal_ids.id,
        "date": fields.Date.today(),
        "payment_ref": text,
        "amount": amount,
    }
    return env["account.bank.statement.line"].create(values).id


def run_all(env):
    """Do all that the crons of the settlement do, twice over."""
    for _round in range(2):
        for model, method in STEPS:
            getattr(env[model], method)()
            env.cr.commit()


def balances(env):
    """Return what MobilePay owes and what is in transit."""
    connection = env["mobilepay.connection"].search([])
    accounts = (connection._clearing_accounts(), connection._transit_account())
    lines = env["account.move.line"]
    return [
        sum(
            lines.search(
                [("account_id", "in", account.ids), ("parent_state", "=", "posted")]
            ).mapped("balance")
        )
        for account in accounts
    ]
