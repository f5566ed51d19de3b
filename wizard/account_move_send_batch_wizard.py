from odoo import models

from ..models.account_move_send import METHOD


class AccountMoveSendBatchWizard(models.TransientModel):
    _inherit = "account.move.send.batch.wizard"

    def action_send_and_print(self, force_synchronous=False, allow_fallback_pdf=False):
        """Invoices for MobilePay go first to MobilePay, in few calls.

        Their PDF and e-mail follow through Odoo's own cron, so that the link is
        in them.
        """
        result = super().action_send_and_print(
            force_synchronous=force_synchronous, allow_fallback_pdf=allow_fallback_pdf
        )
        if force_synchronous:
            return result
        chosen = self._mobilepay_moves()
        if not chosen:
            return result
        chosen.sending_data = False
        batches = self.env["mobilepay.batch"]._start(chosen)
        return self._mobilepay_show(batches)

    def _mobilepay_moves(self):
        """Return the invoices whose customer is to be reached by MobilePay."""
        Connection = self.env["mobilepay.connection"]
        connected = self.move_ids.company_id.filtered(Connection._for_company)
        return self.move_ids.filtered(
            lambda move: (
                move.company_id in connected
                and move.move_type == "out_invoice"
                and METHOD in self._get_default_sending_methods(move)
                and not move._mobilepay_open_request()
            )
        )

    def _mobilepay_show(self, batches):
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Sent with MobilePay"),
            "res_model": "mobilepay.batch",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", batches.ids)],
        }
        if len(batches) == 1:
            action.update(res_id=batches.id, views=[(False, "form")])
        return action
