from odoo import models


class AccountMoveLine(models.Model):
    """What a journal item was matched with, and when it is due."""

    _inherit = "account.move.line"

    def write(self, vals):
        result = super().write(vals)
        if "date_maturity" in vals:
            self.move_id._mobilepay_check_dates()
        return result

    def _mobilepay_counterparts(self):
        """Return the entries that these journal items are reconciled with."""
        partials = self.matched_debit_ids.debit_move_id
        return (partials + self.matched_credit_ids.credit_move_id).move_id

    def _mobilepay_bank_line(self):
        """Return the bank statement line that pays these items; empty if none."""
        return self._mobilepay_counterparts().statement_line_id[:1]
