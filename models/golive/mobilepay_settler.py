from odoo import models


class MobilepaySettler(models.AbstractModel):
    """Transfers that hold payments of a go-live check are never entered.

    The payments are cancelled when the check is over, and in the sandbox no money
    was transferred.
    """

    _inherit = "mobilepay.settler"

    def _holds_tests(self, transfer):
        moves = transfer.transaction_ids.request_id.move_id
        # sudo: which invoices are tests is an administrator's to see
        return bool(moves.sudo().mobilepay_check_step_id)

    def _leave_out(self, transfer):
        """Set a transfer aside and say why; nothing waits for it any more."""
        problem = self.env._(
            "Holds payments of a go-live check, which are no real money: it is not"
            " entered."
        )
        transfer.write({"state": "undone", "next_try_on": False, "problem": problem})
        return ""
