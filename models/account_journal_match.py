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
