from datetime import date, timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from ..common import ANNA, BO
from ..payloads import PayloadCase


@tagged("post_install", "-at_install")
class TestPayloadFields(PayloadCase):
    """Who pays whom, when, for what: the fields beside the articles."""

    def test_everything_there_is_keeps_to_the_specification(self):
        for kind in ("direct", "link"):
            move = self._full_invoice()
            self.assert_specified(self.encode(self.request_for(move, kind)), kind)

    def test_bare_invoice_keeps_to_the_specification(self):
        for kind, phone in (("direct", ANNA), ("link", ""), ("link", BO)):
            request = self.request_for(self.invoice(self.partner_b), kind, phone)
            self.assert_specified(self.encode(request), kind)

    def _full_invoice(self):
        self.repoint(base_url="https://odoo.example")
        return self.invoice(
            self._contact(),
            ref="PO-77",
            invoice_origin="S00042",
            narration="<p>Tak for handlen</p>",
            delivery_date=fields.Date.today(),
        )

    def _contact(self):
        company = self.env["res.partner"].create(
            {"name": "Café Kastellet", "is_company": True}
        )
        return self.env["res.partner"].create(
            {
                "name": "Køkkenet",
                "parent_id": company.id,
                "type": "invoice",
                "street": "Kastellet 1",
                "street2": " ",
                "zip": "2100",
                "city": "København Ø",
                "country_id": self.env.ref("base.dk").id,
            }
        )

    def test_name_of_the_company_address_of_its_contact(self):
        payload = self.payload_of(self.invoice(self._contact()))
        self.assertEqual(payload["ConsumerName"], "Café Kastellet")
        self.assertEqual(
            payload["ConsumerAddressLines"],
            ["Kastellet 1", "2100 København Ø", "Denmark"],
        )

    def test_delivery_address_is_that_of_the_invoice(self):
        self.partner_b.write({"street": "Havnen 3", "country_id": False})
        move = self.invoice(partner_shipping_id=self.partner_b.id)
        self.assertEqual(self.payload_of(move)["DeliveryAddressLines"], ["Havnen 3"])

    def test_orders_and_contact_person(self):
        payload = self.payload_of(self._full_invoice())
        self.assertEqual(payload["MerchantOrderNumber"], "S00042")
        self.assertEqual(payload["BuyerOrderNumber"], "PO-77")
        self.assertEqual(payload["MerchantContactName"], self.env.user.name)
        self.assertEqual(payload["DeliveryDate"], str(fields.Date.today()))

    def test_comment_is_the_narration_as_plain_text(self):
        move = self.invoice(narration="<p>Tak <b>for</b> handlen</p><p>Vi ses</p>")
        self.assertEqual(self.payload_of(move)["Comment"], "Tak *for* handlen\nVi ses")

    def test_long_comment_is_cut(self):
        move = self.invoice(narration=f"<p>{'æ' * 900}</p>")
        self.assertEqual(self.payload_of(move)["Comment"], "æ" * 500)

    def test_empty_narration_is_no_comment(self):
        for narration in (False, "<p><br></p>"):
            payload = self.payload_of(self.invoice(narration=narration))
            self.assertNotIn("Comment", payload)

    def test_a_due_date_that_is_past_becomes_today(self):
        today = fields.Date.today()
        move = self.invoice(
            invoice_date=today - timedelta(days=40),
            invoice_date_due=today - timedelta(days=10),
            invoice_payment_term_id=False,
        )
        payload = self.payload_of(move)
        self.assertEqual(payload["DueDate"], str(self.connection._today()))
        self.assertEqual(payload["IssueDate"], str(today - timedelta(days=40)))

    def test_today_is_the_merchants(self):
        move = self.invoice(
            invoice_date=date(2026, 6, 30),
            invoice_date_due=date(2026, 6, 30),
            invoice_payment_term_id=False,
        )
        with freeze_time("2026-06-30 22:30:00"):
            self.assertEqual(self.payload_of(move)["DueDate"], "2026-07-01")

    def test_invoice_of_the_future_is_refused_in_words(self):
        move = self.invoice(invoice_date=fields.Date.today() + timedelta(days=3))
        wish = {"kind": "direct", "phone": ANNA}
        [problem] = self._preview(move, wish)
        self.assertIn("in the future", problem)

    def test_amount_above_the_limit_is_refused_in_words(self):
        self.connection.max_amount = 999
        [problem] = self._preview(self.invoice(), {"kind": "direct", "phone": ANNA})
        self.assertIn("above MobilePay's limit of 999", problem)

    def test_due_date_too_far_is_refused_in_words(self):
        today = self.connection._today()
        for days, problems in ((399, 0), (400, 1)):
            move = self.invoice(
                invoice_date_due=today + timedelta(days=days),
                invoice_payment_term_id=False,
            )
            found = self._preview(move, {"kind": "link", "phone": ""})
            self.assertEqual(len(found), problems)

    def test_each_rule_has_words(self):
        words = self.env["mobilepay.messages"]
        for code in (
            "issuer_missing",
            "amount_decimals",
            "amount_not_positive",
            "amount_above_limit",
            "due_date_past",
            "due_date_too_far",
            "issue_date_future",
            "phone_missing",
            "phone_invalid",
            "reference_missing",
            "reference_too_long",
            "reference_characters",
            "no_articles",
            "article_description_missing",
            "articles_do_not_add_up",
            "url_not_https",
        ):
            self.assertNotIn(code, words._problem_message(_Problem(code)))

    def _preview(self, move, wish):
        return self.env["mobilepay.sender"].sudo()._preview(self.connection, move, wish)

    def test_link_without_a_number_has_no_alias(self):
        payload = self.payload_of(self.invoice(self.partner_b), "link", "")
        self.assertNotIn("ConsumerAlias", payload)

    def test_only_a_link_brings_the_payer_back(self):
        move = self.invoice()
        link = self.payload_of(move, "link")
        # no query: MobilePay appends its own
        self.assertEqual(
            link["RedirectUrl"],
            f"http://127.0.0.1:8069/mobilepay/return/{move.id}/{move.access_token}",
        )
        self.assertNotIn("RedirectUrl", self.payload_of(move, "direct"))

    def test_invoice_url_is_the_portal_pdf_where_it_is_https(self):
        self.assertNotIn("InvoiceUrl", self.payload_of(self.invoice()))
        move = self._full_invoice()
        url = self.payload_of(move)["InvoiceUrl"]
        self.assertTrue(url.startswith(f"https://odoo.example/my/invoices/{move.id}?"))
        self.assertIn(f"access_token={move.access_token}", url)
        self.assertIn("report_type=pdf&download=true", url)


class _Problem:
    value = limit = ""

    def __init__(self, code):
        self.code = code
