from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ...models.request.mobilepay_invoice_screens import NEWS, READERS
from ..common import ANNA, UNKNOWN_PHONE
from ..news import NewsCase

KIND = "account_mobilepay.activity_failed"


@tagged("post_install", "-at_install")
class TestFailed(NewsCase):
    """Who sells or collects hears of a request that nobody will pay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller, cls.other = (
            new_test_user(
                cls.env,
                login,
                groups="account.group_account_invoice",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for login in ("seller", "collector")
        )

    def ended(self, status, **values):
        """Return a request that MobilePay says has ended so."""
        request = self.sent(invoice_user_id=self.seller.id, **values)
        self.tell(self.news(request, status, 3))
        self.assertEqual(request.state, status)
        return request

    def told(self, request):
        return request.move_id.activity_search([KIND])

    def test_the_salesperson_is_told_and_what_to_do(self):
        for status, words in (
            ("rejected", "Ask the payer why"),
            ("expired", "Remind the payer"),
            ("invalid", "Correct what the problem says"),
        ):
            activity = self.told(self.ended(status))
            self.assertEqual(activity.user_id, self.seller, status)
            self.assertIn(words, activity.note)
            self.assertIn("MobilePay: ", activity.summary)

    def test_the_company_chooses_who(self):
        self.connection.responsible_id = self.other
        self.connection.failures_to = "responsible"
        self.assertEqual(self.told(self.ended("rejected")).user_id, self.other)
        self.connection.failures_to = "nobody"
        self.assertFalse(self.told(self.ended("rejected")))

    def test_a_salesperson_who_may_not_see_it_is_not_told(self):
        self.connection.responsible_id = self.other
        self.seller.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        self.assertEqual(self.told(self.ended("rejected")).user_id, self.other)

    def test_once_an_invoice(self):
        request = self.ended("rejected")
        self.tell(self.news(request, "rejected", 3))
        again = self.send(request.move_id)
        self.tell(self.news(again, "rejected", 3))
        self.assertEqual(len(self.told(again)), 1)

    def test_what_was_taken_back_here_is_no_failure(self):
        self.assertFalse(self.told(self.ended("canceled")))

    def test_what_a_link_replaces_is_no_failure(self):
        self.connection.fallback_days = 3
        self.assertFalse(self.told(self.ended("rejected")))
        self.assertTrue(self.told(self.ended("expired")))

    def test_whoever_sees_the_refusal_needs_no_activity(self):
        wish = {"kind": "direct", "phone": UNKNOWN_PHONE}
        for user, count in ((self.env.user, 0), (self.seller, 1)):
            move = self.invoice(invoice_user_id=user.id)
            self.env["mobilepay.sender"]._send(self.connection, {move: wish})
            self.assertEqual(len(move.activity_search([KIND])), count)

    def test_it_goes_when_the_invoice_is_asked_for_anew(self):
        first, second = self.ended("rejected"), self.ended("rejected")
        self.send(first.move_id, mobilepay_phone=ANNA)
        self.assertFalse(self.told(first))
        self.assertTrue(self.told(second))

    def test_it_goes_when_the_invoice_is_paid_in_another_way(self):
        first, second = self.ended("rejected"), self.ended("rejected")
        first.move_id.button_draft()
        self.env["mobilepay.invoice"]._gc_told_failures()
        self.assertFalse(self.told(first))
        self.assertTrue(self.told(second))

    # ------------------------------------------------------------------- screens

    def test_open_forms_hear_which_invoices_have_changed(self):
        request = self.paid()
        self.env.cr.precommit.run()
        Bus = self.env["bus.bus"].sudo()
        Bus.search([]).unlink()
        self.tell(self.news(request, "paid", 2))
        self.env.cr.precommit.run()
        heard = Bus.search([("message", "like", NEWS)])
        self.assertEqual(len(heard), len(READERS))
        for one in heard:
            self.assertIn("res.groups", one.channel)
            self.assertIn(f"[{request.move_id.id}]", one.message.replace(" ", ""))
