"""What a transfer becomes in the books, to the øre."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestTransferEntry(SettlementCase):
    @property
    def clearing(self):
        return self.connection._clearing_accounts()

    @property
    def transit(self):
        return self.connection._transit_account()

    def test_net_in_transit_against_each_payment(self):
        transfer = self.daily_transfer(800.0, 400.0)
        move = transfer.move_id
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.date, transfer.transfer_date)
        self.assertEqual(move.journal_id, self.connection.journal_id)
        self.assertEqual(
            self.entry_lines(move),
            [(self.clearing, -1000.0), (self.clearing, -500.0), (self.transit, 1500.0)],
        )
        self.assertEqual(transfer.transit_line_id.name, transfer.reference)
        self.assertEqual(transfer.transit_line_id.balance, 1500.0)
        self.assertTrue(all(transfer.transaction_ids.payment_id.mapped("is_matched")))
        self.assertEqual(self.owed(), 0.0)
        self.assertEqual(self.in_transit(), 1500.0)

    def test_each_payment_is_reconciled_with_its_own_line(self):
        transfer = self.daily_transfer(800.0, 800.0)
        payments = transfer.transaction_ids.payment_id
        lines = payments._mobilepay_clearing_lines()
        self.assertEqual(len(lines.full_reconcile_id), 2)
        self.assertEqual(lines._mobilepay_counterparts(), transfer.move_id)

    def test_fees_that_are_kept_back(self):
        issuer = self.use("daily", fees="kept", transaction_fee="1.25")
        self.paid_request(800.0)
        self.paid_request(400.0)
        self.other("ServiceFee", -49.0, message="Abonnement")
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        fees = self.connection.transaction_fee_account_id
        service = self.connection.service_fee_account_id
        self.assertEqual(transfer.issuer_id, issuer)
        self.assertEqual(
            self.entry_lines(transfer.move_id),
            [
                (self.clearing, -1000.0),
                (self.clearing, -500.0),
                (fees, 2.5),
                (service, 49.0),
                (self.transit, 1448.5),
            ],
        )
        self.assertEqual(transfer.fee_total, -51.5)
        self.assertEqual(self.owed(), 0.0)

    def test_the_tax_within_a_fee(self):
        tax = self.company_data["default_tax_purchase"]
        self.assertEqual((tax.amount, tax.price_include), (25.0, False))
        self.connection.transaction_fee_tax_id = tax
        self.use("daily", fees="kept", transaction_fee="10.00")
        self.paid_request(800.0)
        self.night(self.DAYS - 1)
        move = self.fetch().move_id
        fee = move.line_ids.filtered("tax_ids")
        tax_line = move.line_ids.filtered("tax_line_id")
        self.assertEqual((fee.balance, tax_line.balance), (8.0, 2.0))
        self.assertEqual(fee.account_id, self.connection.transaction_fee_account_id)
        self.assertEqual(tax_line.tax_line_id, tax)
        self.assertEqual(fee.tax_tag_ids, tax.invoice_repartition_line_ids[0].tag_ids)
        self.assertEqual(self.in_transit(), 990.0)

    def test_a_fee_given_back_is_income_again(self):
        self.use("daily")
        self.paid_request(800.0)
        self.other("TransactionFee", 3.0)
        self.night(self.DAYS - 1)
        lines = self.entry_lines(self.fetch().move_id)
        self.assertIn((self.connection.transaction_fee_account_id, -3.0), lines)
        self.assertEqual(self.in_transit(), 1003.0)

    def test_invoiced_fees_are_absent(self):
        transfer = self.daily_transfer(800.0)
        self.assertEqual(len(transfer.move_id.line_ids), 2)
        self.assertEqual(transfer.fee_total, 0.0)

    def test_a_missing_account_is_named_and_nothing_is_entered(self):
        self.use("daily", fees="kept")
        self.paid_request(800.0)
        self.night(self.DAYS - 1)
        account = self.connection.transaction_fee_account_id
        self.connection.transaction_fee_account_id = False
        transfer = self.fetch()
        self.assertEqual(transfer.state, "waiting")
        self.assertIn("Transaction Fees", transfer.problem)
        self.assertFalse(transfer.move_id)
        self.connection.transaction_fee_account_id = account
        self.fetch_now()
        self.assertEqual((transfer.state, transfer.problem), ("settled", False))

    def test_an_account_that_cannot_be_reconciled_is_named(self):
        self.use("daily")
        self.paid_request(800.0)
        self.night(self.DAYS - 1)
        self.transit.reconcile = False
        transfer = self.fetch()
        self.assertEqual(transfer.state, "waiting")
        self.assertIn("reconciliation", transfer.problem)

    # ------------------------------------------------------------------ refunds

    def test_a_refund_is_paid_back_to_its_payer(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.night(self.DAYS - 1)
        self.fetch()
        self.refund(request, 200.0)
        self.paid_request(400.0)
        self.night(self.DAYS - 2)
        transfer = self.fetch()[-1:]
        refund = transfer.transaction_ids.filtered(lambda row: row.type == "Refund")
        payment = refund.payment_id
        self.assertEqual(refund.request_id, request)
        self.assertEqual(payment.payment_type, "outbound")
        self.assertEqual(payment.partner_id, request.partner_id)
        self.assertEqual(payment.amount, 200.0)
        self.assertTrue(payment.is_matched)
        self.assertEqual(transfer.total, 300.0)
        self.assertEqual(self.owed(), 0.0)
        self.assertEqual(self.in_transit(), 1300.0)
        self.assertIn("credit note", self.help_calls(request.move_id)[-1:].note)

    def test_a_refund_waits_open_for_its_credit_note(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.refund(request, 1000.0)
        self.paid_request(400.0)
        self.night(self.DAYS - 1)
        payment = self.fetch().transaction_ids.payment_id.filtered(
            lambda payment: payment.payment_type == "outbound"
        )
        line = payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual((line.balance, line.amount_residual), (1000.0, 1000.0))
        credit_note = request.move_id._reverse_moves()
        credit_note.action_post()
        lines = credit_note.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        (line + lines).reconcile()
        self.assertEqual(line.amount_residual, 0.0)
        self.assertIn(credit_note.payment_state, ("paid", "in_payment"))

    def test_more_refunds_than_payments_are_a_withdrawal(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.night(self.DAYS - 1)
        self.fetch()
        self.refund(request, 1000.0)
        self.night(self.DAYS - 2)
        transfer = self.fetch()[-1:]
        self.assertEqual(transfer.total, -1000.0)
        self.assertEqual(transfer.transit_line_id.balance, -1000.0)
        self.assertEqual(self.in_transit(), 0.0)

    def test_nothing_moved_leaves_nothing_in_transit(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.refund(request, 1000.0)
        self.other("Payment", 10.0, reference="X")
        self.other("Adjustment", -10.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual((transfer.total, transfer.state), (0.0, "settled"))
        self.assertFalse(transfer.transit_line_id)
        self.assertEqual(self.owed(), 0.0)

    # ------------------------------------------------------------------- others

    def test_what_is_not_ours_is_shown_never_dropped(self):
        self.use("daily")
        self.paid_request(800.0)
        self.other("Payment", 77.0, reference="WEBSHOP-1")
        self.other("Adjustment", -5.0, message="Correction")
        self.other("Refund", -7.0, reference="WEBSHOP-2")
        self.other("BonusPayout", 3.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        other = self.connection.other_account_id
        self.assertEqual(
            [
                (line.name, line.balance)
                for line in transfer.move_id.line_ids.filtered(
                    lambda line: line.account_id == other
                ).sorted("balance")
            ],
            [
                ("Payment WEBSHOP-1", -77.0),
                ("BonusPayout", -3.0),
                ("Adjustment Correction", 5.0),
                ("Refund WEBSHOP-2", 7.0),
            ],
        )
        self.assertEqual(len(transfer.activity_ids), 4)
        self.assertEqual(transfer.other_total, -2.0)
        self.assertEqual(self.in_transit(), 1068.0)

    def test_a_returned_transfer_waits_for_a_person(self):
        first = self.daily_transfer(800.0)
        self.control(f"transfers/{first.reference}/return")
        self.paid_request(400.0)
        self.night(self.DAYS - 2)
        transfer = self.fetch()[-1:]
        self.assertEqual(transfer.total, 1500.0)
        self.assertEqual(self.balance(self.connection.other_account_id), -1000.0)
        self.assertIn("Returned transfer", transfer.activity_ids.note)

    def test_a_payment_that_nobody_told_of_is_booked_by_the_transfer(self):
        self.use("daily")
        request = self.paid_unheard(800.0)
        gets = self.gets()
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        # it had to wait for the booking, and followed
        self.assertEqual(transfer.state, "settled", transfer.problem)
        self.assertEqual(request.state, "paid")
        self.assertEqual(request.paid_amount, 1000.0)
        day = fields.Date.today() - timedelta(days=self.DAYS)
        self.assertEqual(request.paid_on, day)
        self.assertEqual(len(self.payments(request)), 1)
        self.assertEqual(self.gets(), gets, "the report is the proof")
        event = self.events(source="settlement")
        self.assertEqual((event.request_id, event.state), (request, "done"))
        self.assertEqual(self.owed(), 0.0)

    def test_a_payment_is_booked_whose_invoice_id_was_lost(self):
        self.use("daily")
        request = self.paid_unheard(800.0)
        request.sudo().write({"mobilepay_id": False, "state": "unconfirmed"})
        self.night(self.DAYS - 1)
        self.assertEqual(self.fetch().state, "settled")
        self.assertEqual((request.state, request.paid_amount), ("paid", 1000.0))

    def test_a_late_callback_after_the_transfer_books_nothing_again(self):
        self.use("daily")
        request = self.paid_unheard(800.0)
        self.night(self.DAYS - 1)
        self.fetch()
        self.tell(*self.history(request, "created", "accepted", "paid"))
        self.assertEqual(len(self.payments(request)), 1)
        self.assertEqual(self.owed(), 0.0)

    def test_a_payment_of_an_earlier_connection_is_ours(self):
        self.use("daily")
        request = self.paid_request(800.0)
        self.night(self.DAYS - 1)
        earlier = self.connect_anew()
        self.connection.transfers_fetched_to = earlier.transfers_fetched_to
        transfer = self.fetch()
        self.assertEqual(transfer.connection_id, self.connection)
        self.assertEqual(transfer.transaction_ids.request_id, request)
        self.assertEqual(self.owed(), 0.0)

    def test_another_amount_under_our_reference_is_not_ours(self):
        self.use("daily")
        request = self.sent()
        self.other("Payment", 999.0, reference=request.payment_reference)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(transfer.state, "settled")
        self.assertFalse(transfer.transaction_ids.request_id)
        self.assertEqual(request.state, "created")

    def test_a_canceled_payment_stops_the_transfer(self):
        self.use("daily")
        request = self.paid_request(800.0)
        request.payment_id.action_draft()
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(transfer.state, "waiting")
        self.assertIn("canceled or reset", transfer.problem)
        request.payment_id.action_post()
        self.fetch_now()
        self.assertEqual(transfer.state, "settled")

    def test_a_payment_settled_otherwise_stops_the_transfer(self):
        self.use("daily")
        request = self.paid_request(800.0)
        line = request.payment_id._mobilepay_clearing_lines()
        other = self.env["account.move"].create(
            {
                "date": fields.Date.today(),
                "line_ids": [
                    Command.create({"account_id": line.account_id.id, "credit": 1000}),
                    Command.create({"account_id": self.transit.id, "debit": 1000}),
                ],
            }
        )
        other.action_post()
        (line + other.line_ids.filtered("credit")).reconcile()
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(transfer.state, "waiting")
        self.assertIn(other.name, transfer.problem)
        line.remove_move_reconcile()
        self.fetch_now()
        self.assertEqual(transfer.state, "settled")

    # -------------------------------------------------------------------- dates

    def test_a_locked_day_moves_to_the_first_open_one(self):
        self.use("daily")
        self.paid_request(800.0)
        self.night(self.DAYS - 1)
        yesterday = fields.Date.today() - timedelta(days=1)
        self.company.fiscalyear_lock_date = yesterday - timedelta(days=1)
        transfer = self.fetch()
        self.assertEqual(transfer.move_id.date, yesterday)
        self.assertLess(transfer.transfer_date, yesterday)

    def test_a_branch_s_payment_is_in_its_parent_s_transfer(self):
        self.use("daily")
        request = self.send(self.invoice(company_id=self.branch().id))
        self.pay(request)
        request.action_refresh_status()
        self.paid_request(400.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(transfer.state, "settled", transfer.problem)
        self.assertTrue(request.payment_id.is_matched)
        self.assertNotEqual(request.payment_id.company_id, transfer.company_id)
        self.assertEqual(self.owed(), 0.0)
        report = self.env["mobilepay.owed.wizard"].create(
            {"company_id": self.company.id}
        )
        self.assertTrue(report.agrees)

    # ------------------------------------------------------------------ instant

    def test_an_instant_payment_needs_no_entry(self):
        self.use("instant")
        request = self.paid_request(800.0)
        transfer = self.fetch()
        self.assertEqual(transfer.state, "settled")
        self.assertFalse(transfer.move_id)
        self.assertEqual(transfer.total, 1000.0)
        self.assertEqual(request.transfer_id, transfer)
        # MobilePay owes it until the bank line is here
        self.assertEqual(self.owed(), 1000.0)

    def test_an_instant_payment_less_its_fee_has_an_entry(self):
        self.use("instant", fees="kept", transaction_fee="2.00")
        self.paid_request(800.0)
        transfer = self.fetch()
        self.assertEqual(transfer.total, 998.0)
        self.assertEqual(transfer.transit_line_id.balance, 998.0)
        self.assertEqual(self.owed(), 0.0)
