"""Go-live check: each line of MobilePay's list passes, or says why it does not."""

from datetime import timedelta
from unittest.mock import patch

import requests

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.mobilepay_check_step import KEYS
from .checking import CheckCase, payer_user
from .common import ANNA, simulator

BY_HAND = {"branding": "by_hand"}
CALLS = (
    "POST /api/v1/merchants/{id}/invoices",
    "POST /api/v1/merchants/{id}/invoices/batch",
    "POST /api/v1/merchants/{id}/invoices/link",
    "POST /api/v1/merchants/{id}/invoices/link/batch",
    "PUT /api/v1/merchants/{id}/invoices/{id}/cancel",
    "POST /api/v1/directinvoiceconsents",
    "PUT /api/v1/consumers/me/invoices/{id}/accept",
    "PUT /api/v1/consumers/me/invoices/{id}/reject",
    "PUT /api/v1/consumers/me/invoices/directinvoiceconsent/{id}",
    "DELETE /api/v1/directinvoiceconsents/{id}",
    "GET /api/v1/merchants/{id}/invoices/{id}/status",
    "GET /api/v1/merchants/{id}/invoices/{id}",
    "GET /api/merchant/v1/paymentpoints",
)


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
        # models/mobilepay_connection_link.py: _listener
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
        # models/mobilepay_checker_books.py: _cancel_entries
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
        # models/mobilepay_owed.py: mobilepay_check_step_id
        self.checked()
        report = self.env["mobilepay.owed.wizard"].create({})
        self.assertFalse(report._owed_rows().search([]))
        self.assertTrue(report.agrees)

    def test_proof_holds_while_it_runs(self):
        # models/mobilepay_owed.py: o.request_id IS NOT NULL
        check = self.started()
        self.hear()
        self.process()
        self.assertTrue(check.sudo()._requests().payment_id)
        report = self.env["mobilepay.owed.wizard"].create({})
        self.assertGreater(report.owed, 0)
        self.assertTrue(report.agrees)

    def test_transfer_with_test_payments_is_not_entered(self):
        # models/mobilepay_settler_check.py: _leave_out
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


@tagged("post_install", "-at_install")
class TestCheckTrouble(CheckCase):
    """One step's trouble is said there, and the others are done all the same."""

    def test_callbacks_that_never_come(self):
        check = self.started()
        self.give_up_waiting(check)
        self.assertEqual(
            self.not_passed(check),
            {
                **BY_HAND,
                "links": "failed",
                "callback": "failed",
                "order": "failed",
                "handled": "failed",
            },
        )
        self.assertRecordValues(check, [{"state": "done", "result": "failed"}])
        said = self.words(self.step(check, "callback"))
        self.assertIn("No callback came", said)
        self.assertIn("reaches http://127.0.0.1:8069 from the internet", said)
        status = self.step(check, "status")
        self.assertNotIn("0 news were learnt", status.answer)
        self.assertIn("paid", self.step(check, "handled").answer)

    def test_one_callback_that_is_lost(self):
        self.control("faults", rules=[])
        check = self.started()
        self.control("callbacks/flush")
        news = [
            element
            for invoice in self.inspect()["invoices"]
            for element in invoice["history"]
            if element["Status"].lower() != "rejected"
        ]
        self.deliver(*news)
        check.action_continue()
        self.assertEqual(self.results(check, "handled"), {"handled": "waiting"})
        self.give_up_waiting(check)
        self.assertEqual(self.not_passed(check), {**BY_HAND, "handled": "failed"})
        answer = self.step(check, "handled").answer
        self.assertIn("rejected", answer)
        self.assertNotIn("paid", answer)

    def test_callbacks_in_any_order(self):
        check = self.started()
        self.control("callbacks/flush")
        for invoice in self.inspect()["invoices"][::-1]:
            self.deliver(*invoice["history"][::-1])
        check.action_continue()
        self.assertEqual(self.not_passed(check), BY_HAND)
        self.assertIn("0 created,", self.step(check, "order").answer)

    def test_callback_that_was_not_applied(self):
        # models/mobilepay_checker_news.py: _do_order, _handled_verdict / rejected
        check = self.started()
        self.hear()
        self.process()
        rejected = self.step(check, "handled").sudo()._request()
        self.assertEqual(rejected.state, "rejected")
        rejected.state = "created"
        check.action_continue()
        self.assertEqual(
            self.not_passed(check),
            {**BY_HAND, "handled": "failed", "order": "failed"},
        )
        self.assertIn(rejected.name, self.step(check, "order").answer)

    def test_reporting_that_fails(self):
        rule = {"kind": "status", "status": 403, "match": "GET /transaction-reporting"}
        self.control("faults", rules=[rule])
        check = self.checked()
        self.assertEqual(self.not_passed(check), {**BY_HAND, "reporting": "failed"})
        reporting = self.step(check, "reporting")
        self.assertIn("refused the credentials", reporting.answer)
        self.assertIn(reporting.calls[-1]["correlation_id"], reporting.answer)

    def test_reporting_that_is_not_there(self):
        self.repoint(custom_reporting_base=False)
        check = self.checked()
        self.assertEqual(
            self.not_passed(check), {**BY_HAND, "reporting": "not_possible"}
        )
        self.assertEqual(check.result, "passed")

    def test_reporting_that_is_out_of_reach_is_asked_three_times(self):
        # models/mobilepay_checker.py: _trouble
        rule = {"kind": "status", "status": 503, "match": "GET /transaction-reporting"}
        self.control("faults", rules=[{**rule, "retry_after": 60}])
        check = self.checked()
        self.assertEqual(self.results(check, "reporting"), {"reporting": "waiting"})
        check.action_continue()
        self.assertEqual(self.results(check, "reporting"), {"reporting": "waiting"})
        check.action_continue()
        self.assertEqual(self.not_passed(check), {**BY_HAND, "reporting": "failed"})

    def test_user_simulation_that_is_not_there(self):
        path = "PUT /invoice-restapi/api/v1/consumers"
        rule = {"kind": "status", "status": 404, "match": path}
        self.control("faults", rules=[rule])
        check = self.started()
        self.hear()
        check.action_continue()
        self.assertEqual(
            self.not_passed(check),
            {**BY_HAND, "consent": "failed", "handled": "failed"},
        )
        for key in ("consent", "handled"):
            said = self.words(self.step(check, key))
            self.assertIn("user simulation is not there", said)
            self.assertIn("user ID", said)

    def test_payer_whom_mobilepay_does_not_know(self):
        check = self.prepared(phone="+4529999999")
        check.action_start()
        self.hear()
        check.action_continue()
        self.assertEqual(
            self.not_passed(check),
            {**BY_HAND, **dict.fromkeys(("direct", "directs", "cancel"), "failed")}
            | dict.fromkeys(("consent", "handled"), "failed"),
        )
        self.assertIn("code 101", self.step(check, "direct").answer)
        self.assertEqual(self.results(check, "tidy"), {"tidy": "passed"})

    def test_block_that_is_switched_off(self):
        self.connection.show_in_email = False
        check = self.checked()
        self.assertEqual(self.not_passed(check), {**BY_HAND, "shown": "failed"})
        self.assertIn("In the E-mail", self.step(check, "shown").answer)

    def test_document_that_was_changed(self):
        # models/mobilepay_checker_shown.py: _show_on_pdf
        view = self.env.ref("account_mobilepay.report_invoice_document")
        view.active = False
        check = self.checked()
        self.assertEqual(self.not_passed(check), {**BY_HAND, "shown": "failed"})
        self.assertIn("On the Invoice PDF", self.step(check, "shown").answer)

    def test_what_nobody_thought_of_fails_its_own_step(self):
        # models/mobilepay_checker.py: _try
        checker = type(self.env["mobilepay.checker"])
        with (
            patch.object(checker, "_do_branding", side_effect=ZeroDivisionError),
            patch.object(self.env.cr, "rollback"),
            self.assertLogs("odoo.addons.account_mobilepay", "ERROR"),
        ):
            check = self.checked()
        self.assertEqual(self.not_passed(check), {"branding": "failed"})
        self.assertIn("unexpected", self.step(check, "branding").answer)

    def test_what_still_waits_after_half_an_hour_will_not_come(self):
        # models/mobilepay_checker.py: _is_too_late
        check = self.started()
        check.sudo().started_on -= timedelta(minutes=31)
        check.action_continue()
        self.assertEqual(check.state, "done")
        self.assertEqual(self.results(check, "directs"), {"directs": "failed"})
        moves = check.sudo()._moves()
        self.assertEqual(set(moves.mapped("state")), {"cancel"})

    def test_disconnected_meanwhile(self):
        # models/mobilepay_checker_books.py: _tidy_at_home
        check = self.started()
        self.assertEqual(self.results(check, "consent"), {"consent": "passed"})
        self.connection.sudo().state = "not_connected"
        check.sudo().started_on -= timedelta(minutes=31)
        check.action_continue()
        self.assertRecordValues(check, [{"state": "done", "result": "failed"}])
        tidy = self.step(check, "tidy")
        self.assertEqual(tidy.state, "failed")
        self.assertIn("Connect first", tidy.answer)
        moves = check.sudo()._moves()
        self.assertEqual(set(moves.mapped("state")), {"cancel"})

    def test_another_process_has_it(self):
        # models/mobilepay_checker.py: _take
        check = self.started()
        check.sudo().busy_until = fields.Datetime.now() + timedelta(minutes=1)
        before = self.inspect()["requests"]
        with self.assertRaisesRegex(UserError, "continued at this moment"):
            check.action_continue()
        after = self.inspect()["requests"]
        self.assertEqual(
            {key: value for key, value in after.items() if "/control/" not in key},
            {key: value for key, value in before.items() if "/control/" not in key},
        )


@tagged("post_install", "-at_install")
class TestCheckRefused(CheckCase):
    """What a check is not begun with."""

    def in_production(self, **values):
        self.connection.sudo().state = "not_connected"
        self.connection.write(values)
        self.connection.sudo().state = "connected"

    def test_production_is_refused(self):
        # models/mobilepay_connection_check.py: _check_checkable
        check = self.prepared()
        for values in (
            {"environment": "production_dk"},
            {
                "environment": "custom",
                "custom_api_base": "https://api.mobilepay.dk/invoice-restapi",
            },
        ):
            with self.subTest(**values):
                self.in_production(**values)
                self.assertTrue(self.connection.is_production)
                for press in (self.connection.action_check, check.action_start):
                    with self.assertRaisesRegex(UserError, "sandbox only"):
                        press()
                with (
                    self.assertRaisesRegex(UserError, "sandbox only"),
                    self.connection._payer_api(check),
                ):
                    self.fail("nobody plays a real payer")
        self.assertFalse(check.sudo()._moves())

    def test_not_connected(self):
        self.connection.sudo().state = "not_connected"
        with self.assertRaisesRegex(UserError, "Connect first"):
            self.connection.action_check()

    def test_payer_who_is_none(self):
        for phone, user, words in (
            ("12", payer_user(), "phone number of the test user"),
            (ANNA, "Anna", "test user's ID"),
        ):
            with self.subTest(phone=phone, user=user):
                check = self.prepared(phone, user)
                with self.assertRaisesRegex(UserError, words):
                    check.action_start()
                self.assertEqual(check.state, "draft")

    def test_account_that_is_missing(self):
        check = self.prepared()
        self.connection.other_account_id = False
        with self.assertRaisesRegex(UserError, "To Be Explained"):
            check.action_start()

    def test_started_once(self):
        check = self.started()
        with self.assertRaisesRegex(UserError, "started already"):
            check.action_start()

    def test_results_are_nobodys_to_write(self):
        check = self.prepared()
        manager = self.env.user
        own = check.with_user(manager)
        with self.assertRaises(AccessError):
            own.write({"result": "passed"})
        own.action_start()
        with self.assertRaises(AccessError):
            own.write({"payer_phone": ANNA})


@tagged("post_install", "-at_install")
class TestCheckReport(CheckCase):
    def test_report_has_each_step_and_every_correlation_id(self):
        check = self.checked()
        page = self.page(check)
        labels = dict(check.step_ids._fields["key"].selection)
        for step in check.step_ids:
            with self.subTest(step=step.key):
                self.assertIn(labels[step.key].replace("'", "&#39;"), page)
                for call in step.calls or []:
                    self.assertIn(call["correlation_id"], page)
                    self.assertIn(call["moment"], page)
        self.assertIn("UTC", page)
        for known in ("demo-client", "demo-ibm-id", MASKED, check.company_id.name):
            self.assertIn(known, page)

    def test_report_tells_no_secret_and_no_number(self):
        check = self.checked()
        page = self.page(check) + "".join(check.step_ids.mapped("call_text"))
        url = f"{simulator().url}/control/secrets"
        passed_by = requests.get(url, timeout=60).json()
        secrets = [one for some in passed_by.values() for one in some]
        self.assertTrue(secrets)
        Secret = self.env["mobilepay.secret"].sudo()
        for purpose in ("client", "gateway", "callback"):
            secrets.append(Secret._get(self.connection, purpose))
        secrets += [self.connection.sudo().callback_path, check.payer_user]
        for secret in filter(None, secrets):
            self.assertNotIn(secret, page)
        for number in (ANNA, ANNA[3:], "11 11 11 01"):
            self.assertNotIn(number, page)

    def test_pdf(self):
        check = self.checked()
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        with self.allow_pdf_render():
            content, kind = report._render_qweb_pdf(
                "account_mobilepay.report_check", check.ids
            )
        self.assertEqual(kind, "pdf")
        self.assertEqual(content[:4], b"%PDF")

    def test_payer_is_erased_with_the_rest(self):
        # models/mobilepay_eraser.py: _erase_checks
        check = self.checked()
        self.connection.keep_days = 30
        erase = self.env.ref("account_mobilepay.cron_erase")
        erase.method_direct_trigger()
        self.assertTrue(check.payer_phone)
        check.sudo().ended_on -= timedelta(days=31)
        erase.method_direct_trigger()
        self.assertFalse(check.payer_phone or check.payer_user or check.payer_card)
        self.assertEqual(check.result, "passed")


MASKED = "+45••••••01"
