"""Go-live check: each line of MobilePay's list passes, or says why it does not."""

from odoo import fields
from odoo.tests import tagged

from ...models.golive.mobilepay_check_step import KEYS
from ..checking import BY_HAND, CALLS, CheckCase
from ..common import ANNA


@tagged("post_install", "-at_install")
class TestCheck(CheckCase):
    def test_whole_list_passes(self):
        check = self.checked()
        self.assertEqual(self.not_passed(check), BY_HAND, self.all_words(check))
        self.assertEqual([step.key for step in check.step_ids], KEYS)
        self.assertRecordValues(check, [{"state": "done", "result": "passed"}])
        self.assertTrue(all(check.step_ids.mapped("ended_on")))
        self.assertTrue(all(check.step_ids.mapped("done")))

    def all_words(self, check):
        return "\n".join(
            f"{step.key} {step.state}: {self.words(step)}" for step in check.step_ids
        )

    def test_every_call_is_in_it_with_its_correlation_id(self):
        # models/connection/mobilepay_connection_api.py: _listener
        check = self.checked()
        calls = [call for step in check.step_ids for call in step.calls or []]
        made = {f"{call['method']} {call['path']}" for call in calls}
        self.assertEqual(set(CALLS) - made, set())
        ids = [call["correlation_id"] for call in calls]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertTrue(all(len(one) == 36 for one in ids))

    def test_first_stage_waits_for_nobody(self):
        check = self.started()
        self.assertEqual(check.state, "running")
        waiting = [key for key, one in self.results(check).items() if one == "waiting"]
        self.assertEqual(
            waiting,
            [
                "directs",
                "links",
                "callback",
                "order",
                "reference",
                "handled",
                "status",
                "reporting",
                "tidy",
            ],
        )
        self.assertEqual(self.results(check, "direct"), {"direct": "passed"})
        self.assertGreater(check.next_on, fields.Datetime.now())

    def test_cron_continues(self):
        check = self.started()
        self.hear()
        cron = self.env.ref("account_mobilepay.cron_check")
        cron.method_direct_trigger()
        self.assertEqual(check.state, "running", "not before its time")
        check.sudo().next_on = fields.Datetime.now()
        cron.method_direct_trigger()
        self.assertEqual(check.state, "done")

    def test_books_are_as_before(self):
        # models/golive/mobilepay_checker_books.py: _cancel_entries
        before = self.balances()
        check = self.checked()
        moves = check.sudo()._moves()
        self.assertEqual(len(moves), 9)
        self.assertEqual(set(moves.mapped("state")), {"cancel"})
        payments = moves.mobilepay_invoice_ids.payment_id
        self.assertEqual(len(payments), 2)
        self.assertEqual(set(payments.mapped("state")), {"canceled"})
        self.assertEqual(set(payments.move_id.mapped("state")), {"cancel"})
        self.assertEqual(self.balances(), before)
        self.assertEqual(moves.journal_id.code, "MPGL")
        self.assertFalse(moves.line_ids.tax_ids)
        self.assertFalse(moves.activity_ids)

    def balances(self):
        lines = self.env["account.move.line"]._read_group(
            [("parent_state", "=", "posted")], ["account_id"], ["balance:sum"]
        )
        return {account: balance for account, balance in lines if balance}

    def test_nothing_is_left_at_mobilepay(self):
        check = self.checked()
        statuses = [one["status"] for one in self.inspect()["invoices"]]
        self.assertEqual(len(statuses), 9)
        self.assertFalse({"created", "accepted"} & set(statuses))
        self.assertFalse(self.inspect()["consents"])
        consent = self.env["mobilepay.consent"].search([])
        self.assertEqual(consent.state, "withdrawn")
        partner = check.partner_id
        self.assertFalse(partner.active or partner.mobilepay_phone)

    def test_what_mobilepay_owes_knows_nothing_of_it(self):
        # models/settlement/mobilepay_owed.py: mobilepay_check_step_id
        self.checked()
        report = self.env["mobilepay.owed.wizard"].create({})
        self.assertFalse(report._owed_rows().search([]))
        self.assertTrue(report.agrees)

    def test_proof_holds_while_it_runs(self):
        # models/settlement/mobilepay_owed.py: o.request_id IS NOT NULL
        check = self.started()
        self.hear()
        self.process()
        self.assertTrue(check.sudo()._requests().payment_id)
        report = self.env["mobilepay.owed.wizard"].create({})
        self.assertGreater(report.owed, 0)
        self.assertTrue(report.agrees)

    def test_transfer_with_test_payments_is_not_entered(self):
        # models/golive/mobilepay_settler.py: _leave_out
        self.checked()
        self.control("settle", vat=self.connection.merchant_vat)
        self.connection.action_fetch_transfers()
        transfers = self.env["mobilepay.transfer"].search([])
        self.assertTrue(transfers)
        self.assertEqual(set(transfers.mapped("state")), {"undone"})
        self.assertFalse(transfers.move_id)
        self.assertIn("go-live check", transfers[0].problem)

    def test_second_check_begins_with_the_same_payer(self):
        first = self.checked()
        action = self.connection.action_check()
        second = self.env["mobilepay.check"].browse(action["res_id"])
        self.assertNotEqual(second, first)
        self.assertEqual(second.payer_phone, ANNA)
        second.action_start()
        self.hear()
        second.action_continue()
        self.assertEqual(self.not_passed(second), BY_HAND, self.all_words(second))
        self.assertEqual(second.partner_id, first.partner_id)

    def test_unfinished_check_is_opened_again(self):
        check = self.prepared()
        self.assertEqual(self.connection.action_check()["res_id"], check.id)
        check.action_start()
        self.assertEqual(self.connection.action_check()["res_id"], check.id)
