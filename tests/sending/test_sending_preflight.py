from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import UNKNOWN_PHONE
from ..sending_case import SendingCase


@tagged("post_install", "-at_install")
class TestSendingPreflight(SendingCase):
    """What cannot go out is said before anything leaves, without any call."""

    def setUp(self):
        super().setUp()
        self.calls_before = self.calls()

    def assert_blocked(self, move, words, **choices):
        """The wizard shows ``words``, blocks, and MobilePay never hears of it."""
        self.assertRegex(self.alert(move, **choices), words)
        with self.assertRaisesRegex(UserError, words):
            self.send(move, **choices)
        self.assertEqual(self.calls(), self.calls_before)

    def test_a_good_invoice_has_no_alert_and_makes_no_call(self):
        wizard = self.wizard(self.invoice())
        wizard.mobilepay_phone = "+4511111102"
        wizard.mobilepay_kind = "link"
        self.assertNotIn("mobilepay_not_sendable", wizard.alerts or {})
        self.assertEqual(self.calls(), self.calls_before)

    def test_not_connected(self):
        self.connection.sudo().state = "not_connected"
        self.assert_blocked(self.invoice(), "not connected to MobilePay")

    def test_consent_lost(self):
        self.connection.sudo().state = "consent_lost"
        self.assert_blocked(self.invoice(), "must connect again")

    def test_company_without_connection(self):
        self.connection.active = False
        self.assertIn("no MobilePay connection", self.alert(self.invoice()))
        self.assertEqual(self.calls(), self.calls_before)

    def test_no_enabled_issuer(self):
        self.connection.issuer_ids.sudo().status = "disabled"
        self.assert_blocked(self.invoice(), "No enabled issuer")

    def test_credit_note(self):
        self.assert_blocked(self.invoice(move_type="out_refund"), "no credit notes")

    def test_paid_invoice(self):
        move = self.invoice()
        self._register_payment(move)
        self.assert_blocked(move, "not paid")

    def test_draft_invoice(self):
        move = self.invoice()
        move.button_draft()
        [problem] = (
            self.env["mobilepay.sender"]
            .sudo()
            ._preview(self.connection, move, {"kind": "link", "phone": ""})
        )
        self.assertIn("posted customer invoices", problem)
        self.assertEqual(self.calls(), self.calls_before)

    def test_another_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.assert_blocked(self.invoice(currency_id=euro.id), "DKK only")

    def test_open_request(self):
        move = self.invoice()
        self.send(move)
        self.calls_before = self.calls()
        self.assert_blocked(move, "open MobilePay request")

    def test_direct_without_a_number(self):
        self.assert_blocked(
            self.invoice(self.partner_b), "no phone number", mobilepay_kind="direct"
        )

    def test_direct_with_what_is_no_number(self):
        for typed in ("12 34", "+49 1512 3456789", "kontoret", "+358 40 1111101"):
            self.assert_blocked(
                self.invoice(),
                "no Danish or Finnish mobile number",
                mobilepay_kind="direct",
                mobilepay_phone=typed,
            )
        self.assertNotIn("kontoret", self.partner_a.mobilepay_phone)

    def test_amount_above_the_limit(self):
        self.connection.max_amount = 999.99
        self.assert_blocked(self.invoice(), "above MobilePay's limit")

    def test_nothing_left_to_pay(self):
        move = self.invoice(amount=0)
        self.assertIn("not paid", self.alert(move))
        self.assertEqual(self.calls(), self.calls_before)

    def test_due_date_too_far(self):
        move = self.invoice(
            invoice_date_due=fields.Date.today() + timedelta(days=402),
            invoice_payment_term_id=False,
        )
        self.assert_blocked(move, "too far away")

    def test_invoice_of_the_future(self):
        move = self.invoice(invoice_date=fields.Date.today() + timedelta(days=3))
        self.assert_blocked(move, "in the future")

    def test_several_problems_are_all_named(self):
        self.connection.max_amount = 1
        text = self.alert(
            self.invoice(self.partner_b, payment_reference="R1"),
            mobilepay_kind="direct",
        )
        self.assertIn("no phone number", text)
        self.assertIn("above MobilePay's limit", text)

    def test_of_many_the_unsendable_are_a_warning(self):
        good, paid = self.invoice(), self.invoice()
        self._register_payment(paid)
        data = {move: {"sending_methods": {"mobilepay"}} for move in good + paid}
        alerts = self.env["account.move.send"]._mobilepay_alerts_of_many(
            good + paid, data
        )
        alert = alerts["mobilepay_not_sendable"]
        self.assertEqual(alert["level"], "warning")
        self.assertIn("One invoice cannot", alert["message"])
        self.assertIn("that are not paid", alert["message"])
        self.assertEqual(alert["action_text"], "View Invoice")
        self.assertEqual(alert["action"]["res_id"], paid.id)

    def test_several_unsendable_are_counted(self):
        moves = self.invoice() + self.invoice()
        self._register_payment(moves[0])
        self._register_payment(moves[1])
        data = {move: {"sending_methods": {"mobilepay"}} for move in moves}
        alerts = self.env["account.move.send"]._mobilepay_alerts_of_many(moves, data)
        alert = alerts["mobilepay_not_sendable"]
        self.assertIn("2 invoices cannot", alert["message"])
        self.assertEqual(alert["action_text"], "View Invoices")

    def said_of_refused(self, *lines):
        """Return the batch alert's message where invoices have these problems."""
        problems = {self.invoice().id: line for line in lines}
        return self.env["account.move.send"]._mobilepay_not_sendable(problems)[
            "message"
        ]

    def test_each_reason_is_said_once(self):
        message = self.said_of_refused("Bad.\nWorse.", "Bad.", "Worse.")
        self.assertTrue(message.endswith("MobilePay. 2 × Bad. 1 × Worse."), message)

    def test_of_many_reasons_three_are_said(self):
        message = self.said_of_refused("One.", "Two.", "Three.", "Four.")
        said = "MobilePay. 1 × One. 1 × Two. 1 × Three. …"
        self.assertTrue(message.endswith(said), message)

    def test_what_only_mobilepay_knows_is_no_alert(self):
        self.assertFalse(self.alert(self.invoice(), mobilepay_phone=UNKNOWN_PHONE))
