"""Odoo's Pay in the MobilePay journal: MobilePay knows nothing of such a payment."""

from odoo.tests import Form, tagged

from ..news import NewsCase


@tagged("post_install", "-at_install")
class TestByHand(NewsCase):
    def wizard(self, move, journal):
        """Return the form of Pay with this journal chosen."""
        context = {"active_model": "account.move", "active_ids": move.ids}
        form = Form(self.env["account.payment.register"].with_context(**context))
        form.journal_id = journal
        return form

    def test_pay(self):
        move = self.invoice()
        bank = self.company_data["default_journal_bank"]
        form = self.wizard(move, self.connection.journal_id)
        self.assertIn("no transfer will bring it", form.mobilepay_by_hand)
        form.journal_id = bank
        self.assertFalse(form.mobilepay_by_hand)
        form.journal_id = self.connection.journal_id
        self.assertTrue(form.mobilepay_by_hand)
        # a warning: whoever knows better may
        self.assertTrue(form.save()._create_payments())

    def test_pay_back(self):
        credit = self.invoice(move_type="out_refund")
        form = self.wizard(credit, self.connection.journal_id)
        self.assertIn("pays nothing back", form.mobilepay_by_hand)

    def test_an_archived_connection_s_journal(self):
        self.connection.active = False
        form = self.wizard(self.invoice(), self.connection.journal_id)
        self.assertTrue(form.mobilepay_by_hand)

    def test_payments(self):
        request = self.paid()
        request.action_refresh_status()
        self.assertFalse(request.payment_id.mobilepay_by_hand)
        with Form(self.env["account.payment"]) as form:
            form.partner_id = self.partner_a
            form.amount = 10.0
            form.journal_id = self.connection.journal_id
            self.assertIn("no transfer will bring it", form.mobilepay_by_hand)
