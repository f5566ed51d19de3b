from unittest.mock import patch

import pypdfium2
import zxingcpp
from lxml import html

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from ..paying import PayerCase
from ..sending_case import SendingCase


@tagged("post_install", "-at_install")
class TestLinkTold(PayerCase, SendingCase):
    """A payment link that nobody was given is no way to be paid."""

    def wizard(self, move, *methods, **choices):
        return self.env["account.move.send.wizard"].create(
            {"move_id": move.id, "sending_methods": list(methods), **choices}
        )

    def warned(self, wizard):
        return "mobilepay_link_untold" in (wizard.alerts or {})

    def untold(self, move):
        # mails are no dependency
        move.invalidate_recordset(["mobilepay_link_untold"])
        found = move.search([("mobilepay_link_untold", "=", True)])
        others = move.search([("mobilepay_link_untold", "=", False)])
        self.assertEqual(move in found, move.mobilepay_link_untold)
        self.assertEqual(move in others, not move.mobilepay_link_untold)
        return move.mobilepay_link_untold

    def test_told_before_sending(self):
        move = self.invoice(self.partner_b)
        self.partner_b.email = False
        self.assertTrue(self.warned(self.wizard(move, "mobilepay", "email")))
        self.partner_b.email = "cafe@example.com"
        self.assertTrue(self.warned(self.wizard(move, "mobilepay")))
        self.assertTrue(self.warned(self.wizard(move, "mobilepay", "manual")))
        self.assertFalse(self.warned(self.wizard(move, "mobilepay", "email")))
        self.assertFalse(self.warned(self.wizard(move, "email")))

    def test_direct_needs_no_email(self):
        self.partner_a.email = False
        self.assertFalse(self.warned(self.wizard(self.invoice(), "mobilepay")))
        asked = self.wizard(self.invoice(), "mobilepay", mobilepay_kind="link")
        self.assertTrue(self.warned(asked))

    def test_told_before_sending_many(self):
        partners = self.partner_a + self.partner_b
        partners.invoice_sending_method = "mobilepay"
        partners.email = False
        moves = self.invoice(self.partner_a) + self.invoice(self.partner_b)
        wizard = self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [Command.set(moves.ids)]}
        )
        alert = wizard.alerts["mobilepay_link_untold"]
        self.assertIn("no e-mail address: 1", alert["message"])
        self.partner_b.email = "cafe@example.com"
        wizard = self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [Command.set(moves.ids)]}
        )
        self.assertNotIn("mobilepay_link_untold", wizard.alerts or {})

    def test_said_on_the_invoice_afterwards(self):
        self.partner_b.email = False
        move = self.invoice(self.partner_b)
        self.assertFalse(self.untold(move))
        self.send(move)
        self.assertTrue(self.untold(move))
        self.partner_b.email = "cafe@example.com"
        self.wizard(move, "email").action_send_and_print()
        self.assertFalse(self.untold(move))

    def test_an_email_with_the_link_is_enough(self):
        self.partner_b.email = "cafe@example.com"
        move = self.invoice(self.partner_b)
        self.send(move, sending_methods=["mobilepay", "email"])
        self.assertFalse(self.untold(move))

    def test_a_note_and_a_failed_email_are_not(self):
        self.partner_b.email = "cafe@example.com"
        move = self.invoice(self.partner_b)
        self.send(move)
        note = self.note(move, self.colleague().partner_id)
        self.assertTrue(note.notification_ids)
        self.assertTrue(self.untold(move))
        self.wizard(move, "email").action_send_and_print()
        # sudo: as the mail server's answer
        mails = (
            self.env["mail.notification"]
            .sudo()
            .search([("mail_message_id.res_id", "=", move.id)])
        )
        mails.notification_status = "exception"
        self.assertTrue(self.untold(move))

    def test_who_made_it_knows_it(self):
        self.partner_b.email = False
        move = self.invoice(self.partner_b)
        move.sudo().with_user(
            self.env.ref("base.user_root")
        )._mobilepay_link_for_payer()
        self.assertEqual(move.mobilepay_state, "created")
        self.assertFalse(self.untold(move))

    def test_over_is_over(self):
        self.partner_b.email = False
        move = self.invoice(self.partner_b)
        request = self.send(move)
        self.hear(request)
        self.assertFalse(self.untold(move))

    # --------------------------------------------------------- MobilePay was away

    def mails(self, move):
        return move.message_ids.notification_ids.filtered("res_partner_id")

    def back_again(self, move):
        """Let the queue send what waited, and what is to follow go out."""
        request = move.mobilepay_invoice_id
        self.assertEqual(request.state, "queued")
        self.work_queue(request)
        self.assertEqual(request.state, "created")
        self.env.ref("account_mobilepay.cron_fallback").method_direct_trigger()

    # protects sending/account_move_send.py: _mobilepay_mail_later
    def test_the_e_mail_follows_a_link_that_came_later(self):
        self.partner_b.email = "cafe@example.com"
        self.partner_b.invoice_sending_method = "mobilepay"
        by_itself, by_person = (self.invoice(self.partner_b) for _number in range(2))
        Send = self.env["account.move.send"]
        with self.unreachable():
            with self.assertRaisesRegex(UserError, "The e-mail follows"):
                Send._generate_and_send_invoices(by_itself)
            problem = self.problem(by_person, sending_methods=["mobilepay", "email"])
            self.assertIn("The e-mail follows", problem)
        for move in by_itself, by_person:
            self.assertFalse(self.mails(move))
            self.back_again(move)
            self.assertEqual(len(self.mails(move)), 1)
            self.env.ref("account_mobilepay.cron_fallback").method_direct_trigger()
            self.assertEqual(len(self.mails(move)), 1, "once")

    def test_what_a_person_mailed_meanwhile_does_not_follow(self):
        self.partner_b.email = "cafe@example.com"
        move = self.invoice(self.partner_b)
        with self.unreachable():
            self.problem(move, sending_methods=["mobilepay", "email"])
            self.wizard(move, "email").action_send_and_print()
        self.assertEqual(len(self.mails(move)), 1)
        self.back_again(move)
        self.assertEqual(len(self.mails(move)), 1)

    # protects sending/account_move_send.py: _hook_if_success
    def test_an_e_mail_that_could_not_be_made_still_follows(self):
        self.partner_b.email = "cafe@example.com"
        move = self.invoice(self.partner_b)
        with self.unreachable():
            self.problem(move, sending_methods=["mobilepay", "email"])
        author = {"author_user_id": self.env.uid}
        move.sending_data = author | {"author_partner_id": self.env.user.partner_id.id}
        Report, failure = type(self.env["ir.actions.report"]), UserError("no PDF today")
        with patch.object(Report, "_pre_render_qweb_pdf", side_effect=failure):
            # by a scheduled action, which keeps the trouble to itself
            Send = self.env["account.move.send"]
            Send._generate_and_send_invoices(move, from_cron=True)
        self.assertIn("no PDF today", self.chatter(move))
        self.back_again(move)
        self.assertEqual(len(self.mails(move)), 1)

    # protects sending/mobilepay_fallback.py: _tell_link
    def test_the_contact_is_mailed_whose_company_has_no_address(self):
        contact = self.env["res.partner"].create(
            {
                "name": "Bogholderi",
                "parent_id": self.partner_b.id,
                "type": "invoice",
                "email": "bogholderi@example.com",
            }
        )
        self.partner_b.email = False
        move = self.invoice(contact)
        with self.unreachable():
            self.problem(move, sending_methods=["mobilepay", "email"])
        self.back_again(move)
        self.assertEqual(self.mails(move).res_partner_id, contact)

    def test_who_wants_no_e_mail_gets_none_later(self):
        self.partner_b.email = "cafe@example.com"
        move = self.invoice(self.partner_b)
        with self.unreachable():
            self.assertNotIn("e-mail follows", self.problem(move))
        self.back_again(move)
        self.assertFalse(self.mails(move))

    # -------------------------------------------------------------- for colleagues

    def colleague(self):
        return new_test_user(
            self.env,
            "colleague",
            groups="account.group_account_invoice",
            notification_type="email",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )

    def note(self, move, partners, subtype="mail.mt_note"):
        body = "Please check"
        return move.message_post(
            body=body, partner_ids=partners.ids, subtype_xmlid=subtype
        )

    def bodies(self, message):
        return (
            self.env["mail.mail"]
            .search([("mail_message_id", "=", message.id)])
            .mapped("body_html")
        )

    def test_a_colleague_is_not_asked_to_pay(self):
        move = self.invoice(self.partner_b)
        self.send(move)
        colleague = self.colleague().partner_id
        self.partner_b.email = "cafe@example.com"
        for subtype in ("mail.mt_note", "mail.mt_comment"):
            [body] = self.bodies(self.note(move, colleague, subtype))
            self.assertNotIn("Pay with MobilePay", body)
        message = move.message_notify(body="Yours", partner_ids=colleague.ids)
        [body] = self.bodies(message)
        self.assertNotIn("Pay with MobilePay", body)
        [body] = self.bodies(self.note(move, self.partner_b))
        self.assertNotIn("Pay with MobilePay", body, "a note, whoever reads it")
        both = self.note(move, colleague + self.partner_b, "mail.mt_comment")
        shown = ["Pay with MobilePay" in body for body in self.bodies(both)]
        self.assertEqual(sorted(shown), [False, True])

    def test_a_colleague_who_is_the_customer_is(self):
        colleague = self.colleague().partner_id
        move = self.invoice(colleague)
        self.send(move, mobilepay_kind="link")
        [body] = self.bodies(self.note(move, colleague, "mail.mt_comment"))
        self.assertIn("Pay with MobilePay", body)

    def test_the_button_stands_between_amount_and_letter(self):
        self.partner_b.email = "cafe@example.com"
        move = self.halves()
        request = self.send(move, sending_methods=["mobilepay", "email"])
        mail = self.env["mail.mail"].search(
            [("model", "=", "account.move"), ("res_id", "=", move.id)]
        )
        # the letter has the text about the bank account
        letter = html.fromstring(mail.mail_message_id.body).text_content()
        body = html.fromstring(mail.body_html).text_content()
        amount = move.currency_id.format(request.amount)
        words = (f"{amount} due ", "Pay with MobilePay", letter.split()[0])
        # the last: a mail client's preview begins with the letter
        order = [body.rindex(word) for word in words]
        self.assertEqual(order, sorted(order))


@tagged("post_install", "-at_install")
class TestBillOutlivesItsLink(PayerCase, HttpCase):
    """A PDF that is mailed again, or on paper, leads to the link of now."""

    def setUp(self):
        super().setUp()
        self.repoint(base_url=self.base_url())
        self.partner_b.email = "cafe@example.com"
        self.move = self.invoice(self.partner_b)

    def mail(self, *methods):
        wizard = self.env["account.move.send.wizard"].with_context(
            force_report_rendering=True
        )
        with self.allow_pdf_render():
            wizard.create(
                {"move_id": self.move.id, "sending_methods": list(methods)}
            ).action_send_and_print()

    def code(self):
        """Return what the QR code of the invoice's PDF says, as a path here."""
        document = pypdfium2.PdfDocument(self.move.invoice_pdf_report_id.raw)
        picture = document[0].render(scale=3).to_pil()
        [found] = zxingcpp.read_barcodes(picture)
        return found.text.removeprefix(self.base_url())

    def leads_to(self, path):
        answer = self.url_open(path, allow_redirects=False)
        return answer.headers.get("Location", answer.status_code)

    def test_mailed_again_after_a_new_request(self):
        self.mail("mobilepay", "email")
        first = self.move.mobilepay_link_url
        self.assertEqual(self.leads_to(self.code()), first)
        self.register_payment(self.move, 400.0)
        # meanwhile there is no link: the page itself says what can be done
        self.assertEqual(self.leads_to(self.code()), 200)
        self.take_back()
        second = self.move.mobilepay_link_url
        self.assertTrue(second)
        self.assertNotEqual(second, first)
        self.mail("email")
        self.assertEqual(self.leads_to(self.code()), second)

    def test_scanning_makes_nothing(self):
        self.mail("email")
        code = self.code()
        self.assertEqual(self.leads_to(code), 200)
        self.assertFalse(self.move.mobilepay_invoice_ids)
        wrong = code.replace(self.move.access_token, "wrong")
        self.send(self.move)
        self.assertTrue(self.leads_to(wrong).endswith("/my"))
        pdf = f"{self.move.get_portal_url(report_type='pdf')}&mobilepay=pay"
        self.assertEqual(self.leads_to(pdf), 200)
