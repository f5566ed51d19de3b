from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..common import MobilepayCommon


@tagged("post_install", "-at_install")
class TestAddressing(MobilepayCommon):
    """Which reference, which issuer, which customers."""

    def test_reference_by_invoice_number(self):
        self.connection.reference_rule = "number"
        move = self.invoice(payment_reference="RF18539007547034")
        self.assertEqual(self.send(move).payment_reference, move.name)

    def test_reference_by_payment_reference(self):
        move = self.invoice(payment_reference="RF18539007547034")
        self.assertEqual(self.send(move).payment_reference, "RF18539007547034")

    def test_finnish_reference_is_kept(self):
        move = self.invoice(payment_reference="12 34561")
        self.assertEqual(self.send(move).payment_reference, "12 34561")

    def test_reference_by_pattern(self):
        self.partner_a.ref = "K-77"
        self.connection.write(
            {"reference_rule": "pattern", "reference_pattern": "{customer} {number}"}
        )
        move = self.invoice()
        self.assertEqual(self.send(move).payment_reference, f"K-77 {move.name}")

    def test_pattern_too_long_falls_back_to_the_number(self):
        self.partner_a.ref = "a very long customer reference"
        self.connection.write(
            {"reference_rule": "pattern", "reference_pattern": "{customer} {number}"}
        )
        move = self.invoice()
        self.assertEqual(self.send(move).payment_reference, move.name)

    def test_bad_patterns_are_refused(self):
        for pattern in ("", "fixed", "{unknown}", "{number", "{number!r}", "{}"):
            with self.subTest(pattern=pattern), self.assertRaises(ValidationError):
                self.connection.write(
                    {"reference_rule": "pattern", "reference_pattern": pattern}
                )

    def test_preview_shows_the_latest_invoice(self):
        move = self.invoice()
        self.connection.reference_rule = "number"
        self.assertEqual(self.connection.reference_preview, move.name)

    def test_issuer_of_the_journal(self):
        other = self.connection.issuer_ids.filtered("enabled") - (
            self.connection.issuer_id
        )
        move = self.invoice()
        move.journal_id.mobilepay_issuer_id = other[:1]
        request = self.send(move)
        self.assertEqual(request.issuer_id, other[:1])
        self.assertIn(other[:1].mobilepay_id, request.sudo().payload)

    def test_issuer_of_each_journal_of_a_batch(self):
        # protects: sending/mobilepay_prefetch.py: _issuer
        own = self.connection.issuer_id
        other = (self.connection.issuer_ids.filtered("enabled") - own)[:1]
        journal = self.company_data["default_journal_sale"]
        second = journal.copy({"code": "INV2", "mobilepay_issuer_id": other.id})
        moves = self.invoice() + self.invoice(journal_id=second.id) + self.invoice()
        ahead = self.env["mobilepay.prefetch"]._prefetch(self.connection, moves)
        sender = self.env["mobilepay.sender"].with_context(**ahead)
        rows = [
            row
            for move in moves
            for row in sender._rows(self.connection, move, kind="link", phone="")
        ]
        issuers = [own.id, other.id, own.id]
        self.assertEqual([row["issuer_id"] for row in rows], issuers)

    def test_disabled_issuer_of_the_journal_is_passed_over(self):
        closed = self.connection.issuer_ids.filtered(lambda one: not one.enabled)
        move = self.invoice()
        move.journal_id.mobilepay_issuer_id = closed[:1]
        self.assertEqual(self.send(move).issuer_id, self.connection.issuer_id)

    def test_default_method_of_the_company(self):
        partner = self.env["res.partner"].create({"name": "New"})
        own = partner.with_company(self.company)
        self.assertFalse(own.invoice_sending_method)
        self.connection.is_default_method = True
        own.invalidate_recordset()
        self.assertEqual(own.invoice_sending_method, "mobilepay")
        self.connection.is_default_method = False
        own.invalidate_recordset()
        self.assertFalse(own.invoice_sending_method)

    def test_issuer_chosen_in_the_wizard(self):
        other = self.connection.issuer_ids.filtered("enabled") - (
            self.connection.issuer_id
        )
        request = self.send(self.invoice(), mobilepay_issuer_id=other[:1].id)
        self.assertEqual(request.issuer_id, other[:1])

    def test_consent_chosen_in_the_wizard(self):
        asked = self.send(self.invoice(self.partner_b), mobilepay_ask_consent="yes")
        self.assertTrue(asked.consent_wanted)
        self.connection.ask_consent = True
        silent = self.send(self.invoice(self.partner_b), mobilepay_ask_consent="no")
        self.assertFalse(silent.consent_wanted)
        usual = self.send(self.invoice(self.partner_b))
        self.assertTrue(usual.consent_wanted)

    def test_past_due_date_becomes_today_and_is_said(self):
        today = self.connection._today()
        move = self.invoice(
            invoice_date=today - timedelta(days=40),
            invoice_date_due=today - timedelta(days=10),
        )
        wizard = self.env["account.move.send.wizard"].create(
            {"move_id": move.id, "sending_methods": ["mobilepay"]}
        )
        self.assertIn("today as the due date", str(wizard.alerts))
        self.assertEqual(self.send(move).due_date, today)

    def test_our_pdf_is_given_to_mobilepay_only_where_wanted(self):
        self.repoint(base_url="https://odoo.example.com")
        self.assertIn("InvoiceUrl", self.send(self.invoice()).sudo().payload)
        self.connection.show_pdf_to_mobilepay = False
        self.assertNotIn("InvoiceUrl", self.send(self.invoice()).sudo().payload)
