from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..common import ANNA, UNKNOWN_PHONE
from ..sending_case import SendingCase


@tagged("post_install", "-at_install")
class TestForgotten(SendingCase):
    """MobilePay has a request, and this database does not know that, or its id.

    That is so after a dump was restored, or where answer and callbacks were lost.
    """

    def forget(self, request):
        """Make the request as it was before it was sent, as an old dump does."""
        self.env["mobilepay.event"].sudo().search(
            [("request_id", "=", request.id)]
        ).unlink()
        request.sudo().write(
            {"state": "queued", "tries": 0, "mobilepay_id": False, "link_url": False}
        )

    def hear(self, *statuses):
        """Deliver what MobilePay told of its only invoice, and process it."""
        [invoice] = [i for i in self.inspect()["invoices"] if i["status"] != "invalid"]
        told = [n for n in invoice["history"] if n["Status"] in statuses]
        self.deliver(*told)
        self.process()

    def run_batch(self):
        self.env.ref("account_mobilepay.cron_batch").method_direct_trigger()

    def poll(self, request):
        request.sudo().next_poll_on = "2020-01-01 00:00:00"
        self.env.ref("account_mobilepay.cron_poll").method_direct_trigger()
        self.process()

    # -------------------------------------------------------- known at MobilePay

    # protects mobilepay_sender: _note_failure / elif exists
    def test_queued_again_it_is_refused_as_a_double_and_waits_for_news(self):
        for partner, code in ((self.partner_a, "10104"), (self.partner_b, "10301")):
            move = self.invoice(partner)
            request = self.send(move)
            self.forget(request)
            self.work_queue(request)
            self.assertEqual((request.state, request.error_code), ("unconfirmed", code))
            self.assertIn("MobilePay has this request", request.error_text)
            self.assertFalse(request.next_try_on)
            # so nobody can send another
            self.assertIn("open MobilePay request", self.problem(move))
        self.assertEqual(len(self.inspect()["invoices"]), 2)

    # protects mobilepay_sender_unconfirmed: _note_exists / _take_up_orphans
    def test_news_that_came_too_early_are_taken_up_once_it_is_known_as_sent(self):
        request = self.send(self.invoice())
        self.forget(request)
        [invoice] = self.inspect()["invoices"]
        self.control(f"invoices/{invoice['id']}/accept", phone=ANNA)
        self.hear("accepted", "paid")
        # by what is known here it was never sent: they could be another system's
        self.assertEqual(request.state, "queued")
        events = self.env["mobilepay.event"].search([])
        self.assertEqual(set(events.mapped("state")), {"orphan"})
        self.work_queue(request)
        self.process()
        self.assertEqual(request.state, "paid")
        self.assertEqual(request.move_id.payment_state, "paid")
        self.assertEqual(len(self.inspect()["invoices"]), 1)

    def in_a_batch(self, request):
        """Send a request in a batch, and let MobilePay judge it."""
        batch = self.env["mobilepay.batch"].sudo()
        request.sudo().batch_id = batch.create(
            {"company_id": self.company.id, "user_id": self.env.uid, "prepared": True}
        )
        self.run_batch()
        self.control("callbacks/flush")

    # protects mobilepay_sender_unconfirmed: _continue_after_refusal / EXISTS_CODES
    def test_batch_of_what_mobilepay_has_waits_for_news_of_the_first(self):
        request = self.send(self.invoice())
        first = request.mobilepay_id
        self.forget(request)
        self.in_a_batch(request)
        second = request.mobilepay_id
        self.assertNotEqual(second, first)
        [told] = [
            news
            for delivery in self.inspect()["callbacks"]["deliveries"]
            for news in delivery["messages"]
            if news["InvoiceId"] == second
        ]
        self.deliver(told)
        self.process()
        self.assertEqual(
            (request.state, request.error_code, request.mobilepay_id),
            ("unconfirmed", "10104", False),
        )
        [living] = [i for i in self.inspect()["invoices"] if i["status"] == "created"]
        self.control(f"invoices/{living['id']}/accept", phone=ANNA)
        self.deliver({**living["history"][0], "Status": "paid", "Sequence": 9})
        self.process()
        self.assertEqual((request.state, request.mobilepay_id), ("paid", first))

    # protects mobilepay_sender_unconfirmed: _continue_after_refusal / source poll
    def test_batch_that_is_refused_without_a_reason_is_found_out(self):
        request = self.send(self.invoice())
        self.forget(request)
        self.in_a_batch(request)
        self.poll(request)
        self.assertEqual((request.state, request.mobilepay_id), ("unconfirmed", False))
        self.work_queue(request)
        self.assertEqual((request.state, request.error_code), ("unconfirmed", "10104"))
        self.hear("created")
        self.assertEqual(request.state, "created")

    # the same, where MobilePay has none: the reason is known then
    def test_batch_refused_for_its_contents_says_so_in_the_end(self):
        request = self.send(self.invoice())
        self.control(f"invoices/{request.mobilepay_id}/reject", phone=ANNA)
        self.forget(request)
        sudo = request.sudo()
        sudo.payload = sudo.payload.replace(ANNA, UNKNOWN_PHONE)
        self.in_a_batch(request)
        self.poll(request)
        self.work_queue(request)
        self.assertEqual((request.state, request.error_code), ("invalid", "10101"))

    # ------------------------------------------------------------ its time is over

    def lost(self, days_overdue):
        """Return a request that MobilePay has, of which no news came."""
        with self.losing(arrives=True):
            move = self.invoice()
            self.problem(move)
        request = move.mobilepay_invoice_id
        self.work_queue(request)
        self.assertEqual(request.error_code, "10104")
        request.sudo().due_date = fields.Date.today() - timedelta(days=days_overdue)
        return request

    # protects mobilepay_sender_unconfirmed: _over / due_date
    def test_no_news_until_mobilepay_has_ended_it_it_is_expired(self):
        self.connection.transfers_fetched_to = fields.Date.today()
        early, late = self.lost(days_overdue=37), self.lost(days_overdue=38)
        self.work_queue()
        self.assertEqual((early.state, late.state), ("unconfirmed", "expired"))
        self.assertIn("expired", late.error_text)
        # it can be sent anew, under a reference of its own
        self.assertTrue(late.move_id.mobilepay_can_send)

    # protects mobilepay_sender_unconfirmed: _end / transfers_fetched_to
    def test_payments_are_heard_of_before_it_is_ended(self):
        request = self.lost(days_overdue=50)
        self.connection.transfers_fetched_to = request.due_date
        self.work_queue()
        self.assertEqual(request.state, "unconfirmed")

    # protects mobilepay_sender_unconfirmed: _over / connection_id.state
    def test_without_connection_nothing_is_ended(self):
        self.connection.transfers_fetched_to = fields.Date.today()
        request = self.lost(days_overdue=50)
        self.connection.sudo().state = "consent_lost"
        self.work_queue()
        self.assertEqual(request.state, "unconfirmed")

    # --------------------------------------------------------- a link without URL

    # protects mobilepay_poller: _ask / _replace_lost_link
    def test_link_whose_address_was_lost_is_made_anew(self):
        move = self.invoice(self.partner_b)
        with self.losing(arrives=True):
            self.problem(move)
        request = move.mobilepay_invoice_id
        self.work_queue(request)
        self.hear("created")
        self.assertEqual((request.state, request.link_url), ("created", False))
        self.poll(request)
        self.assertFalse(request.next_cancel_on, "a callback may still bring it")
        self.poll(request)
        self.env.ref("account_mobilepay.cron_cancel").method_direct_trigger()
        self.assertEqual(request.state, "canceled")
        renewed = move.mobilepay_invoice_id
        self.assertEqual(renewed.state, "created")
        self.assertTrue(renewed.link_url)
        states = sorted(i["status"] for i in self.inspect()["invoices"])
        self.assertEqual(states, ["canceled", "created"])

    # protects mobilepay_poller: _replace_lost_link / link_url
    def test_link_whose_address_is_known_is_left_alone(self):
        request = self.send(self.invoice(self.partner_b))
        for _time in range(3):
            self.poll(request)
        self.assertEqual((request.state, request.cancel_reason), ("created", False))
