from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    # what was matched after a day: few of all, as the report of a day needs them
    _mobilepay_max_date_index = models.Index("(max_date)")

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        if not partials:
            return partials
        # paid or credited in another way: the request must not be paid, too
        moves = partials.debit_move_id.move_id
        # sudo: whoever reconciles may not see requests
        Request = self.env["mobilepay.invoice"].sudo()
        if open_requests := Request._open_of(moves):
            open_requests.move_id._mobilepay_check_amounts()
        Request._look_again()
        return partials

    def unlink(self):
        result = super().unlink()
        if self:
            self.env["mobilepay.invoice"]._look_again()
        return result
