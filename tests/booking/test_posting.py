from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import simulator
from ..interceptor import Interceptor
from ..news import NewsCase


@tagged("post_install", "-at_install")
class TestPosting(NewsCase):
    """A confirmed payment becomes one posted and reconciled entry."""

    def post(self, request, **details):
        """Hear of the payment; MobilePay's details say ``details`` as well."""
        with Interceptor(simulator().url) as between:
            between.change(
                request.mobilepay_id, lambda status, data: (status, {**data, **details})
            )
            self.repoint(custom_api_base=f"{between.url}/invoice-restapi")
            self.tell(self.news(request, "paid", 2))
        self.repoint(custom_api_base=f"{simulator().url}/invoice-restapi")
        return request.payment_id

    def test_payment_to_the_letter(self):
        request = self.paid()
        move = request.move_id
        payment = self.post(request)
        line = self.connection.journal_id.inbound_payment_method_line_ids.filtered(
            lambda line: line.code == "mobilepay"
        )
        self.assertRecordValues(
            payment,
            [
                {
                    "amount": 1000.0,
                    "currency_id": self.connection.currency_id.id,
                    "date": self.connection._today(),
                    "memo": request.payment_reference,
                    "payment_reference": request.transaction_id,
                    "journal_id": self.connection.journal_id.id,
                    "payment_method_line_id": line.id,
                    "payment_method_code": "mobilepay",
                    "partner_id": self.partner_a.id,
                    "partner_type": "customer",
                    "payment_type": "inbound",
                    "company_id": self.company.id,
                    "mobilepay_invoice_id": request.id,
                    "is_reconciled": True,
                    "is_matched": False,
                }
            ],
        )
        receivable = move.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertRecordValues(
            payment.move_id.line_ids.sorted("balance"),
            [
                {"account_id": receivable.account_id.id, "balance": -1000.0},
                {"account_id": line.payment_account_id.id, "balance": 1000.0},
            ],
        )
        self.assertEqual(payment.move_id.state, "posted")
        self.assertEqual(move.amount_residual, 0)
        self.assertEqual(move.payment_state, move._get_invoice_in_payment_state())
        self.assertIn(payment, move.matched_payment_ids)
        self.assertFalse(self.help_calls(move))
        self.assertIn(payment.name, move.message_ids[0].body)

    def test_clearing_is_what_mobilepay_owes(self):
        requests = [self.paid(), self.paid(), self.paid()]
        self.tell(*(self.news(request, "paid", 2) for request in requests))
        clearing = self.connection._payment_method_line().payment_account_id
        lines = self.env["account.move.line"].search(
            [("account_id", "=", clearing.id), ("parent_state", "=", "posted")]
        )
        self.assertEqual(sum(lines.mapped("balance")), 3000)

    def test_late_in_the_evening_is_the_next_day_in_copenhagen(self):
        for moment, day in (
            ("2026-01-15T23:30:00.0000000+00:00", date(2026, 1, 16)),
            ("2026-01-15T22:30:00.0000000+00:00", date(2026, 1, 15)),
            ("2026-06-30T22:30:00.0000000+00:00", date(2026, 7, 1)),
            ("2026-03-14", date(2026, 3, 14)),
        ):
            payment = self.post(self.paid(), PaymentDate=moment)
            self.assertEqual(payment.date, day)
            self.assertEqual(payment.move_id.date, day)

    def test_in_helsinki_the_day_ends_an_hour_earlier(self):
        self.repoint(custom_country_code="FI")
        event = self.env["mobilepay.event"].new(
            {
                "connection_id": self.connection.id,
                "happened_on": "2026-01-15 22:30:00",
            }
        )
        details = type("Details", (), {"payment_date": None})
        day = self.env["mobilepay.confirmer"]._paid_on(event, details)
        self.assertEqual(day, date(2026, 1, 16))

    def test_without_a_payment_date_it_is_the_day_of_the_news(self):
        # the news are of 2026-04-24
        payment = self.post(self.paid(), PaymentDate=None)
        self.assertEqual(payment.date, date(2026, 4, 24))

    def test_instalments_are_reconciled_by_one_payment(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50}),
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": 30}
                    ),
                ],
            }
        )
        request = self.paid(invoice_payment_term_id=term.id)
        payment = self.post(request)
        self.assertTrue(payment.is_reconciled)
        self.assertEqual(request.move_id.amount_residual, 0)

    # -------------------------------------------------------------- lock dates

    def test_locked_day_moves_to_the_first_open_one(self):
        self.company.fiscalyear_lock_date = date(2026, 2, 28)
        payment = self.post(self.paid(), PaymentDate="2026-01-10")
        self.assertEqual(payment.date, date(2026, 3, 1))
        self.assertEqual(payment.move_id.date, date(2026, 3, 1))
        self.assertEqual(payment.move_id.state, "posted")

    def test_the_last_of_several_lock_dates_counts(self):
        self.company.hard_lock_date = date(2026, 1, 31)
        self.company.fiscalyear_lock_date = date(2026, 3, 31)
        payment = self.post(self.paid(), PaymentDate="2026-01-10")
        self.assertEqual(payment.move_id.date, date(2026, 4, 1))

    def test_sales_lock_date_does_not_move_a_payment(self):
        self.company.sale_lock_date = date(2026, 3, 31)
        payment = self.post(self.paid(), PaymentDate="2026-03-10")
        self.assertEqual(payment.move_id.date, date(2026, 3, 10))

    def test_open_day_stays(self):
        self.company.fiscalyear_lock_date = date(2026, 2, 28)
        payment = self.post(self.paid(), PaymentDate="2026-03-01")
        self.assertEqual(payment.move_id.date, date(2026, 3, 1))

    def test_locked_until_today_it_is_tomorrow(self):
        request = self.paid()
        today = fields.Date.today()
        self.company.fiscalyear_lock_date = today
        payment = self.post(request)
        self.assertEqual(payment.move_id.date, today + timedelta(days=1))
        self.assertEqual(request.move_id.amount_residual, 0)

    # --------------------------------------------------------------------- once

    def test_paid_ten_times_is_booked_once(self):
        request = self.paid()
        for sequence in range(10):
            self.tell(
                self.news(request, "paid", sequence), self.news(request, "paid", 2)
            )
            request.action_refresh_status()
        self.assertEqual(len(self.payments(request)), 1)
        self.assertEqual(request.move_id.amount_residual, 0)

    def test_a_second_payment_of_the_request_is_refused_by_the_database(self):
        payment = self.post(self.paid())
        values = {
            "amount": 1,
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.partner_a.id,
            "journal_id": payment.journal_id.id,
            "mobilepay_invoice_id": payment.mobilepay_invoice_id.id,
            "payment_reference": "another transaction",
        }
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as raised:
            self.env["account.payment"].create(values)
        self.assertIn("mobilepay_invoice_unique", str(raised.exception))

    def test_a_second_payment_of_the_transaction_is_refused_by_the_database(self):
        payment, other = self.post(self.paid()), self.sent()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as raised:
            self.env.cr.execute(
                "UPDATE account_payment SET mobilepay_invoice_id = %s,"
                " payment_reference = %s WHERE id = %s",
                [other.id, payment.payment_reference, self._other_payment().id],
            )
        self.assertIn("mobilepay_transaction_unique", str(raised.exception))

    def _other_payment(self):
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.invoice().ids
        )
        return register.create({})._create_payments()

    def test_a_second_open_request_is_refused_by_the_database(self):
        request = self.sent()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as raised:
            request.sudo().copy({"payment_reference": "another", "instalment": 0})
        self.assertIn("one_open", str(raised.exception))

    def test_a_reference_is_refused_twice_by_the_database(self):
        request, other = self.sent(), self.invoice()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError) as raised:
            request.sudo().copy({"move_id": other.id})
        self.assertIn("payment_reference_unique", str(raised.exception))

    def test_all_indexes_are_there(self):
        self.env.cr.execute(
            "SELECT indexname FROM pg_indexes WHERE indexdef LIKE 'CREATE UNIQUE%%'"
            " AND indexname LIKE '%%mobilepay%%'"
        )
        there = {row[0] for row in self.env.cr.fetchall()}
        self.assertLessEqual(
            {
                "account_payment_mobilepay_invoice_unique",
                "account_payment_mobilepay_transaction_unique",
                "mobilepay_event_news_unique",
                "mobilepay_invoice_mobilepay_id_unique",
                "mobilepay_invoice_payment_reference_unique",
            },
            there,
        )

    # ------------------------------------------------------------------- branch

    def test_branch_under_a_connected_parent(self):
        branch = self.branch()
        request = self.paid(company_id=branch.id)
        self.assertEqual(request.company_id, branch)
        payment = self.post(request)
        self.assertEqual(payment.company_id, branch)
        self.assertEqual(payment.move_id.company_id, branch)
        self.assertEqual(payment.journal_id, self.connection.journal_id)
        self.assertTrue(payment.is_reconciled)
        self.assertEqual(request.move_id.amount_residual, 0)

    def test_branch_with_a_connection_of_its_own(self):
        branch = self.branch()
        own = self.connection.create(self.connection_values(company_id=branch.id))
        self.connect(own)
        self.assertEqual(own.journal_id.company_id, branch)
        request = self.paid(company_id=branch.id)
        self.assertEqual(request.connection_id, own)
        self.connection = own
        payment = self.post(request)
        self.assertEqual(payment.journal_id, own.journal_id)
        self.assertEqual(payment.company_id, branch)
        self.assertEqual(request.move_id.amount_residual, 0)

    def test_lock_date_of_the_branch_counts(self):
        branch = self.branch()
        request = self.paid(company_id=branch.id)
        branch.fiscalyear_lock_date = date(2026, 2, 28)
        payment = self.post(request, PaymentDate="2026-01-10")
        self.assertEqual(payment.move_id.date, date(2026, 3, 1))

    def test_company_and_branch_in_one_delivery(self):
        requests = [self.paid(), self.paid(company_id=self.branch().id)]
        self.tell(*(self.news(request, "paid", 2) for request in requests))
        companies = [request.payment_id.company_id for request in requests]
        self.assertEqual(companies, [request.company_id for request in requests])
