"""PDFs and e-mails of a batch: made, mailed, shown, whatever wkhtmltopdf it is."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.sending import account_move_send_documents
from ..sending_case import SendingCase

ODOO_CRON = "account.ir_cron_account_move_send"


class DocumentsCase(SendingCase):
    """Batches whose customers have e-mail addresses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.partner_a + cls.partner_b
        partners.write({"invoice_sending_method": "mobilepay"})
        partners.write({"email": "anna@example.com"})
        cls.partner_a.mobilepay_phone = False

    def send_together(self, moves, chosen=False):
        """Press Send in the list; return the batch, as far as MobilePay took it.

        :param chosen: with MobilePay, whatever each customer's method is
        """
        values = {"move_ids": [Command.set(moves.ids)]}
        if chosen:
            values["mobilepay_chosen"] = True
        wizard = self.env["account.move.send.batch.wizard"].create(values)
        batch = self.env["mobilepay.batch"].browse(
            wizard.action_send_and_print()["res_id"]
        )
        self.run_batch()
        self.control("callbacks/flush")
        deliveries = self.inspect()["callbacks"]["deliveries"]
        for element in [one for delivery in deliveries for one in delivery["messages"]]:
            self.deliver(element)
        self.process()
        self.run_batch()
        return batch

    def run_batch(self):
        self.env.ref("account_mobilepay.cron_batch").method_direct_trigger()

    def run_odoos_sending(self):
        self.env.ref(ODOO_CRON).method_direct_trigger()

    def notifications(self, move):
        return move.message_ids.notification_ids.filtered("res_partner_id")

    def deliver_mails(self, moves, **values):
        """Let Odoo's queue of e-mails have run."""
        self.notifications(moves).sudo().write(
            {"notification_status": "sent", **values}
        )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestBatchDocuments(DocumentsCase):
    def test_real_pdfs_of_many(self):
        # with a wkhtmltopdf that is not patched, Odoo makes none of many at once
        moves = self.invoice() + self.invoice(self.partner_b)
        self.send_together(moves)
        self.assertTrue(all(moves.mapped("is_being_sent")))
        Send = self.env["account.move.send"].with_context(force_report_rendering=True)
        with self.allow_pdf_render():
            Send._generate_and_send_invoices(moves, from_cron=True)
        for move in moves:
            self.assertTrue(move.invoice_pdf_report_id.raw.startswith(b"%PDF"))
            self.assertTrue(self.notifications(move))
            self.assertFalse(move.is_being_sent)

    def test_a_pdf_that_cannot_be_made_stops_no_other(self):
        moves = self.invoice() + self.invoice(self.partner_b)
        bad = moves[0]
        batch = self.send_together(moves)
        Report = type(self.env["ir.actions.report"])
        render = Report._pre_render_qweb_pdf
        failure = "Wkhtmltopdf failed"

        def rendered(report, report_ref, res_ids=None, data=None):
            if bad.id in res_ids:
                raise UserError(failure)
            return render(report, report_ref, res_ids=res_ids, data=data)

        for patched in (False, True):
            info = account_move_send_documents._wkhtml()._replace(is_patched_qt=patched)
            with (
                self.subTest(patched=patched),
                patch.object(
                    account_move_send_documents, "_wkhtml", lambda info=info: info
                ),
                patch.object(Report, "_pre_render_qweb_pdf", rendered),
            ):
                bad.sending_data = {**self.author(), "mobilepay_sent": True}
                self.run_odoos_sending()
                self.assertFalse(any(moves.mapped("is_being_sent")))
                self.assertIn("Wkhtmltopdf failed", self.chatter(bad))
                self.assertTrue(moves[1].is_move_sent)
        request = bad.mobilepay_invoice_id
        self.assertEqual(request.mail_state, "failed")
        self.assertIn("chatter", request.mail_note)
        self.assertEqual(batch.unmailed_count, 1)

    def author(self):
        user = self.env.user
        return {"author_user_id": user.id, "author_partner_id": user.partner_id.id}

    def test_the_batch_shows_what_was_mailed(self):
        self.partner_b.email = False
        moves = self.invoice() + self.invoice() + self.invoice(self.partner_b)
        batch = self.send_together(moves)
        self.assertEqual(batch.mail_waiting_count, 3)
        self.assertLess(batch.progress, 100)
        self.run_odoos_sending()
        self.assertEqual(batch.progress, 100)
        requests = batch.request_ids.sorted(lambda r: moves.ids.index(r.move_id.id))
        self.assertEqual(batch.mail_waiting_count, 2, "in Odoo's queue of e-mails")
        self.assertEqual(requests[2].mail_state, "failed")
        self.assertIn("no e-mail address", requests[2].mail_note)
        self.deliver_mails(moves[0])
        self.deliver_mails(
            moves[1],
            notification_status="exception",
            failure_type="unknown",
            failure_reason="mailbox full",
        )
        self.assertEqual(requests.mapped("mail_state"), ["sent", "failed", "failed"])
        self.assertIn("mailbox full", requests[1].mail_note)
        self.assertEqual(batch.mailed_count, 1)
        self.assertEqual(batch.unmailed_count, 2)

    def test_the_connection_says_that_nothing_is_mailed(self):
        batch = self.send_together(self.invoice() + self.invoice())
        soon = fields.Datetime.now() + timedelta(hours=1)
        crons = self.env["mobilepay.watcher"]._crons() + self.env.ref(ODOO_CRON)
        crons.write({"nextcall": soon})
        self.assertFalse(self.problems(), "an hour may pass")
        self.env.cr.execute(
            "UPDATE mobilepay_batch SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(hours=2), batch.id],
        )
        self.assertIn("PDFs and e-mails of a batch wait since", self.problems())
        self.env.ref(ODOO_CRON).active = False
        self.assertIn("switched off", self.problems())
        self.run_odoos_sending()
        self.assertFalse(self.problems())

    def problems(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.connection.health_problems or ""


@tagged("post_install", "-at_install")
class TestRefusedLater(DocumentsCase):
    """What turns out to be none for MobilePay is mailed without it, once."""

    def far(self, **values):
        return self.invoice(
            invoice_date_due=fields.Date.today() + timedelta(days=402),
            invoice_payment_term_id=False,
            **values,
        )

    def test_in_a_batch(self):
        far, good = self.far(), self.invoice(self.partner_b)
        batch = self.send_together(far + good)
        self.assertEqual(far.mobilepay_state, "invalid")
        self.run_odoos_sending()
        self.run_batch()
        self.run_odoos_sending()
        for move in far, good:
            self.assertTrue(move.is_move_sent)
            self.assertEqual(len(self.notifications(move).mail_message_id), 1)
        self.assertEqual(far.mobilepay_invoice_ids, batch.request_ids[:1])
        self.assertEqual(self.chatter(far).count("Not sent with MobilePay"), 1)

    def test_a_consumer_refused_needs_no_tax_id_for_the_e_mail(self):
        # chosen for the batch: the customer's own method is another
        self.partner_a.write(
            {
                "invoice_sending_method": "email",
                "country_id": self.env.ref("base.dk").id,
                "vat": False,
            }
        )
        self.assertTrue(self.partner_a.invoice_edi_format, "Odoo suggests an e-invoice")
        far = self.far()
        self.send_together(far + self.invoice(self.partner_b), chosen=True)
        self.assertEqual(far.mobilepay_state, "invalid")
        self.run_odoos_sending()
        self.assertTrue(self.notifications(far))
        self.assertNotIn("EDI document", self.chatter(far))

    def test_by_odoos_automatic_sending(self):
        move = self.far()
        self.env["account.move.send"]._generate_and_send_invoices(move)
        self.assertEqual(len(self.notifications(move).mail_message_id), 1)
        self.assertIn("too far away", self.chatter(move))

    def test_direct_has_no_e_mail_but_when_refused(self):
        self.partner_a.mobilepay_phone = "+4511111101"
        self.connection.max_per_day = 1
        Send = self.env["account.move.send"]
        sent, refused = self.invoice(), self.invoice()
        for move in sent, refused:
            Send._generate_and_send_invoices(move)
        self.assertEqual(sent.mobilepay_state, "created")
        self.assertFalse(self.notifications(sent))
        self.assertTrue(self.notifications(refused))
        self.assertIn("tomorrow", self.chatter(refused))

    def test_without_an_address_it_is_said(self):
        self.partner_a.email = False
        with self.assertRaisesRegex(UserError, "too far away"):
            self.env["account.move.send"]._generate_and_send_invoices(self.far())
        batch = self.send_together(self.far() + self.invoice(self.partner_b))
        self.run_odoos_sending()
        refused = batch.request_ids.filtered(lambda r: r.state == "invalid")
        self.assertFalse(refused.move_id.is_move_sent)
        self.assertEqual(refused.mail_state, "failed")

    def test_what_was_paid_with_mobilepay_is_mailed(self):
        paid = self.invoice(self.partner_b)
        request = self.send(paid)
        self.pay(request)
        self.deliver(self.news(request, "paid", 2))
        self.process()
        self.assertEqual(request.state, "paid")
        before = self.notifications(paid)
        batch = self.send_together(paid + self.invoice())
        self.run_odoos_sending()
        self.assertTrue(self.notifications(paid) - before)
        self.assertNotIn(paid, batch.move_ids)

    def test_the_wizard_counts_what_is_mailed(self):
        wizard = self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [Command.set((self.far() + self.invoice()).ids)]}
        )
        counts = {way: found["count"] for way, found in wizard.summary_data.items()}
        self.assertEqual(counts, {"mobilepay": 1, "email": 2})

    def test_a_person_is_told(self):
        # in the Send wizard, to whom nothing has gone meanwhile
        move = self.far()
        with self.assertRaisesRegex(UserError, "too far away"):
            self.send(move, sending_methods=["mobilepay", "email"])
        self.assertFalse(self.notifications(move))

    def test_exactly_the_limit_fits(self):
        self.connection.max_amount = 1000.10
        sender = self.env["mobilepay.sender"].sudo()
        self.assertTrue(sender._fits(self.connection, self.invoice(amount=800.08)))
        self.assertFalse(sender._fits(self.connection, self.invoice(amount=800.09)))
