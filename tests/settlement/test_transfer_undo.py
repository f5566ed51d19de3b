"""A transfer's entry undone and posted again; books in another currency."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestTransferUndo(SettlementCase):
    # --------------------------------------------------------------------- undo

    def test_undone_and_posted_again(self):
        # as Danish companies have it: what was posted once is never deleted
        self.assertTrue(self.company.restrictive_audit_trail)
        transfer = self.daily_transfer(800.0)
        first = transfer.move_id
        transfer.action_undo()
        self.assertEqual(transfer.state, "undone")
        self.assertEqual((first.state, self.owed()), ("posted", 1000.0))
        self.assertEqual(self.in_transit(), 0.0)
        self.assertFalse(transfer.transaction_ids.payment_id.is_matched)
        self.assertEqual(self.fetch_now().state, "undone", "by hand stays by hand")
        transfer.action_post_again()
        self.assertEqual(transfer.state, "settled")
        self.assertNotEqual(transfer.move_id, first)
        self.assertEqual((self.owed(), self.in_transit()), (0.0, 1000.0))

    def test_an_entry_that_stands_is_not_posted_twice(self):
        transfer = self.daily_transfer(800.0)
        with self.assertRaisesRegex(UserError, "stands"):
            transfer.action_post_again()
        self.assertEqual(self.in_transit(), 1000.0)

    def test_an_entry_reversed_by_odoo_s_own_means_can_be_posted_again(self):
        transfer = self.daily_transfer(800.0)
        transfer.move_id._reverse_moves(cancel=True)
        self.assertEqual(self.owed(), 1000.0)
        transfer.action_post_again()
        self.assertEqual((self.owed(), self.in_transit()), (0.0, 1000.0))

    def test_an_entry_reset_and_posted_is_the_same_entry(self):
        transfer = self.daily_transfer(800.0)
        transfer.move_id.button_draft()
        transfer.move_id.action_post()
        self.assertEqual((self.owed(), self.in_transit()), (0.0, 1000.0))
        self.assertTrue(transfer._is_entered())

    def test_a_transfer_on_the_bank_is_not_undone(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, 1000.0)
        self.match()
        self.assertEqual(transfer.bank_line_id, line)
        with self.assertRaisesRegex(UserError, "bank line"):
            transfer.action_undo()
        line.action_undo_reconciliation()
        transfer.action_undo()
        self.assertEqual(self.in_transit(), 0.0)


@tagged("post_install", "-at_install")
class TestTransferEntryCurrency(SettlementCase):
    """A company that keeps its books in another currency than MobilePay's."""

    def test_the_entry_balances_in_both_currencies(self):
        euro = self.env.ref("base.EUR")
        self.assertEqual(self.company.currency_id.name, "DKK")
        rates = self.env["res.currency.rate"]
        day = fields.Date.today() - timedelta(days=self.DAYS)
        for offset, rate in enumerate((0.134, 0.1337, 0.1341)):
            rates.create(
                {
                    "name": day + timedelta(days=offset),
                    "rate": rate,
                    "currency_id": euro.id,
                    "company_id": self.company.id,
                }
            )
        values = self.env["mobilepay.entry"]
        transfer = self.daily_transfer(800.0)
        transfer.currency_id = euro
        transfer.transaction_ids.currency_id = euro
        transit = values._transit_values(transfer, [{"balance": -7461.94}])
        self.assertEqual(transit[0]["amount_currency"], 1000.0)
        self.assertEqual(transit[0]["balance"], 7461.94)
        line = values._line(transfer, "fee", self.connection.other_account_id, 10.0)
        self.assertAlmostEqual(line["balance"], 10 / 0.1337, 2)
