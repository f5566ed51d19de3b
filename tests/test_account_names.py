"""Accounts that are made when a company connects speak its language."""

from odoo.tests import tagged
from odoo.tools.translate import code_translations

from .common import MobilepayCommon

NAMES = (
    "MobilePay clearing",
    "MobilePay in transit",
    "MobilePay fees",
    "MobilePay, to be explained",
)


@tagged("post_install", "-at_install")
class TestAccountNames(MobilepayCommon):
    # protects: account_journal.py _mobilepay_speaking

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
