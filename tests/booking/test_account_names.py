"""Accounts that are made when a company connects speak its language."""

from odoo.tests import tagged
from odoo.tools.translate import code_translations

from ...models.booking.account_journal import BANK_CHARGES
from ..common import MobilepayCommon

NAMES = (
    "MobilePay clearing",
    "MobilePay in transit",
    "MobilePay fees",
    "MobilePay, to be explained",
)


@tagged("post_install", "-at_install")
class TestAccountNames(MobilepayCommon):
    # protects: booking/account_journal.py _mobilepay_in_company_language

    def connect_anew(self, company_lang, user_lang):
        """Return the names of the accounts that connecting makes, in no language."""
        self.env["res.lang"]._activate_lang("da_DK")
        self.env["res.lang"]._activate_lang("fi_FI")
        self.company.partner_id.lang = company_lang
        self.env.user.lang = user_lang
        connection = self.connection
        before = self.env["account.account"].search([])
        journal = connection.journal_id
        journal.inbound_payment_method_line_ids.unlink()
        journal.outbound_payment_method_line_ids.unlink()
        connection.write(
            {
                "journal_id": False,
                "transaction_fee_account_id": False,
                "service_fee_account_id": False,
                "other_account_id": False,
            }
        )
        own = connection.with_context(lang=user_lang)
        own.journal_id = own.env["account.journal"]._mobilepay_journal(self.company)
        own._propose_settlement()
        made = self.env["account.account"].search([]) - before
        self.assertEqual(len(made), 4)
        return {lang: self.names(made, lang) for lang in (company_lang, user_lang)}

    def names(self, accounts, lang):
        return set(accounts.with_context(lang=lang or "en_US").mapped("name"))

    def translated(self, lang):
        """Return the four names as the addon's translations have them."""
        told = code_translations.get_python_translations("account_mobilepay", lang)
        return {told.get(name, name) for name in NAMES}

    def test_company_s_language_counts(self):
        made = self.connect_anew("da_DK", "fi_FI")
        danish = self.translated("da_DK")
        self.assertNotEqual(danish, self.translated("en_US"))
        self.assertEqual(made["da_DK"], danish)
        self.assertEqual(made["fi_FI"], danish, "one name, for everybody")

    def test_else_the_user_s(self):
        made = self.connect_anew(False, "fi_FI")
        self.assertEqual(made["fi_FI"], self.translated("fi_FI"))

    def test_finnish_company_speaks_no_english(self):
        self.company.account_fiscal_country_id = self.env.ref("base.fi")
        made = self.connect_anew("en_US", "en_US")
        self.assertEqual(made["en_US"], self.translated("fi_FI"))

    def fees_of(self, chart):
        """Return the account of fees made in a company with this chart."""
        # by SQL: a chart that may not be installed here
        self.env.cr.execute(
            "UPDATE res_company SET chart_template = %s WHERE id = %s",
            [chart, self.company.id],
        )
        self.company.invalidate_recordset(["chart_template"])
        return self.env["account.journal"]._mobilepay_fee_account(self.company)

    def test_danish_fees_stand_beside_postage_and_charges(self):
        charges = self.env.ref(f"account.{self.company.id}_dk_coa_2390")
        fees = self.fees_of("dk")
        self.assertIn(int(fees.code), range(2391, 2400))
        self.assertEqual(fees.tag_ids, charges.tag_ids)

    def test_fees_stand_beside_bank_charges(self):
        for chart, code in (("fi", "998560"), ("no", "997770"), ("se", "996570")):
            with self.subTest(chart=chart):
                charges = self.env["account.account"].create(
                    {"name": "Charges", "code": code, "account_type": "expense"}
                )
                self.env["ir.model.data"].create(
                    {
                        "module": "account",
                        "name": f"{self.company.id}_{BANK_CHARGES[chart]}",
                        "model": "account.account",
                        "res_id": charges.id,
                    }
                )
                self.assertEqual(self.fees_of(chart).code, str(int(code) + 1))
