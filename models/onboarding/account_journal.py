from odoo import fields, models

from ...mobilepay import environments


class AccountJournal(models.Model):
    """The way from the accounting dashboard into the set-up of MobilePay."""

    _inherit = "account.journal"

    mobilepay_to_set_up = fields.Boolean(compute="_compute_mobilepay_to_set_up")

    def _compute_mobilepay_to_set_up(self):
        """On the company's first sales journal, or on MobilePay's own."""
        self.mobilepay_to_set_up = False
        if not self.env.user.has_group("account.group_account_manager"):
            return
        Connection = self.env["mobilepay.connection"]
        for company, journals in self.grouped("company_id").items():
            used = Connection._for_company(company)
            if self._mobilepay_may_begin(company, used) and used._wants_onboarding():
                place = used.journal_id or self.search(
                    [("company_id", "=", company.id), ("type", "=", "sale")], limit=1
                )
                (place & journals).mobilepay_to_set_up = True

    def _mobilepay_may_begin(self, company, used):
        """Whether MobilePay is for this company, and its connection its own to make.

        :param used: the connection through which the company's invoices go, if any
        """
        if used:
            # a branch that uses its parent's has nothing to set up
            return used.company_id == company
        return company.account_fiscal_country_id.code in environments.COUNTRIES

    def action_mobilepay_onboarding(self):
        """Open the set-up of this journal's company, at its next step."""
        self.ensure_one()
        return self.env["mobilepay.connection"]._onboarding_of(self.company_id)
