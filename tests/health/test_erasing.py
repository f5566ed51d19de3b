"""Phone numbers and payloads go after the company's period; the books stay."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import ANNA, BO
from ..news import NewsCase


@tagged("post_install", "-at_install")
class TestErasing(NewsCase):
    def erase(self):
        self.env.ref("account_mobilepay.cron_erase").method_direct_trigger()

    def over(self, days):
        """Return a request that was paid and booked some days ago."""
        request = self.paid()
        request.action_refresh_status()
        self.assertTrue(request.payment_id)
        request.sudo().paid_on = fields.Date.today() - timedelta(days=days)
        return request.sudo()

    def check_kept(self, request):
        self.erase()
        self.assertTrue(request.payload)
        self.assertTrue(request.phone)
        self.assertTrue(all(request.event_ids.mapped("raw")))

    def test_what_is_personal_goes_and_the_rest_stays(self):
        # models/health/mobilepay_eraser.py: _erase_requests
        self.connection.keep_days = 90
        request = self.over(days=92)
        stays = ["state", "amount", "paid_amount", "payment_reference", "payment_id"]
        before = request.read(stays)
        self.erase()
        self.assertFalse(request.payload)
        self.assertFalse(request.phone)
        self.assertFalse(request.phone_masked)
        self.assertFalse(any(request.event_ids.mapped("raw")))
        self.assertEqual(request.read(stays), before)
        self.assertTrue(request.event_ids)

    def test_before_its_time_everything_is_kept(self):
        # models/health/mobilepay_eraser.py: _over / paid_on
        self.connection.keep_days = 90
        self.check_kept(self.over(days=89))

    def test_nothing_goes_unless_the_company_wants_it(self):
        # models/health/mobilepay_eraser.py: _cron_erase / keep_days
        self.assertEqual(self.connection.keep_days, 0)
        self.check_kept(self.over(days=9000))

    def test_what_is_open_or_not_booked_is_kept(self):
        # models/health/mobilepay_eraser.py: _over / payment_id
        self.connection.keep_days = 1
        request = self.over(days=30)
        for values in ({"state": "unconfirmed"}, {"payment_id": False}):
            with self.subTest(values=values):
                before = request.read(list(values))[0]
                request.write(values)
                self.check_kept(request)
                del before["id"]
                request.write(
                    {
                        name: value[0] if isinstance(value, tuple) else value
                        for name, value in before.items()
                    }
                )

    def test_a_request_that_failed_counts_from_its_due_date(self):
        # models/health/mobilepay_eraser.py: _over / due_date
        self.connection.keep_days = 30
        request = self.sent().sudo()
        request.write({"state": "canceled", "due_date": "2020-01-01"})
        self.erase()
        self.assertFalse(request.phone)

    def test_news_that_come_late_are_erased_too(self):
        # models/health/mobilepay_eraser.py: _over / event_ids.raw
        self.connection.keep_days = 90
        request = self.over(days=92)
        self.erase()
        self.tell(self.news(request, "paid", 99))
        self.assertTrue(any(request.event_ids.mapped("raw")))
        self.erase()
        self.assertFalse(any(request.event_ids.mapped("raw")))

    def test_news_of_what_is_not_ours(self):
        # models/health/mobilepay_eraser.py: _erase_orphans
        self.connection.keep_days = 90
        news = self.unknown()
        self.tell(news)
        orphan = self.events(mobilepay_id=news["InvoiceId"]).sudo()
        orphan.state = "orphan"
        self.erase()
        self.assertTrue(orphan.raw)
        self.env.cr.execute("UPDATE mobilepay_event SET create_date = '2020-01-01'")
        self.env.invalidate_all()
        self.erase()
        self.assertFalse(orphan.raw)
        self.assertTrue(orphan.mobilepay_id)

    def test_transactions_of_what_is_not_ours(self):
        # models/health/mobilepay_eraser.py: _erase_transactions
        self.connection.keep_days = 90
        own = {
            "company_id": self.company.id,
            "currency_id": self.connection.currency_id.id,
        }
        transfer = (
            self.env["mobilepay.transfer"]
            .sudo()
            .create(
                {
                    **own,
                    "connection_id": self.connection.id,
                    "issuer_id": self.connection.issuer_id.id,
                    "reference": "04000000000011111111",
                    "transfer_date": "2020-01-06",
                    "total": 25.0,
                    "state": "waiting",
                }
            )
        )
        row = transfer.transaction_ids.create(
            {
                **own,
                "transfer_id": transfer.id,
                "key": "x",
                "type": "Other",
                "amount": 25.0,
                "message": "from Anna",
                "raw": "{}",
            }
        )
        self.erase()
        self.assertTrue(row.raw, "not settled yet")
        transfer.state = "settled"
        self.erase()
        self.assertEqual((row.raw, row.message, row.amount), (False, False, 25.0))

    def consent(self, state):
        """Return a consent, whose number changed once."""
        consent = (
            self.env["mobilepay.consent"]
            .sudo()
            .with_context(tracking_disable=False, mail_notrack=False)
            .create(
                {
                    "connection_id": self.connection.id,
                    "mobilepay_id": f"consent-{state}",
                    "partner_id": self.partner_a.id,
                    "state": state,
                    "phone": ANNA,
                }
            )
        )
        self.flush_tracking()
        consent.phone = BO
        self.flush_tracking()
        return consent

    def flush_tracking(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    def tracked(self, consent):
        """Return the numbers that the consent's history holds."""
        messages = self.env["mail.message"].sudo()
        values = messages.search(
            [("model", "=", consent._name), ("res_id", "=", consent.id)]
        ).tracking_value_ids
        return {*values.mapped("old_value_char"), *values.mapped("new_value_char")}

    def test_consents_of_those_who_said_no(self):
        # models/health/mobilepay_eraser.py: _erase_consents, _forget_tracked
        self.connection.keep_days = 90
        given, denied = self.consent("granted"), self.consent("denied")
        self.assertLessEqual({ANNA, BO}, self.tracked(denied))
        self.env.cr.execute("UPDATE mobilepay_consent SET write_date = '2020-01-01'")
        self.env.invalidate_all()
        before = denied.write_date
        self.erase()
        self.assertFalse(denied.phone)
        self.assertFalse({ANNA, BO} & self.tracked(denied))
        # by it the latest answer is told
        self.assertEqual((denied.state, denied.write_date), ("denied", before))
        self.assertEqual(given.phone, BO, "it is used")

    def test_nothing_personal_is_left_anywhere(self):
        """Not in the rows, their history or the invoice's, nor in attachments."""
        self.connection.keep_days = 90
        request = self.over(days=92)
        self.partner_a.mobilepay_phone = False
        self.erase()
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        number = ANNA.removeprefix("+45")
        # Odoo's own clean-up empties those within hours
        passing = {m._table for m in self.env.registry.values() if m._transient}
        for table in {name for [name] in self.env.cr.fetchall()} - passing:
            # names of PostgreSQL's own
            self.env.cr.execute(
                f"SELECT 1 FROM {table} t WHERE t::text LIKE %s",  # noqa: S608
                [f"%{number}%"],
            )
            self.assertFalse(self.env.cr.fetchall(), table)
        self.assertEqual(request.state, "paid")

    def test_negative_days_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "from 0"):
            self.connection.keep_days = -1
