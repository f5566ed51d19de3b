"""Bank matching where OCA's reconciliation addon is installed, too."""

from functools import cache

import pytest

from odoo.tests import BaseCase, tagged

from . import oca
from .oca import CRON, OCA, OURS, OcaCase
from .real import _books, _name, keep_books

# isort: split
# .real puts dev/ on the path
from stack import Databases


class Flows:
    """What is the same whichever addon came first."""

    def check_matched(self, line, transfer):
        """The line is matched with the transfer once, and OCA shows it so."""
        self.assertEqual(self.paid_by(transfer["item"]), [(line["id"], 1000.0)])
        self.assertTrue(line["matched"])
        self.assertTrue(line["complete"])
        self.assertEqual(
            line["rows"],
            [["liquidity", 0, 1000.0], ["other", transfer["item"], -1000.0]],
        )

    def check_matched_by_us(self, line, transfer):
        self.check_matched(line, transfer)
        self.assertEqual(line["note"], f"Matched with {transfer['entry']}.")

    def check_open(self, line, transfer):
        """Nothing of a former match is left, and the transfer is as it was."""
        self.assertFalse(line["matched"])
        self.assertEqual(self.paid_by(transfer["item"]), [])
        self.assertEqual(
            self.sql(
                "SELECT t.state, l.amount_residual::float, l.parent_state"
                " FROM mobilepay_transfer t"
                " JOIN account_move_line l ON l.id = t.transit_line_id"
                " WHERE t.id = %s",
                transfer["id"],
            ),
            [("settled", 1000.0, "posted")],
        )

    def left_to_us(self):
        """Return a transfer, and its bank line that OCA does not match by itself.

        It looks for all that a bank wrote in the references of entries, so that
        one word more is enough.
        """
        transfer = self.transfer()
        line = self.bank_line(f"MobilePay {transfer['reference']}")
        self.check_open(line, transfer)
        return transfer, line

    # ------------------------------------------------------------------- matching

    def test_views_of_both_load(self):
        views = self.run_real(oca.load_views)
        self.assertIn("action_mobilepay_match", views["statements"])
        self.assertIn("action_mobilepay_match", views["dashboard"])
        self.assertIn("dashboard.number_to_reconcile &gt; 0", views["dashboard"])

    def test_a_transfer_is_matched_once(self):
        transfer, line = self.left_to_us()
        self.check_matched_by_us(self.press(line, CRON), transfer)
        self.check_matched_by_us(self.press(line, CRON), transfer)

    def test_a_transfer_that_oca_finds_itself_is_matched_once(self):
        transfer = self.transfer()
        line = self.bank_line(transfer["reference"])
        self.check_matched(line, transfer)
        self.check_matched(self.press(line, CRON), transfer)

    def test_a_line_that_a_person_has_begun_is_matched(self):
        transfer, line = self.left_to_us()
        invoice = self.run_real(oca.make_invoice)
        line = self.pick(line, invoice["item"])
        self.assertIn(["other", invoice["item"], -1000.0], line["rows"])
        self.check_matched_by_us(self.press(line, CRON), transfer)
        self.assertEqual(self.paid_by(invoice["item"]), [])
        # undone by Odoo's own button: what was begun before is over
        line = self.press(line, "action_undo_reconciliation")
        self.check_open(line, transfer)
        self.assertEqual(
            line["rows"], [["liquidity", 0, 1000.0], ["suspense", 0, -1000.0]]
        )
        line = self.press(line, "action_mobilepay_match")
        self.check_matched_by_us(line, transfer)

    def test_a_customer_s_payment_is_matched_by_oca(self):
        invoice = self.run_real(oca.make_invoice)
        line = self.bank_line(invoice["name"])
        line = self.press(line, CRON)
        self.assertEqual(self.paid_by(invoice["item"]), [(line["id"], 1000.0)])
        line = self.press(line, "unreconcile_bank_line")
        self.assertFalse(line["matched"])
        self.assertEqual(self.paid_by(invoice["item"]), [])
        self.assertEqual(line["note"], "")

    def test_a_customer_s_payment_is_proposed_by_oca(self):
        line = self.bank_line("Faktura")
        invoice = self.run_real(oca.make_invoice)
        self.sql(
            "UPDATE account_bank_statement_line SET payment_ref = %s WHERE id = %s",
            invoice["name"],
            line["id"],
        )
        line = self.press(line, CRON, "clean_reconcile")
        self.assertFalse(line["matched"])
        self.assertEqual(
            line["rows"],
            [["liquidity", 0, 1000.0], ["other", invoice["item"], -1000.0]],
        )
        line = self.press(line, "reconcile_bank_line")
        self.assertEqual(self.paid_by(invoice["item"]), [(line["id"], 1000.0)])
        self.assertEqual(line["note"], "")

    # ---------------------------------------------------------------- by a person

    def test_undone_in_the_widget_until_a_person_asks(self):
        transfer, line = self.left_to_us()
        self.check_matched_by_us(self.press(line, CRON), transfer)
        line = self.press(line, "unreconcile_bank_line")
        self.check_open(line, transfer)
        self.assertIn("undone", line["note"])
        self.check_open(self.press(line, CRON), transfer)
        line = self.press(line, "action_mobilepay_match")
        self.check_matched_by_us(line, transfer)

    def test_matched_in_the_widget(self):
        transfer, line = self.left_to_us()
        self.pick(line, transfer["item"])
        line = self.press(line, "reconcile_bank_line")
        self.check_matched(line, transfer)
        self.check_matched(self.press(line, CRON), transfer)
        line = self.press(line, "unreconcile_bank_line", CRON)
        self.check_open(line, transfer)
        # OCA puts it on the account again, but matches it with nothing
        line = self.press(line, "reconcile_bank_line")
        self.assertEqual(self.paid_by(transfer["item"]), [])
        self.check_matched_by_us(self.press(line, CRON), transfer)

    def test_matched_in_the_widget_that_keeps_the_bank_s_entry(self):
        self.run_real(oca.keep_suspense, mode="keep")
        self.addCleanup(self.run_real, oca.keep_suspense, mode="edit")
        transfer, line = self.left_to_us()
        self.pick(line, transfer["item"])
        line = self.press(line, "reconcile_bank_line")
        self.assertTrue(line["matched"])
        # with an entry between the two
        self.assertEqual(self.paid_by(transfer["item"]), [(None, 1000.0)])
        self.assertTrue(self.press(line, CRON)["matched"])
        self.assertEqual(self.paid_by(transfer["item"]), [(None, 1000.0)])
        self.check_open(self.press(line, "unreconcile_bank_line"), transfer)
        line = self.press(line, "action_mobilepay_match")
        self.check_matched_by_us(line, transfer)
        # there is none between the two now: no entry may be reversed for it
        line = self.press(line, "unreconcile_bank_line")
        self.check_open(line, transfer)
        self.assertIn("undone", line["note"])


@tagged("post_install", "-at_install")
class TestOcaComesLast(Flows, OcaCase):
    """A company that works with us installs OCA's addon."""

    @classmethod
    def make_database(cls, databases):
        databases.clone(_books(), cls.database)
        oca.add(cls.database, OCA)


@tagged("post_install", "-at_install")
class TestOcaComesFirst(Flows, OcaCase):
    """A company that works with OCA's addon installs ours."""

    @classmethod
    def make_database(cls, databases):
        databases.clone(_both(), cls.database)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        [outcome] = cls.worker.run(keep_books, [{}])
        if outcome.error:
            raise RuntimeError(f"{outcome.message}\n{cls.worker.log()[-4000:]}")


@tagged("post_install", "-at_install")
@pytest.mark.slow
class TestOcaSuite(BaseCase):
    """OCA's own tests, of lines that are not ours."""

    def run_on_copy(self, source):
        databases = Databases.from_environment()
        name = databases.clone(source, _name())
        self.addCleanup(databases.drop, name)
        return oca.run_oca_tests(name)

    def test_none_fails_because_of_us(self):
        ran, failed = self.run_on_copy(_both())
        self.assertGreater(ran, 0)
        if failed:
            alone, known = self.run_on_copy(_only_oca())
            self.assertEqual(ran, alone)
            self.assertEqual([name for name in failed if name not in known], [])


@cache
def _only_oca():
    """Return a database with OCA's addon and without ours; made once a run."""
    databases = Databases.from_environment()
    name = databases.clone(databases.base(), _name())
    oca.add(name, OCA)
    return name


@cache
def _both():
    """Return a database to which ours came after OCA's addon; made once a run."""
    name = Databases.from_environment().clone(_only_oca(), _name())
    oca.add(name, OURS)
    return name
