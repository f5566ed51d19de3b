from odoo import models


class AccountMoveLine(models.Model):
    """What a journal item on MobilePay's accounts was matched with."""

    _inherit = "account.move.line"

    def _mobilepay_counterparts(self):
        """Return the entries that these journal items are reconciled with."""
        partials = self.matched_debit_ids.debit_move_id
        return (partials + self.matched_credit_ids.credit_move_id).move_id

    def _mobilepay_bank_line(self):
        """Return the bank statement line that pays these items; empty if none."""
        return self._mobilepay_counterparts().statement_line_id[:1]
