import requests

from odoo.tests import tagged

from ..common import BO, CLARA, MobilepayCommon, simulator


@tagged("post_install", "-at_install")
class TestConsent(MobilepayCommon):
    """From link to direct: asked with a link, granted in the app, used next time."""

    def setUp(self):
        super().setUp()
        self.connection.ask_consent = True

    def sync(self):
        self.env.ref("account_mobilepay.cron_consent").method_direct_trigger()

    def consent_of(self, request):
        return self.env["mobilepay.consent"].search([("request_id", "=", request.id)])

    def send_link(self, **choices):
        """Send a link and let the payer be asked."""
        request = self.send(self.invoice(self.partner_b), **choices)
        self.sync()
        return request

    def pay_link(self, request, phone=BO):
        requests.post(
            request.link_url,
            {"phone": phone, "action": "pay"},
            allow_redirects=False,
            timeout=30,
        ).raise_for_status()

    def decide(self, consent, decision, phone=BO):
        page = f"{simulator().url}/phone/{phone}/consents/{consent.mobilepay_id}"
        requests.post(page, {"decision": decision}, timeout=30).raise_for_status()

    def granted(self):
        """Send a link, pay it, grant consent; return the synced consent."""
        request = self.send_link()
        self.pay_link(request)
        consent = self.consent_of(request)
        self.decide(consent, "grant")
        self.sync()
        return consent

    def test_asked_with_a_link(self):
        request = self.send_link()
        consent = self.consent_of(request)
        self.assertEqual(consent.state, "pending")
        self.assertEqual(consent.source, "asked")
        self.assertEqual(consent.partner_id, self.partner_b)

    def test_granted_is_used_next_time(self):
        consent = self.granted()
        self.assertEqual(consent.state, "granted")
        self.assertEqual(consent.phone, BO)
        self.assertTrue(consent.granted_on)
        request = self.send(self.invoice(self.partner_b))
        self.assertEqual(request.kind, "direct")
        self.assertEqual(request.phone, BO)

    def test_confirmed_number_goes_directly_an_unconfirmed_does_not(self):
        self.partner_b.phone = BO
        self.assertEqual(self.send(self.invoice(self.partner_b)).kind, "link")
        self.partner_b.mobilepay_phone = BO
        self.assertEqual(self.send(self.invoice(self.partner_b)).kind, "direct")

    def test_preference_of_the_customer(self):
        self.partner_a.mobilepay_kind = "link"
        self.assertEqual(self.send(self.invoice()).kind, "link")
        self.partner_b.write({"mobilepay_kind": "direct", "phone": BO})
        self.assertEqual(self.send(self.invoice(self.partner_b)).kind, "direct")

    def test_pending_or_denied_stays_a_link(self):
        request = self.send_link()
        self.pay_link(request)
        self.assertEqual(self.send(self.invoice(self.partner_b)).kind, "link")
        self.decide(self.consent_of(request), "deny")
        self.sync()
        self.assertEqual(self.send(self.invoice(self.partner_b)).kind, "link")

    def test_withdrawn_goes_back_to_link(self):
        consent = self.granted()
        self.decide(consent, "withdraw")
        self.sync()
        self.assertEqual(consent.state, "withdrawn")
        self.assertTrue(consent.granted_on, "when it was granted is not forgotten")
        self.assertEqual(self.send(self.invoice(self.partner_b)).kind, "link")

    def test_sync_repeated_changes_nothing(self):
        consent = self.granted()
        messages = consent.message_ids
        self.sync()
        self.sync()
        self.assertEqual(consent.message_ids, messages)
        self.assertEqual(self.env["mobilepay.consent"].search_count([]), 1)

    def test_unknown_asker_is_matched_by_number(self):
        consent = self.granted()
        consent.sudo().unlink()
        self.env["mobilepay.invoice"].sudo().search([]).mobilepay_id = False
        self.partner_b.mobilepay_phone = "11 11 11 02"
        self.sync()
        found = self.env["mobilepay.consent"].search([])
        self.assertEqual(found.partner_id, self.partner_b)
        self.assertEqual(found.source, "list")

    def test_two_customers_with_one_number_are_proposed(self):
        consent = self.granted()
        consent.sudo().unlink()
        self.env["mobilepay.invoice"].sudo().search([]).mobilepay_id = False
        both = self.partner_a + self.partner_b
        both.write({"mobilepay_phone": False, "phone": BO})
        self.sync()
        found = self.env["mobilepay.consent"].search([])
        self.assertFalse(found.partner_id)
        self.assertEqual(found.candidate_ids, both)
        self.assertEqual(self.send(self.invoice(self.partner_b)).kind, "link")

    def test_more_than_a_page(self):
        """The list is read to its end (PagingState)."""
        consent = self.granted()
        self.assertEqual(consent.phone, BO)
        for phone in (CLARA, "+4511111104"):
            request = self.send_link(mobilepay_kind="link")
            self.pay_link(request, phone)
            self.decide(self.consent_of(request), "grant", phone)
        self.control("settings", consent_page_size=1)
        self.sync()
        granted = self.env["mobilepay.consent"].search([("state", "=", "granted")])
        self.assertEqual(len(granted), 3)

    def test_not_asked_where_the_company_does_not_want_it(self):
        self.connection.ask_consent = False
        self.send_link()
        self.assertFalse(self.env["mobilepay.consent"].search([]))

    def test_customer_decides_against_the_company(self):
        self.partner_b.mobilepay_ask_consent = "never"
        self.assertFalse(self.consent_of(self.send_link()))
        self.connection.ask_consent = False
        self.partner_b.mobilepay_ask_consent = "always"
        self.assertTrue(self.consent_of(self.send_link()))

    def test_asked_once(self):
        request = self.send_link()
        self.sync()
        self.sync()
        posts = self.inspect()["requests"]
        asked = [
            count
            for name, count in posts.items()
            if name.startswith("POST") and "directinvoiceconsents" in name
        ]
        self.assertEqual(asked, [1])
        self.assertTrue(request.consent_asked_on)
