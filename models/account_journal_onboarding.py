from odoo import fields, models


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
            # a branch that uses its parent's connection has nothing to set up
            if used.company_id not in (company, company.browse()):
                continue
            if used._wants_onboarding():
                place = used.journal_id or self.search(
                    [("company_id", "=", company.id), ("type", "=", "sale")], limit=1
                )
                (place & journals).mobilepay_to_set_up = True

    def action_mobilepay_onboarding(self):
        """Open the set-up of this journal's company, at its next step."""
        self.ensure_one()
        return self.env["mobilepay.connection"]._onboarding_of(self.company_id)
