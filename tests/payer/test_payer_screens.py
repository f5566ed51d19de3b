from lxml import html

from odoo.tests import HttpCase, tagged

from ..paying import PayerCase

HIDDEN = "a[data-bs-target='#pay_with'] { display: none !important; }"
COLOUR = "background-color: #5a78ff"


@tagged("post_install", "-at_install")
class TestPayerScreens(PayerCase, HttpCase):
    """The customer's pages and the e-mail: MobilePay first, in its colours."""

    def setUp(self):
        super().setUp()
        self.repoint(base_url=self.base_url())
        self.move = self.invoice(self.partner_b)

    def page(self, url=None):
        return self.url_open(url or self.move.get_portal_url()).text

    def can_take_money(self, yes):
        Move = self.registry["account.move"]
        self.patch(Move, "_mobilepay_has_provider", lambda move: yes)

    def test_first_of_what_can_be_pressed(self):
        page = html.fromstring(self.page())
        [button] = page.xpath(
            f"//*[@id='sidebar_content']//button[{_has('o_mobilepay_pay')}]"
        )
        self.assertIn(COLOUR, button.get("style"))
        form = button.getparent()
        self.assertIn("order-first", form.get("class").split())
        # of one column, whose others have no order of their own
        column = form.getparent()
        self.assertIn("flex-column", column.get("class").split())
        self.assertTrue(column.xpath(f"*[{_has('o_download_pdf')}]"))
        self.assertEqual(len(column.xpath("*[contains(@class, 'order-')]")), 1)

    def test_odoos_own_button_needs_a_provider(self):
        self.can_take_money(False)
        self.assertIn(HIDDEN, self.page())
        self.can_take_money(True)
        self.assertNotIn(HIDDEN, self.page())
        self.assertIn("o_mobilepay_pay", self.page())

    def test_odoos_own_button_in_the_list(self):
        user = self._create_new_portal_user(login="payer", password="payer")
        self.invoice(user.partner_id).message_subscribe(user.partner_id.ids)
        self.authenticate("payer", "payer")
        for yes in (False, True):
            self.can_take_money(yes)
            page = html.fromstring(self.page("/my/invoices"))
            [button] = page.xpath(f"//td/a[{_has('o_mobilepay_pay')}]")
            self.assertIn(COLOUR, button.get("style"))
            marks = page.xpath(f"//td/*[{_has('o_mobilepay_no_provider')}]")
            self.assertEqual(len(marks), 0 if yes else 1)

    def test_a_provider_is_one_that_takes_this_invoice(self):
        if "payment.provider" not in self.env:
            self.assertFalse(self.move._mobilepay_has_provider())
            return
        Provider = self.registry["payment.provider"]
        asked = []

        def compatible(provider, *args, **kwargs):
            asked.append((*args, kwargs["currency_id"]))
            return provider.browse(1)

        self.patch(Provider, "_get_compatible_providers", compatible)
        self.assertTrue(self.move._mobilepay_has_provider())
        move = self.move
        wanted = (move.company_id.id, move.partner_id.id, 1000.0, move.currency_id.id)
        self.assertEqual(asked, [wanted])

    def test_the_preview_shows_what_is_sent(self):
        self.partner_b.email = "cafe@example.com"
        self.send(self.move, sending_methods=["mobilepay", "email"])
        mail = self.env["mail.mail"].search(
            [("model", "=", "account.move"), ("res_id", "=", self.move.id)]
        )
        preview = html.fromstring(self.connection.onboarding_preview)
        places = preview.xpath(f"//*[{_has('o_mobilepay_preview')}]/div")
        sent = html.fromstring(mail.body_html)
        self.assertEqual(self.look(places[1], "a"), self.look(sent, "a"))
        page = html.fromstring(self.page())
        self.assertEqual(self.look(places[2], "button"), self.look(page, "button"))
        text = places[1].text_content()
        self.assertLess(text.index("due"), text.index("Pay with MobilePay"))
        self.assertLess(text.index("Pay with MobilePay"), text.index("your invoice"))

    def look(self, page, tag):
        """Return words and style of MobilePay's button."""
        [button] = [one for one in page.iter(tag) if "MobilePay" in one.text_content()]
        return button.text_content().strip(), button.get("style")


def _has(name):
    return f"contains(concat(' ', @class, ' '), ' {name} ')"
