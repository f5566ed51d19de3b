from odoo.tests import tagged

from ..settling import SettlementCase

DANISH, FINNISH = "da_DK", "fi_FI"


@tagged("post_install", "-at_install")
class TestSpoken(SettlementCase):
    """What scheduled actions write is in the language of who reads it.

    Protects connection/mobilepay_connection_language.py `_in_company_language` and each
    who asks for it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in (DANISH, FINNISH):
            cls.env["res.lang"]._activate_lang(code)
        module = cls.env["ir.module.module"]
        module._load_module_terms(["account_mobilepay"], [DANISH, FINNISH])

    def setUp(self):
        super().setUp()
        # a scheduled action has no language of its own
        self.env = self.env(context={**self.env.context, "lang": None})
        self.responsible = self.env.user.copy({"login": "ansvarlig", "lang": DANISH})
        self.connection.sudo().responsible_id = self.responsible

    def told(self, move):
        """Return what is said on an invoice, as text."""
        return " ".join(move.message_ids.mapped("body"))

    def test_what_is_told_of_a_request(self):
        request = self.sent()
        day = "2026-05-02T00:00:00+00:00"
        self.tell(self.news(request, "accepted", 1, PaymentDate=day))
        self.assertIn("Betaleren betaler den", self.told(request.move_id))

    def test_a_posted_payment(self):
        request = self.paid()
        self.tell(self.news(request, "paid", 2))
        self.assertIn("MobilePay: betalt den", self.told(request.move_id))

    def test_an_activity(self):
        request = self.paid()
        request.move_id.button_cancel()
        self.tell(self.news(request, "paid", 2))
        [activity] = request.move_id.activity_ids.filtered(
            lambda one: one.user_id == self.responsible
        )
        self.assertIn("hører ikke til nogen åben faktura", activity.note)

    def test_a_bank_line_s_note(self):
        transfer = self.daily_transfer(800.0)
        line = self.bank_line(transfer.reference, transfer.total)
        self.match()
        name = transfer.move_id.name
        self.assertEqual(line.mobilepay_note, f"Matchet med {name}.")

    def test_the_company_s_where_nobody_is_responsible(self):
        self.connection.sudo().responsible_id = False
        self.company.partner_id.lang = FINNISH
        request = self.paid()
        self.tell(self.news(request, "paid", 2))
        self.assertIn("MobilePay: maksettu", self.told(request.move_id))

    def test_a_person_s_own_language_stays(self):
        request = self.paid()
        request.with_context(lang="en_US").action_refresh_status()
        self.assertIn("MobilePay: paid on", self.told(request.move_id))
