from odoo import fields, models


class AccountJournal(models.Model):
    """The bank journals whose lines are matched with MobilePay's transfers."""

    _inherit = "account.journal"

    mobilepay_matches = fields.Boolean(compute="_compute_mobilepay_matches")

    def _compute_mobilepay_matches(self):
        # sudo: whoever works with the bank may not see connections
        connections = self.env["mobilepay.connection"].sudo()._of_bank(self)
        for journal in self:
            journal.mobilepay_matches = journal in connections.bank_journal_ids

    def _fill_bank_cash_dashboard_data(self, dashboard_data):
        """Do not count our transfers' entries as operations nobody accounts for."""
        result = super()._fill_bank_cash_dashboard_data(dashboard_data)
        # sudo: whoever sees the dashboard may not see connections
        connections = self.env["mobilepay.connection"].sudo()
        ours = connections.search([("journal_id", "in", self.ids)]).journal_id
        for journal in self & ours:
            if journal.id in dashboard_data:
                dashboard_data[journal.id]["nb_misc_operations"] = 0
        return result

    def action_mobilepay_match(self):
        """Match this journal's open lines with MobilePay's transfers."""
        lines = self.env["account.bank.statement.line"].search(
            [
                ("journal_id", "in", self.ids),
                "|",
                ("is_reconciled", "=", False),
                ("mobilepay_note", "!=", False),
            ]
        )
        return lines.action_mobilepay_match()
