import requests

from odoo.tests import HttpCase, tagged

from ..common import BO, MobilepayCommon


@tagged("post_install", "-at_install")
class TestPortalPayment(MobilepayCommon, HttpCase):
    """A payer without a login: the link on the bill, the button, the way back."""

    def setUp(self):
        super().setUp()
        self.repoint(base_url=self.base_url())
        self.move = self.invoice(self.partner_b)
        self.page = self.move.get_portal_url()

    def press_pay(self, page):
        """Press the page's MobilePay button; return where it leads."""
        token = page.text.partition('name="csrf_token"')[2].split('value="')[1]
        return self.url_open(
            f"/my/invoices/{self.move.id}/mobilepay",
            data={
                "csrf_token": token.partition('"')[0],
                "access_token": self.move.access_token,
            },
            allow_redirects=False,
        )

    def test_button_makes_a_link_once(self):
        answer = self.press_pay(self.url_open(self.page))
        request = self.move.mobilepay_invoice_id
        self.assertEqual(request.kind, "link")
        self.assertEqual(answer.headers["Location"], request.link_url)
        again = self.press_pay(self.url_open(self.page))
        self.assertEqual(again.headers["Location"], request.link_url)
        self.assertEqual(self.create_calls(), 1)

    def test_looking_at_the_page_makes_no_link(self):
        for _visit in range(3):
            self.assertEqual(self.url_open(self.page).status_code, 200)
        self.url_open(f"/my/invoices/{self.move.id}/mobilepay")
        self.assertFalse(self.move.mobilepay_invoice_ids)
        self.assertEqual(self.create_calls(), 0)

    def test_forged_click_makes_no_link(self):
        answer = self.url_open(
            f"/my/invoices/{self.move.id}/mobilepay",
            data={"access_token": self.move.access_token, "csrf_token": "forged"},
        )
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.move.mobilepay_invoice_ids)

    def test_wrong_token_learns_nothing(self):
        page = self.url_open(self.page)
        self.move.access_token = "another"
        answer = self.press_pay(page)
        self.assertEqual(answer.status_code, 303)
        state = self.url_open(
            f"/my/invoices/{self.move.id}/mobilepay/state?access_token=wrong"
        )
        self.assertEqual(state.status_code, 404)
        for known in (self.move.id, self.move.id + 100000):
            back = self.url_open(
                f"/mobilepay/return/{known}/wrong", allow_redirects=False
            )
            self.assertTrue(back.headers["Location"].endswith("/my"))

    def pay_by_link(self, **form):
        request = self.move.mobilepay_invoice_id
        return requests.post(
            request.link_url,
            {"phone": BO, "action": "pay", **form},
            allow_redirects=False,
            timeout=30,
        ).headers["Location"]

    def test_payer_comes_back_before_the_confirmation(self):
        self.press_pay(self.url_open(self.page))
        back = self.pay_by_link()
        self.assertIn("status=paid", back)
        page = self.url_open(back.removeprefix(self.base_url()))
        self.assertIn("waiting for MobilePay to confirm", page.text)
        self.assertEqual(self.move.payment_state, "not_paid")
        request = self.move.mobilepay_invoice_id
        self.deliver(self.news(request, "paid", 2))
        self.process()
        self.assertEqual(self.move.payment_state, "paid")
        page = self.url_open(f"{self.page}&mobilepay=back")
        self.assertIn("Paid with MobilePay", page.text)

    def test_a_forged_return_pays_nothing(self):
        self.press_pay(self.url_open(self.page))
        page = self.url_open(
            f"/mobilepay/return/{self.move.id}/{self.move.access_token}?status=paid"
        )
        self.assertIn("waiting for MobilePay to confirm", page.text)
        self.assertNotIn("Paid with MobilePay", page.text)
        self.process()
        self.assertEqual(self.move.mobilepay_state, "created")

    def test_accepted_for_later_has_no_second_button(self):
        self.press_pay(self.url_open(self.page))
        request = self.move.mobilepay_invoice_id
        self.deliver(
            self.news(request, "accepted", 1, PaymentDate="2026-12-01T00:00:00+00:00")
        )
        self.process()
        page = self.url_open(self.page)
        self.assertIn("You have accepted this invoice", page.text)
        self.assertNotIn("o_mobilepay_pay", page.text)

    def test_direct_request_has_no_second_button(self):
        move = self.invoice()
        self.send(move)
        page = self.url_open(move.get_portal_url())
        self.assertIn("waits for you in your MobilePay app", page.text)
        self.assertNotIn("o_mobilepay_pay", page.text)

    def test_unreachable_mobilepay_says_so(self):
        page = self.url_open(self.page)
        self.repoint(custom_api_base="http://127.0.0.1:9")
        answer = self.press_pay(page)
        self.assertIn("mobilepay=unavailable", answer.headers["Location"])
        page = self.url_open(answer.headers["Location"].removeprefix(self.base_url()))
        self.assertIn("cannot be opened for this invoice right now", page.text)

    def test_company_can_switch_the_portal_off(self):
        page = self.url_open(self.page)
        self.connection.show_in_portal = False
        self.assertNotIn("o_mobilepay_pay", self.url_open(self.page).text)
        self.assertIn("unavailable", self.press_pay(page).headers["Location"])
        self.assertEqual(self.create_calls(), 0)
