"""Where MobilePay is the customer's method and no way: the e-mail goes all the same."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .sending import SendingCase

ODOO_CRON = "account.ir_cron_account_move_send"


@tagged("post_install", "-at_install")
class TestSendingWays(SendingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        method = {"invoice_sending_method": "mobilepay", "email": "anna@example.com"}
        cls.partner_a.write(method)
        cls.env.ref("base.EUR").active = True

    def unfit(self):
        """Return one invoice for each reason for which MobilePay takes it not."""
        self.connection.max_amount = 100000
        paid = self.invoice()
        self._register_payment(paid)
        return {
            "credit note": self.invoice(move_type="out_refund"),
            "paid": paid,
            "foreign": self.invoice(currency_id=self.env.ref("base.EUR").id),
            "too large": self.invoice(amount=400000),
        }

    def mails(self, move):
        """Return the e-mails with this invoice."""
        return move.message_ids.filtered(
            lambda m: m.subtype_id == self.env.ref("mail.mt_comment")
        )

    def assert_mailed(self, move):
        self.assertTrue(move.is_move_sent)
        self.assertTrue(self.mails(move))

    def many(self, moves, **values):
        return self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [Command.set(moves.ids)], **values}
        )

    def test_what_does_not_fit_is_mailed_by_odoos_automatic_sending(self):
        before = self.create_calls()
        for reason, move in self.unfit().items():
            with self.subTest(reason=reason):
                self.env["account.move.send"]._generate_and_send_invoices(move)
                self.assert_mailed(move)
        self.assertEqual(self.create_calls(), before)

    def test_without_mobilepay_all_are_mailed(self):
        away = (
            {"state": "not_connected"},
            {"state": "consent_lost"},
            {"active": False},
        )
        for values in away:
            with self.subTest(**values):
                self.connection.sudo().write({"state": "connected", "active": True})
                move = self.invoice()
                self.connection.sudo().write(values)
                self.env["account.move.send"]._generate_and_send_invoices(move)
                self.assert_mailed(move)

    def test_wizard_chooses_email_for_what_does_not_fit(self):
        for reason, move in self.unfit().items():
            with self.subTest(reason=reason):
                wizard = self.env["account.move.send.wizard"].create(
                    {"move_id": move.id}
                )
                self.assertEqual(list(wizard.sending_methods), ["email"])
                self.assertFalse(wizard.alerts)
                wizard.action_send_and_print()
                self.assert_mailed(move)

    def test_both_ways_asked_for_in_code(self):
        methods = {"sending_methods": ["mobilepay", "email"]}
        move = self.invoice(move_type="out_refund")
        Send = self.env["account.move.send"]
        Send._generate_and_send_invoices(move, **methods)
        self.assert_mailed(move)
        self.assertIn("no credit notes", self.chatter(move))
        alone = self.invoice(move_type="out_refund")
        with self.assertRaisesRegex(UserError, "no credit notes"):
            Send._generate_and_send_invoices(alone, sending_methods=["mobilepay"])

    def test_counts_are_those_of_what_happens(self):
        unfit = self.env["account.move"].union(*self.unfit().values())
        refund = self.invoice(move_type="out_refund")
        wizard = self.many(unfit + refund + self.invoice())
        summary = wizard.summary_data
        self.assertEqual(summary["mobilepay"]["count"], 1)
        self.assertEqual(summary["email"]["count"], 5)
        message = wizard.alerts["mobilepay_not_sendable"]["message"]
        self.assertRegex(message, "^5 invoices .* 2 × MobilePay takes no credit notes")
        self.assertEqual(message.count("no credit notes"), 1)

    def test_what_mobilepay_would_refuse_is_not_counted_as_sent_with_it(self):
        self.partner_b.write(
            {"invoice_sending_method": "mobilepay", "mobilepay_kind": "direct"}
        )
        wizard = self.many(self.invoice(self.partner_b) + self.invoice())
        self.assertEqual(wizard.summary_data["mobilepay"]["count"], 1)

    def test_together_with_others(self):
        unfit = self.unfit()
        sent = self.invoice()
        before = self.create_calls()
        self.many(
            self.env["account.move"].union(sent, *unfit.values())
        ).action_send_and_print()
        self.env.ref("account_mobilepay.cron_batch").method_direct_trigger()
        self.env.ref(ODOO_CRON).method_direct_trigger()
        self.assertEqual(self.create_calls(), before + 1)
        self.assertEqual(unfit["too large"].mobilepay_state, "invalid")
        for reason, move in unfit.items():
            with self.subTest(reason=reason):
                self.assert_mailed(move)
                self.assertEqual(len(self.mails(move)), 1)
                self.assertFalse(move.is_being_sent)
