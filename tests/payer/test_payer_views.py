import re

import pypdfium2
import zxingcpp
from markupsafe import escape

from odoo.tests import tagged

from ..common import MobilepayCommon


@tagged("post_install", "-at_install")
class TestPayerViews(MobilepayCommon):
    """Where the payer meets the bill: PDF and e-mail."""

    def render(self, move):
        """Return the real PDF of ``move`` as text and as a picture of page one."""
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        with self.allow_pdf_render():
            content, kind = report._render_qweb_pdf(
                "account.account_invoices", move.ids
            )
        self.assertEqual(kind, "pdf")
        page = pypdfium2.PdfDocument(content)[0]
        return page.get_textpage().get_text_range(), page.render(scale=3).to_pil()

    def qr_codes(self, picture):
        return [found.text for found in zxingcpp.read_barcodes(picture)]

    def test_pdf_of_a_link_shows_its_qr_code(self):
        move = self.invoice(self.partner_b)
        self.send(move)
        text, picture = self.render(move)
        self.assertIn("Scan and pay with MobilePay", text)
        # our page, which leads on to the link: a bill outlives its link
        self.assertEqual(self.qr_codes(picture), [move._mobilepay_bill_url()])

    def test_pdf_before_sending_leads_to_the_portal(self):
        move = self.invoice(self.partner_b)
        _text, picture = self.render(move)
        [url] = self.qr_codes(picture)
        self.assertIn(f"/my/invoices/{move.id}?access_token=", url)
        self.assertFalse(move.mobilepay_invoice_ids, "showing a QR code sends nothing")

    def test_pdf_of_a_direct_request_names_the_app(self):
        move = self.invoice()
        self.assertEqual(self.send(move).kind, "direct")
        text, picture = self.render(move)
        self.assertIn("waits in your MobilePay app", text)
        self.assertFalse(self.qr_codes(picture))

    def test_pdf_of_a_paid_invoice_shows_nothing(self):
        move = self.invoice(self.partner_b)
        request = self.send(move)
        self.pay(request)
        self.deliver(self.news(request, "paid", 2))
        self.process()
        text, picture = self.render(move)
        self.assertNotIn("MobilePay", text)
        self.assertFalse(self.qr_codes(picture))

    def test_company_can_switch_the_pdf_block_off(self):
        self.connection.show_on_pdf = False
        text, picture = self.render(self.invoice(self.partner_b))
        self.assertNotIn("MobilePay", text)
        self.assertFalse(self.qr_codes(picture))

    def sent_mail(self, move):
        self.partner_b.email = "cafe@example.com"
        self.send(move, sending_methods=["mobilepay", "email"])
        mail = self.env["mail.mail"].search(
            [("model", "=", "account.move"), ("res_id", "=", move.id)]
        )
        self.assertEqual(len(mail), 1)
        return mail.body_html

    def test_email_has_a_button_to_the_link(self):
        move = self.invoice(self.partner_b)
        body = self.sent_mail(move)
        button = re.search(r"<a [^>]*>\s*Pay with MobilePay", body)
        self.assertTrue(button, body)
        self.assertIn(f'href="{escape(move._mobilepay_bill_url())}"', button[0])

    def test_company_can_switch_the_email_button_off(self):
        self.connection.show_in_email = False
        body = self.sent_mail(self.invoice(self.partner_b))
        self.assertNotIn("Pay with MobilePay", body)
