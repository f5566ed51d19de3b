"""What users of another company, or of a branch, can do."""

from odoo.tests import tagged

from ..role_tables import MODELS
from .test_roles import RolesCase


@tagged("post_install", "-at_install")
class TestOtherCompanyRows(RolesCase):
    """What a user of another company does leaves the first company's rows alone."""

    def test_nothing_can_be_pushed_on_another_company(self):
        theirs = self.own(self.theirs, "stranger")
        theirs.sudo().state = "not_connected"
        self.assertTrue(
            self.is_refused(lambda: theirs.write({"company_id": self.company.id}))
        )
        self.assertEqual(theirs.company_id, self.nordlys)

    def test_switched_off_company_is_not_shown(self):
        both = self.users["manager"]
        both.company_ids += self.nordlys
        for model, record in self.rows.items():
            if not MODELS.get(model):
                continue
            with self.subTest(model=model):
                own = record.sudo(False).with_user(both)
                off = own.with_context(allowed_company_ids=self.nordlys.ids)
                self.assertFalse(off.search([("id", "in", off.ids)]))
                on = own.with_context(allowed_company_ids=both.company_ids.ids)
                self.assertTrue(on.search([("id", "in", on.ids)]))

    def test_a_branchs_user_sends_through_the_parent(self):
        move = self.bill(self.branch)
        wizard = self.own(self.env["account.move.send.wizard"], "branch").create(
            {"move_id": move.id, "sending_methods": ["mobilepay"]}
        )
        wizard.action_send_and_print()
        request = self.own(move.mobilepay_invoice_id, "branch")
        self.assertEqual(request.state, "created")
        shown = request.web_read(
            {
                "connection_id": {"fields": {"display_name": {}}},
                "issuer_id": {"fields": {"display_name": {}}},
            }
        )
        self.assertEqual(shown[0]["issuer_id"]["id"], self.connection.issuer_id.id)
        self.assertTrue(request.action_refresh_status())
        self.assertTrue(request.action_cancel())

    def test_a_branchs_user_does_not_see_the_parents_requests(self):
        self.send_in(self.branch, self.bill(self.branch))
        Request = self.own(self.env["mobilepay.invoice"], "branch")
        self.assertEqual(Request.search([]).company_id, self.branch)
