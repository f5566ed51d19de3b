from unittest.mock import ANY

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import format_date

from ..common import ANNA, BO, CLARA, UNKNOWN_PHONE
from ..sending_case import SendingCase


@tagged("post_install", "-at_install")
class TestSending(SendingCase):
    """From the button to MobilePay: kind, number, and what stays in Odoo."""

    def test_button_opens_the_send_wizard_with_mobilepay_chosen(self):
        move = self.invoice()
        action = move.action_mobilepay_send()
        self.assertEqual(action["res_model"], "account.move.send.wizard")
        wizard = (
            self.env[action["res_model"]]
            .with_context(**action["context"])
            .create({"move_id": move.id})
        )
        self.assertEqual(wizard.sending_methods, ["mobilepay"])
        self.assertNotIn("mobilepay_not_sendable", wizard.alerts or {})
        wizard.action_send_and_print()
        self.assertEqual(move.mobilepay_state, "created")
        self.assertEqual(self.create_calls(), 1)

    def test_button_says_what_it_takes(self):
        move = self.invoice()
        move.button_draft()
        with self.assertRaisesRegex(UserError, "posted customer invoices"):
            move.action_mobilepay_send()

    def test_wizard_without_the_button_does_the_same(self):
        first, second = self.invoice(), self.invoice()
        self.send(first)
        with Form(
            self.env["account.move.send.wizard"].with_context(
                active_model="account.move", active_ids=second.ids
            )
        ) as form:
            form.sending_method_checkboxes = {
                "mobilepay": {"checked": True, "label": "with MobilePay"}
            }
        form.record.action_send_and_print()
        bodies = [invoice["values"] for invoice in self.inspect()["invoices"]]
        self.assertEqual(len(bodies), 2)
        own = dict.fromkeys(["InvoiceNumber", "PaymentReference"], ANY)
        self.assertEqual({**bodies[0], **own}, {**bodies[1], **own})

    def test_customer_with_mobilepay_as_sending_method(self):
        self.partner_a.with_company(self.company).invoice_sending_method = "mobilepay"
        move = self.invoice()
        wizard = self.env["account.move.send.wizard"].create({"move_id": move.id})
        self.assertEqual(wizard.sending_methods, ["mobilepay"])

    # ---------------------------------------------------------------- the kind

    def test_direct_with_a_number(self):
        request = self.send(self.invoice())
        self.assertEqual((request.kind, request.phone), ("direct", ANNA))
        self.assertEqual(request.state, "created")
        self.assertFalse(request.link_url)
        self.assertEqual(self.inspect()["create_calls"]["direct"], 1)

    def test_link_without_a_number(self):
        move = self.invoice(self.partner_b)
        request = self.send(move)
        self.assertEqual((request.kind, request.phone), ("link", False))
        self.assertIn("/pay/", request.link_url)
        self.assertEqual(move.mobilepay_link_url, request.link_url)
        self.assertEqual(self.inspect()["create_calls"]["link"], 1)

    def test_number_that_nobody_confirmed_fills_the_landing_page_only(self):
        self.partner_b.phone = BO
        request = self.send(self.invoice(self.partner_b))
        self.assertEqual((request.kind, request.phone), ("link", BO))

    def test_link_by_choice_keeps_the_number(self):
        request = self.send(self.invoice(), mobilepay_kind="link")
        self.assertEqual((request.kind, request.phone), ("link", ANNA))

    def test_foreign_number_becomes_a_link_and_a_warning(self):
        self.partner_a.mobilepay_phone = "+49 1512 3456789"
        move = self.invoice()
        alerts = self.wizard(move).alerts
        self.assertEqual(alerts["mobilepay_number_unused"]["level"], "warning")
        request = self.send(move)
        self.assertEqual((request.kind, request.phone), ("link", False))

    def test_typed_number_is_used_and_remembered(self):
        request = self.send(self.invoice(self.partner_b), mobilepay_phone="11 11 11 02")
        self.assertEqual((request.kind, request.phone), ("direct", BO))
        self.assertEqual(self.partner_b.mobilepay_phone, "11 11 11 02")
        self.assertFalse(self.partner_b.phone)

    def test_a_number_written_in_another_way_is_the_same(self):
        """Nobody has said that MobilePay is behind it: no MobilePay phone is kept."""
        # protects: account_move_send_wizard.py _update_preferred_settings
        payer = self.partner_a
        payer.write({"mobilepay_phone": False, "phone": "11 11 11 01"})
        wizard = self.wizard(self.invoice(), mobilepay_phone="+45 11111101")
        wizard.action_send_and_print()
        self.assertFalse(payer.mobilepay_phone)

    def test_number_taken_out_in_the_wizard_is_a_link(self):
        request = self.send(self.invoice(), mobilepay_phone="")
        self.assertEqual((request.kind, request.phone), ("link", False))

    def test_mobilepay_number_of_the_customer_goes_before_the_phone(self):
        self.partner_a.mobilepay_phone = CLARA
        self.assertEqual(self.send(self.invoice()).phone, CLARA)

    def test_contact_without_a_number_has_its_companys(self):
        contact = self.env["res.partner"].create(
            {"name": "Bogholderi", "parent_id": self.partner_a.id, "type": "invoice"}
        )
        self.assertEqual(self.send(self.invoice(contact)).phone, ANNA)

    # ---------------------------------------------------------------- what stays

    def test_what_was_sent_is_kept_to_the_letter(self):
        request = self.send(self.invoice())
        [invoice] = self.inspect()["invoices"]
        self.assertEqual(invoice["id"], request.mobilepay_id)
        self.assertEqual(
            invoice["values"]["PaymentReference"], request.payment_reference
        )
        self.assertIn(f'"{request.payment_reference}"', request.sudo().payload)
        self.assertTrue(request.sent_on and request.correlation_id)
        self.assertEqual(request.tries, 1)

    def test_each_step_stands_in_the_chatter(self):
        move = self.invoice()
        request = self.send(move)
        self.assertIn("It waits in the payer's app", self.chatter(move))
        self.deliver(self.news(request, "accepted", 1, PaymentDate="2026-05-02"))
        self.process()
        day = format_date(self.env, "2026-05-02")
        self.assertIn(f"The payer pays on {day}", self.chatter(move))

    def test_smart_button_leads_to_the_request(self):
        move = self.invoice()
        request = self.send(move)
        action = move.action_mobilepay_open()
        self.assertEqual(action["res_id"], request.id)
        self.assertEqual(request.action_open_move()["res_id"], move.id)

    def test_list_finds_invoices_by_the_latest_request(self):
        sent, unsent = self.invoice(), self.invoice()
        request = self.send(sent)
        Move = self.env["account.move"]
        both = [("id", "in", (sent + unsent).ids)]
        waiting = Move.search([*both, ("mobilepay_state", "=", "created")])
        self.assertEqual(waiting, sent)
        none = Move.search([*both, ("mobilepay_state", "=", False)])
        self.assertEqual(none, unsent)
        self.deliver(self.news(request, "rejected", 2))
        self.process()
        self.send(sent)
        found = Move.search([*both, ("mobilepay_state", "in", ["rejected"])])
        self.assertFalse(found)

    def test_sent_invoice_cannot_be_deleted(self):
        self.company.restrictive_audit_trail = False
        move = self.invoice()
        request = self.send(move)
        move.button_draft()
        with self.assertRaisesRegex(UserError, "sent with MobilePay"):
            move.unlink()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            request.sudo().unlink()

    def test_email_and_mobilepay_together(self):
        self.partner_b.email = "kastellet@example.com"
        move = self.invoice(self.partner_b)
        request = self.send(move, sending_methods=["mobilepay", "email"])
        mail = move.message_ids.filtered(
            lambda message: (
                message.message_type == "comment"
                and self.partner_b in message.notified_partner_ids
            )
        )
        self.assertEqual(len(mail), 1)
        # the link was there when mail and PDF were made
        self.assertLessEqual(request.create_date, mail.create_date)
        self.assertTrue(move.invoice_pdf_report_id)

    def test_no_email_for_what_mobilepay_refuses(self):
        self.partner_b.write(
            {"email": "k@example.com", "mobilepay_phone": UNKNOWN_PHONE}
        )
        move = self.invoice(self.partner_b)
        problem = self.problem(move, sending_methods=["mobilepay", "email"])
        self.assertIn("10101", problem)
        self.assertFalse(
            move.message_ids.filtered(
                lambda message: self.partner_b in message.notified_partner_ids
            )
        )

    # ------------------------------------------------------------- the company

    def test_company_and_journal_are_the_invoices(self):
        move = self.invoice()
        other = self.other_company()
        env = self.env(context={"allowed_company_ids": [other.id, self.company.id]})
        self.assertEqual(env.company, other)
        wizard = env["account.move.send.wizard"].create(
            {"move_id": move.id, "sending_methods": ["mobilepay"]}
        )
        wizard.action_send_and_print()
        request = move.mobilepay_invoice_id
        self.assertEqual(request.company_id, self.company)
        self.assertEqual(request.connection_id, self.connection)
        self.assertEqual(request.state, "created")
