"""What people do with bank lines: undo, put by hand, press the buttons."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import new_test_user

from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestBankByHand(SettlementCase):
    # ---------------------------------------------------------------------- undo

    def test_an_undone_match_stays_undone_until_a_person_asks(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, 1000.0)
        self.match()
        line.action_undo_reconciliation()
        self.assertEqual(self.in_transit(), 1000.0)
        self.assertFalse(transfer.transit_line_id.reconciled)
        self.match()
        self.check_left(line, "undone")
        line.action_mobilepay_match()
        self.check_matched(line, transfer.transit_line_id)

    def test_an_unreconciled_item_is_matched_again(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, 1000.0)
        self.match()
        transfer.transit_line_id.remove_move_reconcile()
        self.assertFalse(transfer.transit_line_id.reconciled)
        self.match()
        self.check_matched(line, transfer.transit_line_id)

    def test_what_a_person_put_on_the_account_is_matched(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, 1000.0)
        _bank, suspense, _other = line._seek_for_lines()
        suspense.account_id = self.connection._transit_account()
        self.match()
        self.check_matched(line, transfer.transit_line_id)

    def test_a_split_line_is_left_alone(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, 1000.0)
        _bank, suspense, _other = line._seek_for_lines()
        account = self.connection.other_account_id.id
        line.move_id.with_context(skip_readonly_check=True).write(
            {
                "line_ids": [
                    Command.update(suspense.id, {"credit": 900.0}),
                    Command.create({"account_id": account, "credit": 100.0}),
                ]
            }
        )
        self.match()
        self.assertFalse(transfer.transit_line_id.reconciled)

    def test_lines_that_are_not_ours_can_be_undone_as_before(self):
        line = self.bank_line("Husleje", 70.0)
        _bank, suspense, _other = line._seek_for_lines()
        suspense.account_id = self.company_data["default_account_revenue"]
        self.assertTrue(line.is_reconciled)
        line.action_undo_reconciliation()
        self.assertFalse(line.mobilepay_by_hand)
        self.assertFalse(line.mobilepay_note)

    # ------------------------------------------------------------------- buttons

    def test_the_journal_s_button_says_what_it_did(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, 1000.0)
        self.bank_line(f"{transfer.reference} MobilePay", 1.0)
        self.assertTrue(self.bank.mobilepay_matches)
        answer = self.bank.action_mobilepay_match()
        self.assertIn("1 lines were matched, 1 are left", answer["params"]["message"])
        self.check_matched(line, transfer.transit_line_id)

    def test_the_list_s_button_without_a_selection(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, 1000.0)
        line.browse().action_mobilepay_match()
        self.check_matched(line, transfer.transit_line_id)
        self.assertEqual(line.action_mobilepay_open()["res_id"], line.move_id.id)

    def test_the_dashboard_counts_no_transfer_as_unaccounted_for(self):
        self.daily_transfer(800.0)
        journal = self.connection.journal_id
        data = journal._get_journal_dashboard_data_batched()[journal.id]
        self.assertEqual(data["nb_misc_operations"], 0)

    def test_the_statement_s_button(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, 1000.0)
        statement = self.env["account.bank.statement"].create(
            {"name": "1", "line_ids": [Command.set(line.ids)]}
        )
        statement.action_mobilepay_match()
        self.check_matched(line, transfer.transit_line_id)

    def test_a_reader_may_not_match(self):
        auditor = new_test_user(
            self.env,
            "auditor",
            "account.group_account_readonly",
            company_id=self.company.id,
        )
        line = self.bank_line("?", 1.0)
        with self.assertRaises(AccessError):
            line.with_user(auditor).action_mobilepay_match()
