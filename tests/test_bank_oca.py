"""Bank matching where OCA's reconciliation addon is installed, too."""

import pytest

from odoo.tests import BaseCase, tagged

from . import oca
from .oca import OCA, OURS, OcaCase
from .real import _books, _name, keep_books

# isort: split
# .real puts dev/ on the path
from stack import Databases


class Flows:
    """What is the same whichever addon came first."""

    def check_matched(self, line, transfer):
        """The line is matched with the transfer once, and OCA shows it so."""
        self.assertEqual(self.paid_by(transfer["item"]), [(line, 1000.0)])
        seen = self.look(line)
        self.assertTrue(seen["matched"])
        self.assertTrue(seen["complete"])
        self.assertEqual(
            seen["rows"],
            [["liquidity", 0, 1000.0], ["other", transfer["item"], -1000.0]],
        )

    def check_matched_by_us(self, line, transfer):
        self.check_matched(line, transfer)
        note = self.look(line)["note"]
        self.assertEqual(note, f"Matched with {transfer['entry']}.")

    def check_open(self, line, transfer):
        """Nothing of a former match is left, and the transfer is as it was."""
        self.assertEqual(self.paid_by(transfer["item"]), [])
        self.assertFalse(self.look(line)["matched"])
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

    def settled(self):
        """Return a transfer and the text of the bank's line for it.

        OCA looks for what a bank wrote in an entry's reference, and not the other
        way round: with a word more it finds nothing, and leaves the line to us.
        """
        transfer = self.transfer()
        self.assertEqual(transfer["state"], "settled")
        return transfer, f"MobilePay {transfer['reference']}"

    # ------------------------------------------------------------------- matching

    def test_views_of_both_load(self):
        views = self.run_real(oca.load_views)
        self.assertIn("action_mobilepay_match", views["statements"])
        self.assertIn("action_mobilepay_match", views["dashboard"])
        self.assertIn("dashboard.number_to_reconcile &gt; 0", views["dashboard"])

    def test_a_transfer_is_matched_once(self):
        transfer, text = self.settled()
        line = self.bank_line(text)
        self.check_open(line, transfer)
        self.match()
        self.check_matched_by_us(line, transfer)
        self.match()
        self.check_matched_by_us(line, transfer)

    def test_a_transfer_that_oca_finds_itself_is_matched_once(self):
        transfer, _text = self.settled()
        line = self.bank_line(transfer["reference"])
        self.check_matched(line, transfer)
        self.match()
        self.check_matched(line, transfer)

    def test_a_line_that_a_person_has_begun_is_matched(self):
        transfer, text = self.settled()
        line = self.bank_line(text)
        invoice = self.run_real(oca.make_invoice)
        self.pick(line, invoice["item"])
        self.assertIn(["other", invoice["item"], -1000.0], self.look(line)["rows"])
        self.match()
        self.check_matched_by_us(line, transfer)
        self.assertEqual(self.paid_by(invoice["item"]), [])

    def test_other_lines_are_oca_s(self):
        invoice = self.run_real(oca.make_invoice)
        line = self.bank_line(invoice["name"])
        # proposed only: the invoice comes after its payment
        early = self.bank_line("Faktura")
        later = self.run_real(oca.make_invoice)
        self.sql(
            "UPDATE account_bank_statement_line SET payment_ref = %s WHERE id = %s",
            later["name"],
            early,
        )
        self.match()
        self.assertEqual(self.paid_by(invoice["item"]), [(line, 1000.0)])
        self.assertFalse(self.look(early)["matched"])
        self.press(early, "clean_reconcile")
        seen = self.look(early)
        self.assertFalse(seen["matched"])
        self.assertEqual(
            seen["rows"], [["liquidity", 0, 1000.0], ["other", later["item"], -1000.0]]
        )
        self.press(early, "reconcile_bank_line")
        self.assertEqual(self.paid_by(later["item"]), [(early, 1000.0)])
        for other in (line, early):
            self.assertEqual(self.look(other)["note"], "")
        self.press(line, "unreconcile_bank_line")
        self.assertEqual(self.paid_by(invoice["item"]), [])
        self.assertEqual(self.look(line)["note"], "")

    # ----------------------------------------------------------------- by a person

    def test_undone_in_the_widget_until_a_person_asks(self):
        transfer, text = self.settled()
        line = self.bank_line(text)
        self.match()
        self.check_matched_by_us(line, transfer)
        self.press(line, "unreconcile_bank_line")
        self.check_open(line, transfer)
        self.assertIn("undone", self.look(line)["note"])
        self.match()
        self.check_open(line, transfer)
        self.press(line, "action_mobilepay_match")
        self.check_matched_by_us(line, transfer)

    def test_matched_in_the_widget(self):
        transfer, text = self.settled()
        line = self.bank_line(text)
        self.pick(line, transfer["item"])
        self.press(line, "reconcile_bank_line")
        self.check_matched(line, transfer)
        self.match()
        self.check_matched(line, transfer)
        self.press(line, "unreconcile_bank_line")
        self.check_open(line, transfer)
        self.match()
        self.check_open(line, transfer)

    def test_matched_in_the_widget_that_keeps_the_bank_s_entry(self):
        self.run_real(oca.keep_suspense, mode="keep")
        self.addCleanup(self.run_real, oca.keep_suspense, mode="edit")
        transfer, text = self.settled()
        line = self.bank_line(text)
        self.pick(line, transfer["item"])
        self.press(line, "reconcile_bank_line")
        # an entry between the two is matched with both
        self.assertEqual(self.paid_by(transfer["item"]), [(None, 1000.0)])
        self.assertTrue(self.look(line)["matched"])
        self.match()
        self.assertEqual(self.paid_by(transfer["item"]), [(None, 1000.0)])
        self.press(line, "unreconcile_bank_line")
        self.check_open(line, transfer)
        self.press(line, "action_mobilepay_match")
        self.check_matched_by_us(line, transfer)
        # ours was no entry between the two: nothing must be reversed for it
        self.press(line, "unreconcile_bank_line")
        self.check_open(line, transfer)


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
        databases.clone(databases.base(), cls.database)
        oca.add(cls.database, OCA)
        oca.add(cls.database, OURS)

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

    def database(self, *modules):
        """Return a new database with these modules."""
        databases = Databases.from_environment()
        name = databases.clone(databases.base(), _name())
        self.addCleanup(databases.drop, name)
        for module in modules:
            oca.add(name, module)
        return name

    def test_none_fails_because_of_us(self):
        ran, failed = oca.run_oca_tests(self.database(OCA, OURS))
        self.assertGreater(ran, 0)
        if failed:
            alone, own = oca.run_oca_tests(self.database(OCA))
            self.assertEqual(ran, alone)
            self.assertEqual([name for name in failed if name not in own], [])
