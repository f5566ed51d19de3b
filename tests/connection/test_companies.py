"""Several companies: each its own merchant, and nobody in another's way."""

from unittest.mock import patch

import requests

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import BO, simulator
from ..companies import CompaniesCase


@tagged("post_install", "-at_install")
class TestCompanies(CompaniesCase):
    """Two companies with a merchant each: shared customers, separate ways."""

    def test_each_has_its_own_merchant_journal_and_issuers(self):
        ours, theirs = self.connection, self.theirs
        self.assertNotEqual(ours.merchant_id, theirs.merchant_id)
        self.assertFalse(ours.issuer_ids & theirs.issuer_ids)
        self.assertEqual(ours.journal_id.company_id, self.company)
        self.assertEqual(theirs.journal_id.company_id, self.nordlys)
        lines = [one._payment_method_line() for one in (ours, theirs)]
        accounts = [line.payment_account_id for line in lines]
        self.assertNotEqual(*accounts)
        self.assertEqual(
            [account.company_ids for account in accounts], [self.company, self.nordlys]
        )

    def test_same_number_in_two_companies_needs_no_suffix(self):
        ours, theirs = self.bill(self.company), self.bill(self.nordlys)
        self.assertEqual(ours.name, theirs.name)
        for move in (ours, theirs):
            request = self.send_in(move.company_id, move)
            self.assertEqual(request.payment_reference, move.payment_reference)

    def test_another_companys_issuer_is_passed_over(self):
        move = self.bill(self.company)
        # sudo: what the domain of the field does not offer
        move.journal_id.sudo().mobilepay_issuer_id = self.theirs.issuer_id
        request = self.send_in(self.company, move)
        self.assertEqual(request.issuer_id, self.connection.issuer_id)

    def test_a_request_is_in_the_books_of_its_invoice(self):
        # protects: request/mobilepay_invoice.py _check_company
        request = self.send_in(self.company, self.bill(self.company)).sudo()
        elsewhere = {
            "move_id": self.bill(self.company).id,
            "company_id": self.nordlys.id,
        }
        [values] = request.copy_data({**elsewhere, "payment_reference": "ELSEWHERE"})
        with self.assertRaisesRegex(UserError, "company"):
            request.create(values)
        with self.assertRaisesRegex(UserError, "company"):
            request.company_id = self.nordlys

    def test_preferences_are_the_companys(self):
        self.payer.with_company(self.nordlys).mobilepay_kind = "link"
        self.payer.with_company(self.company).mobilepay_kind = "direct"
        batches = self.send_together(self.bill(self.company) + self.bill(self.nordlys))
        kinds = {request.company_id: request.kind for request in batches.request_ids}
        self.assertEqual(kinds, {self.company: "direct", self.nordlys: "link"})

    def test_asking_for_consent_is_the_companys(self):
        self.payer.mobilepay_phone = False
        self.payer.with_company(self.nordlys).mobilepay_ask_consent = "always"
        self.connection.ask_consent = False
        ours = self.send_in(self.company, self.bill(self.company))
        theirs = self.send_in(self.nordlys, self.bill(self.nordlys))
        self.assertEqual((ours.kind, theirs.kind), ("link", "link"))
        self.assertFalse(ours.consent_wanted)
        self.assertTrue(theirs.consent_wanted)

    def test_sending_method_is_the_companys(self):
        self.payer.with_company(self.nordlys).invoice_sending_method = "email"
        self.payer.email = "bo@example.com"
        ours, theirs = self.bill(self.company), self.bill(self.nordlys)
        batches = self.send_together(ours + theirs)
        self.assertEqual(batches.move_ids, ours)
        self.assertTrue(theirs.is_being_sent, "by e-mail, Odoo's own way")
        self.assertFalse(theirs.mobilepay_invoice_ids)

    def test_limit_of_the_day_is_the_merchants(self):
        self.connection.max_per_day = 1
        for company in (self.company, self.nordlys):
            self.send_in(company, self.bill(company))
        more = self.bill(self.company) + self.bill(self.nordlys)
        states = {
            request.company_id: request.state
            for request in self.send_together(more).request_ids
        }
        self.assertEqual(states, {self.company: "invalid", self.nordlys: "sending"})

    def test_consent_is_given_to_one_company(self):
        self.payer.mobilepay_phone = False
        self.connection.ask_consent = self.theirs.ask_consent = True
        request = self.send_in(self.nordlys, self.bill(self.nordlys))
        self.run_cron("cron_consent")
        self.pay_and_grant(request)
        self.run_cron("cron_consent")
        granted = self.env["mobilepay.consent"].search([("state", "=", "granted")])
        self.assertEqual(granted.company_id, self.nordlys)
        theirs = self.send_in(self.nordlys, self.bill(self.nordlys))
        ours = self.send_in(self.company, self.bill(self.company))
        self.assertEqual((theirs.kind, ours.kind), ("direct", "link"))

    def pay_and_grant(self, request):
        pay = {"phone": BO, "action": "pay"}
        requests.post(
            request.link_url, pay, allow_redirects=False, timeout=30
        ).raise_for_status()
        consent = self.env["mobilepay.consent"].search(
            [("request_id", "=", request.id)]
        )
        page = f"{simulator().url}/phone/{BO}/consents/{consent.mobilepay_id}"
        requests.post(page, {"decision": "grant"}, timeout=30).raise_for_status()


@tagged("post_install", "-at_install")
class TestCompaniesBatch(CompaniesCase):
    """One batch wizard over two companies; one's trouble is not the other's."""

    def setUp(self):
        super().setUp()
        self.ours = self.bill(self.company) + self.bill(self.company)
        self.others = self.bill(self.nordlys) + self.bill(self.nordlys)

    def states(self, moves):
        return set(moves.mapped("mobilepay_state"))

    def test_a_call_for_each_company(self):
        batches = self.send_together(self.ours + self.others)
        self.assertEqual(batches.company_id, self.company + self.nordlys)
        self.assertEqual(self.batch_calls(), {"direct_batch": 2})
        for connection, moves in (
            (self.connection, self.ours),
            (self.theirs, self.others),
        ):
            self.assertEqual(self.at_merchant(connection), sorted(moves.mapped("name")))
            requests_ = moves.mobilepay_invoice_ids
            self.assertEqual(requests_.connection_id, connection)
            self.assertEqual(requests_.issuer_id, connection.issuer_id)
        self.hear_all()
        self.assertEqual(self.states(self.ours + self.others), {"created"})

    def test_one_whose_consent_was_taken_back(self):
        self.control(f"merchants/{self.connection.merchant_vat}/revoke")
        batches = self.send_together(self.ours + self.others)
        self.assertEqual(self.connection.state, "consent_lost")
        self.assertEqual(self.theirs.state, "connected")
        self.assertEqual(self.states(self.ours), {"queued"})
        self.assertEqual(self.states(self.others), {"sending"})
        waiting = {batch.company_id: batch.waiting_count for batch in batches}
        self.assertEqual(waiting, {self.company: 2, self.nordlys: 0})
        self.connect(self.connection)
        self.ours.mobilepay_invoice_id.sudo().next_try_on = "2020-01-01"
        self.run_cron("cron_batch")
        self.assertEqual(self.states(self.ours), {"sending"}, "goes out by itself")

    def test_one_that_is_not_reached(self):
        self.move_away(self.connection)
        self.send_together(self.ours + self.others)
        self.assertEqual(self.states(self.ours), {"queued"})
        self.assertEqual(self.states(self.others), {"sending"})

    def test_one_whose_secrets_cannot_be_read(self):
        self.lock_out(self.connection)
        self.send_together(self.ours + self.others)
        self.assertEqual(self.states(self.ours), {"queued"})
        self.assertIn("key", self.ours[0].mobilepay_error)
        self.assertEqual(self.states(self.others), {"sending"})

    def test_one_whose_connection_is_gone_meanwhile(self):
        self.press_send(self.ours + self.others)
        self.connection.action_disconnect()
        self.run_cron("cron_batch")
        self.assertEqual(self.states(self.ours), {"invalid"})
        self.assertIn("not connected", self.ours[0].mobilepay_error)
        self.assertEqual(self.states(self.others), {"sending"})

    def test_one_invoice_that_breaks_something(self):
        broken = self.ours[0]
        Sender = type(self.env["mobilepay.sender"])
        examine = Sender._examine

        def stumble(sender, connection, move, *args, **kwargs):
            if move == broken:
                raise ZeroDivisionError
            return examine(sender, connection, move, *args, **kwargs)

        log = "odoo.addons.account_mobilepay.models.sending.mobilepay_sender_batch"
        self.press_send(self.ours + self.others)
        with patch.object(Sender, "_examine", stumble), mute_logger(log):
            self.run_cron("cron_batch")
        self.assertEqual(broken.mobilepay_state, "invalid")
        self.assertIn("unexpected", broken.mobilepay_error)
        rest = self.ours[1] + self.others
        self.assertEqual(self.states(rest), {"sending"})

    def test_company_without_connection_goes_its_own_way(self):
        self.theirs.action_disconnect()
        self.theirs.action_archive()
        self.payer.email = "bo@example.com"
        batches = self.send_together(self.ours + self.others)
        self.assertEqual(batches.company_id, self.company)
        self.assertEqual(self.states(self.ours), {"sending"})
        self.assertFalse(self.others.mobilepay_invoice_ids)

    def test_two_batches_of_the_same_invoices_ask_once(self):
        first = self.press_send(self.ours)
        second = self.press_send(self.ours)
        self.run_cron("cron_batch")
        self.assertEqual(self.batch_calls(), {"direct_batch": 1})
        self.assertEqual(self.states(self.ours), {"sending"}, "no refusal on top")
        batches = self.env["mobilepay.batch"].browse(
            [first["res_id"], second["res_id"]]
        )
        self.assertEqual(batches.mapped("out_count"), [2, 0])
        self.assertEqual(batches.mapped("waiting_count"), [0, 0])

    def test_taking_back_though_another_company_is_not_reached(self):
        self.check_taking_back(self.move_away)

    def test_taking_back_though_anothers_secrets_cannot_be_read(self):
        self.check_taking_back(self.lock_out)

    def check_taking_back(self, trouble):
        """Ours is due first and waits; the other company's is taken back."""
        self.send_together(self.ours + self.others)
        self.hear_all()
        (self.ours + self.others).mobilepay_invoice_id.action_cancel()
        ours = self.ours.mobilepay_invoice_id
        ours.sudo().next_cancel_on = "2020-01-01"
        trouble(self.connection)
        self.run_cron("cron_cancel")
        self.assertEqual(self.states(self.ours), {"created"})
        self.assertTrue(all(ours.mapped("next_cancel_on")), "tried again later")
        self.assertEqual(self.states(self.others), {"canceled"})

    def test_asking_for_consent_though_another_company_is_in_trouble(self):
        self.payer.mobilepay_phone = False
        self.connection.ask_consent = self.theirs.ask_consent = True
        theirs = self.send_in(self.nordlys, self.bill(self.nordlys))
        ours = self.send_in(self.company, self.bill(self.company))
        self.lock_out(self.connection)
        self.run_cron("cron_consent")
        self.assertFalse(ours.consent_asked_on, "asked once the key is back")
        Consent = self.env["mobilepay.consent"]
        self.assertEqual(Consent.search([]).request_id, theirs)


@tagged("post_install", "-at_install")
class TestCompaniesNews(CompaniesCase):
    """Two merchants' callbacks are never mixed."""

    def setUp(self):
        super().setUp()
        self.ours = self.send_in(self.company, self.bill(self.company))
        self.others = self.send_in(self.nordlys, self.bill(self.nordlys))

    def test_both_are_paid_each_in_its_own_books(self):
        for request in (self.ours, self.others):
            self.pay(request)
        self.hear_all()
        for request, connection in (
            (self.ours, self.connection),
            (self.others, self.theirs),
        ):
            self.assertEqual(request.state, "paid")
            payment = request.payment_id
            self.assertEqual(payment.company_id, connection.company_id)
            self.assertEqual(payment.journal_id, connection.journal_id)
            self.assertEqual(request.move_id.payment_state, "paid")
            self.assertEqual(request.event_ids.company_id, connection.company_id)

    def test_news_at_the_wrong_door_change_nothing(self):
        self.pay(self.others)
        news = [self.news(self.others, "paid", 3)]
        self.assertEqual(self.knock(self.connection, self.connection, news), 204)
        self.process()
        event = self.env["mobilepay.event"].search(
            [("connection_id", "=", self.connection.id), ("status", "=", "paid")]
        )
        self.assertFalse(event.request_id)
        self.assertEqual(event.company_id, self.company)
        self.assertEqual(self.others.state, "created")
        self.assertFalse(self.env["account.payment"].search([("amount", "=", 1000)]))
        # and what was said at the wrong door does not keep it from the right one
        self.assertEqual(self.knock(self.theirs, self.theirs, news), 204)
        self.process()
        self.assertEqual(self.others.state, "paid")

    def test_anothers_key_opens_no_door(self):
        news = [self.news(self.others, "rejected", 3)]
        self.assertEqual(self.knock(self.theirs, self.connection, news), 401)
        self.assertFalse(
            self.env["mobilepay.event"].search([("source", "=", "callback")])
        )

    def test_a_namesake_at_the_other_merchant_is_not_adopted(self):
        """The same reference and amount: only the merchant tells them apart."""
        lost = self.ours
        lost.sudo().write({"state": "unconfirmed", "mobilepay_id": False, "tries": 1})
        lost.event_ids.sudo().unlink()
        self.assertEqual(lost.payment_reference, self.others.payment_reference)
        news = [self.news(self.others, "created", 1)]
        self.knock(self.connection, self.connection, news)
        self.process()
        self.assertEqual(lost.state, "unconfirmed")
        self.assertFalse(lost.mobilepay_id)

    def test_polling_goes_on_though_another_company_is_in_trouble(self):
        both = self.ours + self.others
        for trouble in (self.move_away, self.lock_out):
            with self.subTest(trouble.__name__):
                trouble(self.connection)
                both.sudo().write({"next_poll_on": "2020-01-02", "polls": 0})
                self.ours.sudo().next_poll_on = "2020-01-01"
                self.run_cron("cron_poll")
                self.assertEqual(self.others.polls, 1)
