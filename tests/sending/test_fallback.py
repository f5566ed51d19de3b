from datetime import timedelta

from markupsafe import escape

from odoo import fields
from odoo.tests import tagged

from ..common import ANNA, UNKNOWN_PHONE, MobilepayCommon


@tagged("post_install", "-at_install")
class TestFallback(MobilepayCommon):
    """Direct, then link by e-mail: only where the company wants it."""

    def setUp(self):
        super().setUp()
        self.connection.fallback_days = 3
        self.partner_a.email = "anna@example.com"

    def run_crons(self):
        for name in ("cron_fallback", "cron_cancel"):
            self.env.ref(f"account_mobilepay.{name}").method_direct_trigger()

    def soon_due(self):
        move = self.invoice(invoice_date_due=fields.Date.today() + timedelta(days=2))
        request = self.send(move)
        # sent the day before yesterday: the payer has had time to see it
        self.env.cr.execute(
            "UPDATE mobilepay_invoice SET create_date = create_date - interval '2 days'"
            " WHERE id = %s",
            [request.id],
        )
        request.invalidate_recordset()
        return move, request

    def mails(self, move):
        return self.env["mail.mail"].search(
            [("model", "=", "account.move"), ("res_id", "=", move.id)]
        )

    def test_not_accepted_in_time(self):
        move, request = self.soon_due()
        self.run_crons()
        self.assertEqual(request.state, "canceled")
        link = move.mobilepay_invoice_id
        self.assertEqual((link.kind, link.state), ("link", "created"))
        self.assertTrue(link.link_url)
        self.assertIn(escape(move._mobilepay_bill_url()), self.mails(move).body_html)

    def test_accepted_in_time_is_left_alone(self):
        move, request = self.soon_due()
        self.deliver(
            self.news(request, "accepted", 1, PaymentDate="2026-12-01T00:00:00+00:00")
        )
        self.process()
        self.run_crons()
        self.assertEqual(request.state, "accepted")

    def test_fresh_request_has_a_day_to_be_seen(self):
        move = self.invoice(invoice_date_due=fields.Date.today() + timedelta(days=2))
        request = self.send(move)
        self.run_crons()
        self.assertEqual(request.state, "created")

    def test_rejected_by_the_payer(self):
        move = self.invoice()
        request = self.send(move)
        self.control(f"invoices/{request.mobilepay_id}/reject", phone=ANNA)
        self.deliver(self.news(request, "rejected", 1))
        self.process()
        self.run_crons()
        self.assertEqual(move.mobilepay_invoice_id.kind, "link")
        self.assertEqual(len(self.mails(move)), 1)
        self.run_crons()
        self.assertEqual(len(self.mails(move)), 1, "once")

    def test_no_mobilepay_user(self):
        self.partner_a.mobilepay_phone = UNKNOWN_PHONE
        move = self.invoice()
        self.refused(move)
        self.run_crons()
        self.assertEqual(move.mobilepay_invoice_id.kind, "link")

    def refused(self, move):
        wish = {"kind": "direct", "phone": UNKNOWN_PHONE}
        problem = self.env["mobilepay.sender"]._send(self.connection, {move: wish})
        self.assertIn(move, problem)

    def test_customer_without_email_is_for_a_person(self):
        self.partner_a.email = False
        move, _request = self.soon_due()
        self.run_crons()
        self.assertEqual(move.mobilepay_invoice_id.kind, "link")
        self.assertEqual(len(move.activity_ids), 1)

    def test_off_by_default(self):
        self.connection.fallback_days = 0
        _move, request = self.soon_due()
        self.run_crons()
        self.assertEqual(request.state, "created")
