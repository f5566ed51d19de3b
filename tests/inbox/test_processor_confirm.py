from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models.inbox.mobilepay_event import MAX_DOUBTS
from ..common import ANNA, simulator
from ..interceptor import Interceptor
from ..news import NewsCase


@tagged("post_install", "-at_install")
class TestProcessorConfirm(NewsCase):
    """``paid`` is believed when MobilePay itself says so; unknown ids are asked for."""

    def later(self, *events):
        """Let the pauses of these events be over, and process."""
        for event in events:
            event.sudo().next_try_on = "2020-01-01 00:00:00"
        self.process()

    # -------------------------------------------------------------------- paid

    def test_paid_is_confirmed_then_booked(self):
        request = self.paid()
        before = self.gets()
        self.tell(self.news(request, "paid", 2))
        event = self.events(request, status="paid")
        [invoice] = self.inspect()["invoices"]
        self.assertTrue(event.confirmed)
        self.assertEqual(event.state, "done")
        self.assertEqual(request.transaction_id, invoice["transaction_id"])
        self.assertEqual(request.paid_amount, 1000)
        self.assertEqual(self.gets(), before + 1)

    def test_forged_paid_books_nothing(self):
        # protects: inbox/mobilepay_confirmer.py: _note / answer.status
        request = self.sent()
        self.tell(self.news(request, "paid", 2))
        event = self.events(request, status="paid")
        self.assertEqual((event.state, event.doubts), ("new", 1))
        self.assertIn("does not confirm", event.reason)
        self.assertEqual(request.state, "created")
        self.assertFalse(self.payments(request))

    def test_paid_is_not_taken_in_before_it_is_confirmed(self):
        # protects: inbox/mobilepay_processor.py: _applicable / confirmed
        request = self.sent()
        self.deliver(self.news(request, "paid", 2))
        # as after an answer to another call, which asks nothing
        self.env["mobilepay.processor"].sudo()._process_answer(request)
        self.assertEqual(request.state, "created")
        self.assertEqual(self.events(request, status="paid").state, "new")
        self.assertFalse(self.payments(request))

    def test_forged_paid_is_set_aside_in_the_end_and_a_person_told(self):
        request = self.sent()
        self.tell(self.news(request, "paid", 2))
        event = self.events(request, status="paid")
        for _time in range(MAX_DOUBTS - 1):
            self.assertFalse(self.help_calls(request.move_id))
            self.later(event)
        self.assertEqual(event.state, "bad")
        self.assertEqual(request.state, "created")
        self.assertEqual(len(self.help_calls(request.move_id)), 1)
        asked = self.gets()
        self.later(event)
        self.assertEqual(self.gets(), asked)

    def test_truth_that_comes_late_is_confirmed(self):
        request = self.sent()
        self.tell(self.news(request, "paid", 2))
        self.pay(request)
        self.later(self.events(request, status="paid"))
        self.assertEqual(request.state, "paid")
        self.assertEqual(request.move_id.payment_state, "paid")

    def test_paid_after_a_forged_one_was_set_aside(self):
        request = self.sent()
        self.tell(self.news(request, "paid", 2))
        forged = self.events(request, status="paid")
        forged.sudo()._set_aside("bad", "forged")
        self.pay(request)
        request.action_refresh_status()
        self.assertEqual(request.state, "paid")
        self.assertEqual(len(self.payments(request)), 1)

    def test_poll_that_was_doubted_is_taken_up_by_the_next(self):
        request = self.paid()
        with Interceptor(simulator().url) as between:
            between.change(request.mobilepay_id, _not_paid)
            self.repoint(custom_api_base=f"{between.url}/invoice-restapi")
            request.action_refresh_status()
        poll = self.events(request, status="paid")
        poll.sudo()._set_aside("bad", "doubted")
        self.repoint(custom_api_base=f"{simulator().url}/invoice-restapi")
        request.action_refresh_status()
        self.assertEqual((poll.state, request.state), ("done", "paid"))

    def test_unreachable_mobilepay_is_asked_later(self):
        request = self.paid()
        self.repoint(custom_api_base="http://127.0.0.1:9/invoice-restapi")
        self.tell(self.news(request, "paid", 2))
        event = self.events(request, status="paid")
        self.assertEqual((event.state, event.tries, event.doubts), ("new", 1, 0))
        self.assertIn("cannot be reached", event.reason)
        self.assertEqual(request.state, "created")
        self.repoint(custom_api_base=f"{simulator().url}/invoice-restapi")
        self.process()
        self.assertEqual(request.state, "created", "the pause is not over")
        self.later(event)
        self.assertEqual(request.state, "paid")

    def test_a_long_outage_is_no_doubt(self):
        request = self.sent()
        self.deliver(self.news(request, "paid", 2))
        event = self.events(request, status="paid")
        event.sudo().tries = 5 * MAX_DOUBTS
        self.later(event)
        self.assertEqual((event.state, event.doubts), ("new", 1))
        self.assertFalse(self.help_calls(request.move_id))

    def test_secrets_that_cannot_be_read_stop_nothing_else(self):
        request = self.paid()
        other = self.sent()
        self.env["mobilepay.secret"].sudo().search(
            [("purpose", "=", "gateway")]
        ).ciphertext = "gibberish"
        self.tell(self.news(request, "paid", 2), self.news(other, "rejected", 1))
        self.assertIn("cannot be read", self.events(request, status="paid").reason)
        self.assertEqual(other.state, "rejected")

    def test_amount_is_what_mobilepay_confirms(self):
        request = self.paid()
        with Interceptor(simulator().url) as between:
            between.change(request.mobilepay_id, _another_amount)
            self.repoint(custom_api_base=f"{between.url}/invoice-restapi")
            self.tell(self.news(request, "paid", 2))
        self.assertEqual(request.payment_id.amount, 900)
        self.assertEqual(request.move_id.amount_residual, 100)

    def test_confirmed_again_it_is_not_asked_again(self):
        request = self.paid()
        self.tell(self.news(request, "paid", 2))
        asked = self.gets()
        self.tell(self.news(request, "paid", 8))
        self.assertEqual(self.gets(), asked)
        self.assertEqual(self.events(request, sequence=8).state, "stale")
        self.assertEqual(len(self.payments(request)), 1)

    # ------------------------------------------------------------- unknown ids

    def test_unknown_id_is_asked_for_again_then_kept_as_orphan(self):
        request = self.sent()
        element = self.unknown("paid")
        self.tell(element)
        event = self.events(mobilepay_id=element["InvoiceId"])
        self.assertEqual((event.state, event.doubts), ("new", 1))
        for _time in range(MAX_DOUBTS):
            self.later(event)
        self.assertEqual(event.state, "orphan")
        self.assertFalse(
            self.env["account.payment"].search([("mobilepay_invoice_id", "!=", False)])
        )
        self.assertEqual(request.state, "created")

    def test_invoice_of_another_system_is_an_orphan_at_once(self):
        request = self.sent()
        foreign = self._forget(request)
        self.tell(*foreign["history"])
        event = self.events(mobilepay_id=foreign["id"], source="callback")
        self.assertEqual(event.state, "orphan")
        self.assertIn("No request of this company", event.reason)
        asked = self.gets()
        more = {**foreign["history"][0], "Status": "accepted", "Sequence": 9}
        self.tell(more)
        self.assertEqual(self.events(state="orphan").mapped("sequence"), [0, 9])
        self.assertEqual(self.gets(), asked, "it was asked for before")

    def _forget(self, request):
        """Let ``request`` be of another system; return what MobilePay has."""
        [invoice] = self.inspect()["invoices"]
        request.sudo().write({"mobilepay_id": False, "state": "rejected"})
        return invoice

    def _await(self, request, **values):
        """Let ``request`` wait for its answer again; return what MobilePay has."""
        [invoice] = [
            invoice
            for invoice in self.inspect()["invoices"]
            if invoice["id"] == request.mobilepay_id
        ]
        request.sudo().write({"mobilepay_id": False, "state": "unconfirmed", **values})
        return invoice

    def test_unconfirmed_request_is_adopted_by_its_reference(self):
        request = self.sent()
        invoice = self._await(request)
        self.control(f"invoices/{invoice['id']}/accept", phone=ANNA)
        [invoice] = self.inspect()["invoices"]
        self.tell(*reversed(invoice["history"]))
        self.assertEqual(request.mobilepay_id, invoice["id"])
        self.assertFalse(self.events(state="orphan"), "all its news are adopted")
        self.assertEqual(request.state, "paid")
        self.assertEqual(request.move_id.payment_state, "paid")

    def test_news_that_could_not_be_linked_in_time_are_not_unknown(self):
        # protects: inbox/mobilepay_processor.py: _adopt / _is_known
        request = self.sent()
        self.assertEqual(self.deliver(self.news(request, "accepted", 2)), 204)
        event = self.events(source="callback")
        self.assertFalse(event.request_id)
        # other runs were faster in linking, again and again
        self.env["mobilepay.processor"].sudo()._adopt_some()
        self.assertEqual((event.state, event.request_id), ("new", request))
        self.assertFalse(event.reason)
        self.process()
        self.assertEqual(request.state, "accepted")

    def test_news_of_what_a_settlement_told_first_are_not_of_a_refused_one(self):
        # protects: inbox/mobilepay_processor.py: _namesake / AWAITING_STATES
        request = self.paid()
        # it was refused, corrected, and sent again under the same reference
        refused = request.sudo().copy({"state": "invalid", "tries": 1})
        self.assertEqual(refused.payment_reference, request.payment_reference)
        invoice = self._await(request)
        self.env["mobilepay.event"].sudo()._note_settled(
            request,
            transaction_id=invoice["transaction_id"],
            amount=1000,
            happened_on=fields.Datetime.now(),
            raw="{}",
        )
        self.process()
        self.assertEqual((request.state, request.mobilepay_id), ("paid", False))
        self.tell(*invoice["history"])
        self.assertEqual(request.mobilepay_id, invoice["id"])
        self.assertEqual((refused.state, refused.mobilepay_id), ("invalid", False))
        told = self.events(request, source="callback")
        self.assertEqual(set(told.mapped("state")), {"stale"})

    def test_refused_one_that_lives_on_beside_the_next(self):
        # protects: inbox/mobilepay_processor.py: _values / reference_shared
        for fate, state in (("accept", "paid"), ("reject", "rejected")):
            with self.subTest(fate):
                request = self.sent()
                told = request.mobilepay_id
                request.sudo().write({"state": "invalid", "superseded": True})
                request.flush_recordset()
                # corrected, and sent again under the reference that seemed free
                again = request.sudo().copy({"state": "created", "tries": 1})
                self.assertEqual(again.payment_reference, request.payment_reference)
                self.control(f"invoices/{told}/{fate}", phone=ANNA)
                [invoice] = [
                    one for one in self.inspect()["invoices"] if one["id"] == told
                ]
                self.tell(*invoice["history"])
                self.assertEqual(request.state, state)
                self.assertFalse(self.events(request, state="new"))
                self.assertEqual(len(self.payments(request)), state == "paid")
                self.assertEqual(again.state, "created")

    def test_right_one_of_several_is_adopted(self):
        first, second = self.sent(), self.send(self.invoice(amount=1))
        ours = self._await(first)
        self._await(second)
        self.tell(*ours["history"])
        self.assertEqual(first.mobilepay_id, ours["id"])
        self.assertFalse(second.mobilepay_id)

    def test_same_reference_with_another_amount_is_not_ours(self):
        request = self.sent()
        invoice = self._await(request, amount=77)
        self.tell(*invoice["history"])
        self.assertFalse(request.mobilepay_id)
        self.assertEqual(self.events(source="callback").state, "orphan")

    def test_never_sent_is_never_adopted(self):
        request = self.sent()
        invoice = self._await(request, state="queued", tries=0)
        self.tell(*invoice["history"])
        self.assertFalse(request.mobilepay_id)

    def test_news_of_another_company_stay_there(self):
        """The same InvoiceId at two connections is two things."""
        request = self.sent()
        other_company = self.env["res.company"].create({"name": "Other"})
        other = (
            self.env["mobilepay.connection"]
            .sudo()
            .create(self.connection_values(company_id=other_company.id))
        )
        news = self.env["mobilepay.event"].sudo()
        news.create(
            {
                "connection_id": other.id,
                "company_id": other_company.id,
                "mobilepay_id": request.mobilepay_id,
                "source": "callback",
                "status": "rejected",
                "sequence": 5,
                "next_try_on": "2020-01-01",
            }
        )
        self.process()
        self.assertEqual(request.state, "created")

    # ------------------------------------------------------- trouble in one place

    def test_one_request_that_cannot_be_applied_stops_no_other(self):
        bad, good = self.sent(), self.sent()
        # as data can be after a hand at the database: a state nobody knows
        self.deliver(self.news(bad, "accepted", 1), self.news(good, "accepted", 1))
        self.env.cr.execute(
            "UPDATE mobilepay_event SET status = 'lost'"
            " WHERE mobilepay_id = %s AND sequence = 1",
            [bad.mobilepay_id],
        )
        self.env["mobilepay.event"].invalidate_model()
        with self.assertLogs("odoo.addons.account_mobilepay", "ERROR"):
            self.process()
        self.assertEqual((bad.state, good.state), ("created", "accepted"))
        event = self.events(bad, sequence=1)
        self.assertEqual((event.state, event.tries), ("new", 1))
        self.assertIn("unexpected", event.reason)

    def test_one_event_that_breaks_the_question_stops_no_other(self):
        bad, good = self.paid(), self.paid()
        self.deliver(self.news(bad, "paid", 3), self.news(good, "paid", 3))
        # as data can be after a hand at the database: no GUID
        self.env.cr.execute(
            "UPDATE mobilepay_event SET mobilepay_id = 'lost' WHERE mobilepay_id = %s"
            " AND sequence = 3",
            [bad.mobilepay_id],
        )
        self.env["mobilepay.event"].invalidate_model()
        with self.assertLogs("odoo.addons.account_mobilepay", "ERROR"):
            self.process()
        self.assertEqual((bad.state, good.state), ("created", "paid"))
        self.assertIn("unexpected", self.events(mobilepay_id="lost").reason)

    def test_refresh_button_tells_the_trouble(self):
        request = self.sent()
        self.repoint(custom_api_base="http://127.0.0.1:9/invoice-restapi")
        with self.assertRaisesRegex(UserError, "cannot be reached"):
            request.action_refresh_status()


def _not_paid(status, data):
    return status, {**data, "Status": "Created"}


def _another_amount(status, data):
    return status, {**data, "TotalAmount": 900.0}
