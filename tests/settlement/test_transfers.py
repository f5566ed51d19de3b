"""Reading MobilePay's transfers: whole, once, and again until they add up."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestTransfers(SettlementCase):
    def test_a_daily_transfer_is_read_with_its_payments(self):
        self.use("daily")
        first, second = self.paid_request(800.0), self.paid_request(400.0)
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(len(transfer), 1)
        self.assertEqual(transfer.state, "settled")
        self.assertEqual(transfer.total, 1500.0)
        day = fields.Date.today() - timedelta(days=self.DAYS - 1)
        self.assertEqual(transfer.transfer_date, day)
        self.assertEqual(transfer.issuer_id, self.issuer("daily"))
        rows = transfer.transaction_ids.sorted("amount")
        self.assertEqual(rows.request_id, second + first)
        self.assertEqual(rows.payment_id, (second + first).payment_id)
        self.assertEqual(first.transfer_id, transfer)

    def test_fetching_again_changes_nothing(self):
        transfer = self.daily_transfer(800.0, 400.0)
        rows, move = transfer.transaction_ids, transfer.move_id
        for _again in range(2):
            # the period overlaps the last one
            self.assertEqual(self.fetch_now(), transfer)
        self.assertEqual(transfer.transaction_ids, rows)
        self.assertEqual(transfer.move_id, move)

    def test_many_pages_are_one_transfer(self):
        self.control("settings", reporting_page_size=2)
        self.use("daily")
        for number in range(5):
            self.other("Payment", 10 + number, reference=f"OTHER-{number}")
        self.night(self.DAYS - 1)
        transfer = self.fetch()
        self.assertEqual(len(transfer.transaction_ids), 5)
        self.assertEqual(transfer.total, 60.0)
        self.assertEqual(transfer.state, "settled")

    def test_what_is_being_prepared_is_asked_for_later(self):
        self.control("settings", reporting_prepare_seconds=7 * 86400)
        transfer = self.daily_transfer()
        self.assertEqual(transfer.state, "fetching")
        self.assertIn("still", transfer.problem)
        self.assertGreater(transfer.next_try_on, fields.Datetime.now())
        self.assertFalse(transfer.move_id)
        self.control("settings", reporting_prepare_seconds=0)
        self.fetch()
        self.assertEqual(transfer.state, "fetching", "its pause is not over")
        self.fetch_now()
        self.assertEqual(transfer.state, "settled")
        self.assertFalse(transfer.problem)

    def test_a_timeout_of_reporting_is_noted_and_got_over(self):
        self.use("daily")
        self.paid_request()
        self.night(self.DAYS - 1)
        self.control("settings", reporting_timeouts=50)
        self.assertFalse(self.fetch())
        self.assertIn("cannot be reached", self.connection.reporting_problem)
        self.control("settings", reporting_timeouts=0)
        self.assertEqual(self.fetch().state, "settled")
        self.assertFalse(self.connection.reporting_problem)

    def test_a_difference_of_one_oere_stops_the_entry(self):
        transfer = self.daily_transfer_with_wrong_total(0.01)
        self.assertEqual(transfer.state, "fetching")
        self.assertFalse(transfer.move_id)
        for text in ("0.01", "1,000.00", "1,000.01"):
            self.assertIn(text, transfer.problem.replace(" ", " "))
        self.assertEqual(self.owed(), 1000.0)

    def test_a_person_is_told_of_a_difference_that_stays(self):
        transfer = self.daily_transfer_with_wrong_total(5.0)
        for _try in range(4):
            self.fetch_now()
        self.assertEqual(len(transfer.activity_ids), 1)
        self.assertIn("not explained", transfer.activity_ids.note)

    def daily_transfer_with_wrong_total(self, more):
        """Return a transfer whose total MobilePay reports too high."""
        self.control("settings", reporting_prepare_seconds=7 * 86400)
        transfer = self.daily_transfer(800.0)
        self.control("settings", reporting_prepare_seconds=0)
        transfer.write({"total": transfer.total + more, "next_try_on": "2020-01-01"})
        reporter = self.env["mobilepay.reporter"].sudo()
        # the list of transfers would correct the total: it is asked for no more
        reporter._fetch_contents(self.connection.sudo())
        self.patch(type(reporter), "_note_transfers", lambda *_: None)
        return transfer

    def test_a_total_that_mobilepay_corrects_is_taken_over(self):
        self.control("settings", reporting_prepare_seconds=7 * 86400)
        transfer = self.daily_transfer(800.0)
        transfer.total = 999.0
        self.control("settings", reporting_prepare_seconds=0)
        self.fetch_now()
        self.assertEqual(transfer.total, 1000.0)
        self.assertEqual(transfer.state, "settled")

    def test_a_payment_in_two_transfers_stops_the_second(self):
        transfer = self.daily_transfer(800.0)
        row = transfer.transaction_ids
        copy = transfer.copy({"reference": "04000000009911000000", "total": 1.0})
        problem = self.env["mobilepay.reporter"]._store(
            copy, [self.transaction(row, amount="1.00")]
        )
        self.assertIn(transfer.reference, problem)
        self.assertFalse(copy.transaction_ids)

    def transaction(self, row, **values):
        """Return a stored row as the wire would report it."""
        from datetime import timezone
        from decimal import Decimal

        from ...mobilepay.types import Transaction, TransactionType

        return Transaction(
            type=TransactionType(row.type),
            amount=Decimal(values.get("amount", repr(row.amount))),
            currency="DKK",
            timestamp=row.happened_on.replace(tzinfo=timezone.utc),
            transaction_id=row.transaction_id or "",
            merchant_reference=row.merchant_reference or "",
            word=row.word,
        )

    def test_a_reference_that_returns_is_another_transfer(self):
        transfer = self.daily_transfer(800.0)
        last_year = transfer.transfer_date - timedelta(days=365)
        older = transfer.copy({"transfer_date": last_year})
        self.assertNotEqual(older, transfer)
        self.assertEqual(self.fetch_now(), older + transfer)
        self.assertEqual(older.reference, transfer.reference)

    def test_without_reporting_the_button_says_why(self):
        self.repoint(custom_reporting_base=False)
        with self.assertRaisesRegex(UserError, "sandbox"):
            self.connection.action_fetch_transfers()
        self.assertFalse(self.fetch())
        self.assertFalse(self.connection.reporting_problem)

    def test_the_button_fetches_books_and_enters_at_once(self):
        self.use("daily")
        request = self.paid_unheard(800.0)
        self.night(self.DAYS - 1)
        self.connection.action_fetch_transfers()
        transfer = self.transfers()
        self.assertEqual(transfer.state, "settled")
        self.assertEqual(request.state, "paid")
        # the merchant's day, which begins before the day in UTC
        self.assertEqual(self.connection.transfers_fetched_to, self.connection._today())

    def test_a_payment_nobody_told_of_is_heard_before_it_is_paid_out(self):
        self.use("daily")
        self.go_to(days_ago=0, hour=0)
        request = self.paid_unheard(800.0)
        lost = self.paid_unheard(400.0)
        lost.sudo().write({"mobilepay_id": False, "state": "unconfirmed"})
        stranger = self.other("Payment", 5.0, reference=request.payment_reference)
        self.control("clock", reset=True)
        self.assertTrue(stranger["transaction_id"])
        for _again in range(2):
            self.assertFalse(self.fetch())
            self.assertEqual((request + lost).mapped("state"), ["paid", "paid"])
            self.assertEqual(len(self.payments(request, lost)), 2)
        self.assertEqual(len(self.events(source="settlement")), 2)

    def test_a_period_is_fetched_by_the_wizard(self):
        self.use("daily")
        self.paid_request()
        self.night(self.DAYS - 1)
        day = fields.Date.today() - timedelta(days=self.DAYS - 1)
        wizard = self.env["mobilepay.transfer.fetch"].create(
            {"company_id": self.company.id, "first": day, "last": day}
        )
        before = self.connection.transfers_fetched_to
        action = wizard.action_fetch()
        self.assertEqual(self.transfers().search(action["domain"]), self.transfers())
        self.assertEqual(self.transfers().state, "settled")
        self.assertEqual(self.connection.transfers_fetched_to, before)
        wizard.last = day - timedelta(days=1)
        with self.assertRaisesRegex(UserError, "after the last"):
            wizard.action_fetch()

    def test_nobody_fetches_for_a_company_that_is_not_theirs(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        wizard = self.env["mobilepay.transfer.fetch"].create({"company_id": other.id})
        with self.assertRaisesRegex(AccessError, "Switch"):
            wizard.with_context(allowed_company_ids=self.company.ids).action_fetch()

    def test_another_company_s_trouble_stays_its_own(self):
        self.use("daily")
        self.paid_request()
        self.night(self.DAYS - 1)
        other = self.other_connection()
        self.fetch()
        self.assertEqual(self.transfers().state, "settled")
        self.assertTrue(other.reporting_problem)

    def other_connection(self):
        """Return a second company's connection whose tokens are gone."""
        data = self.setup_other_company()
        other = self.env["mobilepay.connection"].create(
            self.connection_values(
                company_id=data["company"].id, merchant_vat="DK87654321"
            )
        )
        self.connect(other)
        self.env["mobilepay.token"]._forget(other)
        return other

    def test_transfers_are_never_deleted(self):
        transfer = self.daily_transfer()
        with self.assertRaisesRegex(UserError, "not deleted"):
            transfer.unlink()


@tagged("post_install", "-at_install")
class TestReportingKeys(SettlementCase):
    """Reporting with a key of its own: a reference access token, or v3's."""

    def key(self):
        path = f"merchants/{self.connection.merchant_vat}/reporting-key"
        return self.control(path)["token"]

    def test_a_reference_access_token_reads_v2(self):
        self.connection.reporting_key = self.key()
        self.assertTrue(self.connection.has_reporting_key)
        self.assertFalse(self.connection.reporting_key, "never shown again")
        self.control(f"merchants/{self.connection.merchant_vat}/revoke")
        self.use("daily")
        self.other("Payment", 25.0, reference="OTHER")
        self.night(self.DAYS - 1)
        self.assertEqual(self.fetch().total, 25.0)

    def test_v3_needs_its_key(self):
        self.connection.reporting_version = "v3"
        with self.assertRaisesRegex(UserError, "API key"):
            self.connection.action_fetch_transfers()

    def test_v3_tells_payments_by_amount_and_day(self):
        requests = self.three_paid()
        self.read_with_v3()
        transfer = self.fetch()
        self.assertEqual(transfer.state, "settled", transfer.problem)
        self.assertEqual(transfer.transaction_ids.request_id, requests)
        self.assertEqual(self.owed(), 0.0)

    def test_v3_links_nothing_where_the_books_hold_less(self):
        self.three_paid()
        self.other("Payment", 1000.0)
        self.read_with_v3()
        transfer = self.fetch()
        # three of 1000 at MobilePay, two here: nobody can say which are ours
        self.assertFalse(
            transfer.transaction_ids.filtered(lambda r: r.amount == 1000.0).request_id
        )
        self.assertEqual(self.owed(), 2000.0)

    def three_paid(self):
        self.use("daily")
        requests = self.paid_request(800.0) + self.paid_request(800.0)
        return requests + self.paid_request(400.0)

    def read_with_v3(self):
        self.night(self.DAYS - 1)
        base = self.connection.custom_reporting_base.removesuffix(
            "/transaction-reporting"
        )
        self.repoint(custom_reporting_base=base)
        self.connection.write({"reporting_version": "v3", "reporting_key": self.key()})
