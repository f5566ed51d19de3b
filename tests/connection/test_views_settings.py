"""The settings block says how the company stands with MobilePay."""

from odoo.tests import tagged

from ..common import MobilepayCommon


@tagged("post_install", "-at_install")
class TestViewsSettings(MobilepayCommon):
    def settings(self, company):
        return self.env["res.config.settings"].with_company(company).create({})

    def test_connected(self):
        settings = self.settings(self.company)
        self.assertIn("Connected as DK12345678", settings.mobilepay_state_text)
        action = settings.action_mobilepay_connection()
        self.assertEqual(action["res_id"], self.connection.id)

    def test_not_set_up(self):
        self.connection.active = False
        settings = self.settings(self.company)
        self.assertEqual(settings.mobilepay_state_text, "Not set up for this company.")
        action = settings.action_mobilepay_connection()
        self.assertFalse(action["res_id"])
        self.assertEqual(action["context"]["default_company_id"], self.company.id)

    def test_branch_uses_its_parents_connection(self):
        branch = self.env["res.company"].create(
            {"name": "Havnens Cykler, Aarhus", "parent_id": self.company.id}
        )
        settings = self.settings(branch)
        self.assertIn(self.company.name, settings.mobilepay_state_text)
        self.assertIn("Connected as DK12345678", settings.mobilepay_state_text)
        action = settings.action_mobilepay_connection()
        self.assertFalse(action["res_id"], "the branch may still make its own")
