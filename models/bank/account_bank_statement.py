from odoo import models


class AccountBankStatement(models.Model):
    _inherit = "account.bank.statement"

    def action_mobilepay_match(self):
        """Match the lines of these statements with MobilePay's transfers."""
        return self.line_ids.action_mobilepay_match()
