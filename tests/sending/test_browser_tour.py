"""Odoo's own tour: an invoicing user sends a payment link."""

from odoo.tests import new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from ..common import MobilepayCommon


@tagged("post_install", "-at_install")
class TestBrowserTour(MobilepayCommon, AccountTestInvoicingHttpCommon):
    starts_processes = True

    def test_send_link(self):
        # l10n_dk_nemhandel writes on the customer when anybody presses Send
        new_test_user(
            self.env,
            "clerk",
            groups="account.group_account_invoice,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        move = self.invoice()
        self.start_tour(
            f"/odoo/customer-invoices/{move.id}", "mobilepay_send_link", login="clerk"
        )
        request = move.mobilepay_invoice_ids
        self.assertRecordValues(request, [{"kind": "link", "state": "created"}])
        self.assertEqual(self.create_calls(), 1)
