"""Where MobilePay is the customer's method and no way: the e-mail goes all the same."""

from lxml import etree

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..sending_case import SendingCase

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


@tagged("post_install", "-at_install")
class TestAllViaMobilePay(SendingCase):
    """MobilePay for what is selected, whatever each customer's method is."""

    def setUp(self):
        super().setUp()
        self.partner_a.write({"invoice_sending_method": "manual"})

    def chosen_in_the_list(self, moves):
        """Choose *Send via MobilePay* in the list's actions; return the wizard."""
        action = self.env.ref("account_mobilepay.action_send_many")
        context = {"active_model": "account.move", "active_ids": moves.ids}
        opened = action.with_context(**context).run()
        self.assertEqual(opened["res_model"], "account.move.send.batch.wizard")
        return Form(self.env[opened["res_model"]].with_context(**opened["context"]))

    def run_batch(self):
        self.env.ref("account_mobilepay.cron_batch").method_direct_trigger()

    def test_from_the_actions(self):
        refund = self.invoice(move_type="out_refund")
        moves = self.invoice() + self.invoice()
        form = self.chosen_in_the_list(moves + refund)
        self.assertEqual(form.summary_data["mobilepay"]["count"], 2)
        self.assertEqual(form.summary_data["manual"]["count"], 1)
        alert = form.alerts["mobilepay_not_sendable"]
        self.assertRegex(alert["message"], "^One invoice .* no credit notes")
        self.assertNotIn("mobilepay_prefetch", str(alert))
        form.save().action_send_and_print()
        self.run_batch()
        self.assertEqual(moves.mapped("mobilepay_state"), ["sending"] * 2)
        self.assertFalse(refund.mobilepay_state)
        self.assertTrue(refund.is_being_sent)

    def test_offered_by_the_lists_send(self):
        moves = self.invoice() + self.invoice()
        wizard = self.env["account.move.send.batch.wizard"]
        form = Form(wizard.with_context(active_ids=moves.ids))
        self.assertNotIn("mobilepay", form.summary_data)
        form.mobilepay_chosen = True
        self.assertEqual(form.summary_data["mobilepay"]["count"], 2)
        self.assertNotIn("manual", form.summary_data)
        form.mobilepay_chosen = False
        form.save().action_send_and_print()
        self.assertFalse(moves.mobilepay_invoice_ids)
        self.assertFalse(self.env["mobilepay.batch"].search([]))

    def test_not_offered_without_a_connection(self):
        self.connection.active = False
        moves = self.invoice() + self.invoice()
        wizard = self.env["account.move.send.batch.wizard"]
        form = Form(wizard.with_context(active_ids=moves.ids))
        self.assertFalse(form.mobilepay_offered)

    def test_at_once(self):
        moves = self.invoice() + self.invoice()
        wizard = self.chosen_in_the_list(moves).save()
        wizard.action_send_and_print(force_synchronous=True)
        self.assertEqual(moves.mapped("mobilepay_state"), ["created"] * 2)

    def test_one_invoice_opens_the_wizard_of_one(self):
        move = self.invoice()
        action = move.action_mobilepay_send()
        self.assertEqual(action["res_model"], "account.move.send.wizard")

    def test_nothing_for_mobilepay_is_said(self):
        refunds = self.invoice(move_type="out_refund")
        refunds += self.invoice(move_type="out_refund")
        with self.assertRaisesRegex(UserError, "posted customer invoices"):
            refunds.action_mobilepay_send()

    def test_customers_with_email_get_it_too(self):
        self.partner_a.write(
            {"invoice_sending_method": False, "email": "anna@example.com"}
        )
        self.partner_b.invoice_sending_method = False
        form = self.chosen_in_the_list(self.invoice() + self.invoice(self.partner_b))
        counts = {way: found["count"] for way, found in form.summary_data.items()}
        self.assertEqual(counts, {"mobilepay": 2, "email": 1})
        # a link that reaches nobody is said, a missing address for the e-mail is not
        self.assertEqual(set(form.alerts), {"mobilepay_link_untold"})

    def test_accountants_set_the_method_of_one_and_of_many(self):
        biller = new_test_user(
            self.env,
            "biller",
            "base.group_user,account.group_account_invoice,base.group_partner_manager",
        )
        Partner = self.env["res.partner"].with_user(biller)
        for view, kind in (
            ("base.view_partner_form", "form"),
            ("base.view_partner_tree", "list"),
        ):
            arch = Partner.get_view(self.env.ref(view).id, kind)["arch"]
            self.assertIn('name="invoice_sending_method"', arch)
        tree = etree.fromstring(arch)
        self.assertEqual(tree.get("multi_edit"), "1")
