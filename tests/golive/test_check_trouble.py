"""Go-live check: what goes wrong fails its own step, and no other."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..checking import BY_HAND, CheckCase


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
        # models/golive/mobilepay_checker_news.py: _do_order, _handled_verdict /
        # rejected
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
        # models/golive/mobilepay_checker.py: _trouble
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
        # models/golive/mobilepay_checker_shown.py: _show_on_pdf
        view = self.env.ref("account_mobilepay.report_invoice_document")
        view.active = False
        check = self.checked()
        self.assertEqual(self.not_passed(check), {**BY_HAND, "shown": "failed"})
        self.assertIn("On the Invoice PDF", self.step(check, "shown").answer)

    def test_what_nobody_thought_of_fails_its_own_step(self):
        # models/golive/mobilepay_checker.py: _try
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
        # models/golive/mobilepay_checker.py: _is_too_late
        check = self.started()
        check.sudo().started_on -= timedelta(minutes=31)
        check.action_continue()
        self.assertEqual(check.state, "done")
        self.assertEqual(self.results(check, "directs"), {"directs": "failed"})
        moves = check.sudo()._moves()
        self.assertEqual(set(moves.mapped("state")), {"cancel"})

    def test_disconnected_meanwhile(self):
        # models/golive/mobilepay_checker_books.py: _tidy_at_home
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
        # models/golive/mobilepay_checker.py: _claim
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
