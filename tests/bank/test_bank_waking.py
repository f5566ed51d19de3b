"""When the matcher is called for new bank lines, and when not."""

from odoo.tests import tagged

from ...models.bank.account_bank_statement_line import FEW_LINES
from ..settling import SettlementCase


@tagged("post_install", "-at_install")
class TestBankWaking(SettlementCase):
    def called(self, text, journal=None, **values):
        """Whether a new line has the cron run, as in a transaction of its own."""
        before = self.triggers()
        journal = journal or self.bank
        self.bank_line(text, 1.0, journal_id=journal.id, **values)
        self.env.cr.precommit.data.pop("mobilepay_match", None)
        return self.triggers() > before

    def triggers(self):
        cron = self.env.ref("account_mobilepay.cron_match")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    def test_once_per_transaction(self):
        before = self.triggers()
        self.bank_line("MobilePay A", 1.0)
        self.bank_line("MobilePay B", 2.0)
        self.assertEqual(self.triggers(), before + 1)

    def test_a_journal_is_looked_at_from_when_it_is_named(self):
        # protects: connection/mobilepay_connection_lookup.py: DECIDING_FIELDS,
        # bank_journal_ids
        other = self.bank.copy({"name": "Other bank", "code": "OBNK"})
        self.assertFalse(self.called("MobilePay", other))
        self.connection.bank_journal_ids += other
        self.assertTrue(self.called("MobilePay", other))
        self.connection.bank_journal_ids -= other
        self.assertFalse(self.called("MobilePay", other))
        self.assertTrue(self.called("MobilePay", self.bank))
        self.connection.active = False
        self.assertFalse(self.called("MobilePay", self.bank))

    # ------------------------------------- protects: mobilepay_bank_clue: _is_strange

    def test_strangers_call_nobody(self):
        self.assertFalse(self.called("Husleje maj 20260501"))
        self.assertFalse(self.called("–"))
        self.assertFalse(self.called(False))

    def test_texts_that_say_nothing_hold_up_no_import(self):
        # Odoo's html2plaintext() fails on each of these; sanitized they are empty
        for narration in ("<!-- x -->", "<?x?>", "<!DOCTYPE html>", "</p>"):
            self.assertFalse(self.called("?", narration=narration))
        self.assertFalse(self.called("Æ" * 10_000))

    def test_a_transfer_calls(self):
        transfer = self.daily_transfer(800.0)
        self.assertTrue(self.called(f"Overførsel {transfer.reference.lower()}"))
        self.assertTrue(self.called("?", narration=f"<p>{transfer.reference}</p>"))

    def test_a_request_calls_before_it_is_paid(self):
        # an instant payment can be at the bank before MobilePay's news of it
        request = self.sent()
        self.assertTrue(self.called(f"Faktura {request.payment_reference}"))

    def test_what_speaks_of_mobilepay_calls(self):
        # a note says what to do where the reference is not known
        self.assertTrue(self.called("MOBILEPAY udbetaling"))

    def test_a_new_text_calls(self):
        line = self.bank_line("?", 1.0)
        before = self.triggers()
        line.payment_ref = "Husleje"
        self.assertEqual(self.triggers(), before + 1)

    def test_many_lines_call_unread(self):
        before = self.triggers()
        values = {"journal_id": self.bank.id, "payment_ref": "Husleje", "amount": 1.0}
        Line = self.env["account.bank.statement.line"]
        Line.create([values] * FEW_LINES)
        self.assertEqual(self.triggers(), before)
        Line.create([values] * (FEW_LINES + 1))
        self.assertEqual(self.triggers(), before + 1)
