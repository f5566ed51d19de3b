"""Bank matching where OCA's reconciliation addon is installed, too."""

from functools import cache

import pytest

from odoo.tests import BaseCase, tagged

from .. import oca
from ..oca import CRON, OCA, OURS, PICK, OcaCase
from ..real import _books, _name, keep_books

# isort: split
# .real puts dev/ on the path
from stack import Databases


class Flows:
    """What is the same whichever addon came first."""

    def check_matched(self, line, item):
        """The line is matched with the item once, and OCA shows it so."""
        self.assertTrue(line["matched"])
        self.assertTrue(line["complete"])
        self.assertEqual(line["paid_by"], [[line["id"], 1000.0]])
        self.assertEqual(
            line["rows"], [["liquidity", 0, 1000.0], ["other", item["item"], -1000.0]]
        )

    def check_matched_by_us(self, line, transfer):
        self.check_matched(line, transfer)
        self.assertEqual(line["note"], f"Matched with {transfer['entry']}.")

    def check_open(self, line):
        """Neither the line nor the item is matched, with whatever."""
        self.assertFalse(line["matched"])
        self.assertEqual((line["paid_by"], line["open"]), ([], 1000.0))

    def left_to_us(self):
        """Return a transfer, and its bank line that OCA does not match by itself.

        It looks for all that a bank wrote in the references of entries, so that
        one word more is enough.
        """
        transfer = self.transfer()
        line = self.bank_line(f"MobilePay {transfer['reference']}", transfer)
        self.check_open(line)
        return transfer, line

    # ------------------------------------------------------------------- matching

    def test_views_of_both_load(self):
        views = self.run_real(oca.load_views)
        self.assertIn("action_mobilepay_match", views["statements"])
        self.assertIn("action_mobilepay_match", views["dashboard"])
        self.assertIn("dashboard.number_to_reconcile &gt; 0", views["dashboard"])

    def test_a_transfer_is_matched_once(self):
        transfer, line = self.left_to_us()
        for seen in self.play(line, transfer, CRON, CRON):
            self.check_matched_by_us(seen, transfer)

    def test_a_transfer_that_oca_finds_itself_is_matched_once(self):
        transfer = self.transfer()
        line = self.bank_line(transfer["reference"], transfer)
        self.check_matched(line, transfer)
        [line] = self.play(line, transfer, CRON)
        self.check_matched(line, transfer)

    def test_a_line_that_a_person_has_begun_is_matched(self):
        transfer, line = self.left_to_us()
        invoice = self.run_real(oca.make_invoice)
        begun, matched, undone, again = self.play(
            line,
            transfer,
            (PICK, invoice["item"]),
            CRON,
            "action_undo_reconciliation",
            "action_mobilepay_match",
        )
        self.check_open(begun)
        self.assertIn(["other", invoice["item"], -1000.0], begun["rows"])
        self.check_matched_by_us(matched, transfer)
        # undone by Odoo's own button: what was begun before is over
        self.check_open(undone)
        self.assertEqual(
            undone["rows"], [["liquidity", 0, 1000.0], ["suspense", 0, -1000.0]]
        )
        self.check_matched_by_us(again, transfer)

    def test_a_customer_s_payment_is_matched_by_oca(self):
        invoice = self.run_real(oca.make_invoice)
        line = self.bank_line(invoice["name"], invoice)
        self.check_matched(line, invoice)
        seen, undone = self.play(line, invoice, CRON, "unreconcile_bank_line")
        self.check_matched(seen, invoice)
        self.check_open(undone)
        self.assertEqual(undone["note"], "")

    def test_a_customer_s_payment_is_proposed_by_oca(self):
        invoice = self.run_real(oca.make_invoice)
        line = self.bank_line("Faktura", invoice)
        self.sql(
            "UPDATE account_bank_statement_line SET payment_ref = %s WHERE id = %s",
            invoice["name"],
            line["id"],
        )
        seen, proposed, matched = self.play(
            line, invoice, CRON, "clean_reconcile", "reconcile_bank_line"
        )
        self.check_open(seen)
        self.check_open(proposed)
        self.assertTrue(proposed["complete"])
        self.check_matched(matched, invoice)
        self.assertEqual(matched["note"], "")

    # ---------------------------------------------------------------- by a person

    def test_undone_in_the_widget_until_a_person_asks(self):
        transfer, line = self.left_to_us()
        matched, undone, left, again = self.play(
            line,
            transfer,
            CRON,
            "unreconcile_bank_line",
            CRON,
            "action_mobilepay_match",
        )
        self.check_matched_by_us(matched, transfer)
        for seen in (undone, left):
            self.check_open(seen)
            self.assertIn("undone", seen["note"])
        self.check_matched_by_us(again, transfer)

    def test_matched_in_the_widget(self):
        transfer, line = self.left_to_us()
        _picked, matched, seen, undone, left, confirmed, again = self.play(
            line,
            transfer,
            (PICK, transfer["item"]),
            "reconcile_bank_line",
            CRON,
            "unreconcile_bank_line",
            CRON,
            "reconcile_bank_line",
            CRON,
        )
        self.check_matched(matched, transfer)
        self.check_matched(seen, transfer)
        self.check_open(undone)
        self.check_open(left)
        # OCA puts it on the account again, but matches it with nothing
        self.assertEqual(confirmed["paid_by"], [])
        self.check_matched_by_us(again, transfer)

    def test_matched_in_the_widget_that_keeps_the_bank_s_entry(self):
        self.run_real(oca.keep_suspense, mode="keep")
        self.addCleanup(self.run_real, oca.keep_suspense, mode="edit")
        transfer, line = self.left_to_us()
        _picked, matched, left, undone, again, free = self.play(
            line,
            transfer,
            (PICK, transfer["item"]),
            "reconcile_bank_line",
            CRON,
            "unreconcile_bank_line",
            "action_mobilepay_match",
            "unreconcile_bank_line",
        )
        # with an entry between the two, which is no bank line's
        for seen in (matched, left):
            self.assertTrue(seen["matched"])
            self.assertEqual(seen["paid_by"], [[False, 1000.0]])
        self.check_open(undone)
        self.check_matched_by_us(again, transfer)
        # there is none between the two now: no entry may be reversed for it
        self.check_open(free)
        self.assertIn("undone", free["note"])


@tagged("post_install", "-at_install")
class TestOcaComesLast(Flows, OcaCase):
    """A company that works with us installs OCA's addon."""

    @classmethod
    def source(cls):
        return _books()

    @classmethod
    def prepare_database(cls):
        oca.add(cls.database, OCA)


@tagged("post_install", "-at_install")
class TestOcaComesFirst(Flows, OcaCase):
    """A company that works with OCA's addon installs ours."""

    first_steps = ((keep_books, {}),)

    @classmethod
    def source(cls):
        return _both()


@tagged("post_install", "-at_install")
@pytest.mark.slow
class TestOcaSuite(BaseCase):
    """OCA's own tests, of lines that are not ours."""

    starts_processes = True

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
