from odoo import api, models


class MobilepaySettlerPayments(models.AbstractModel):
    """Compares a transfer's payments with what MobilePay reports of them.

    Between booking and transfer a payment may be canceled, matched with something
    else, or posted again with another amount. Then MobilePay's money and ours are
    not the same, and whatever were entered would hide it.
    """

    _inherit = "mobilepay.settler"

    @api.model
    def _changed_payment(self, transfer):
        """Return what is wrong with one of the payments; '' where none is."""
        for row in transfer.transaction_ids.filtered("payment_id"):
            if problem := self._payment_problem(row):
                return problem
        return ""

    def _payment_problem(self, row):
        payment = row.payment_id
        if payment.move_id.state != "posted":
            return self.env._(
                "Payment %s in this transfer was canceled or reset. Post it again,"
                " then fetch the transfer again.",
                payment.display_name,
            )
        line = self._open_at_mobilepay(row)
        if _is_open_for(line, row) or _is_on_bank(line, row):
            return ""
        if line.reconciled:
            return self.env._(
                "Payment %(payment)s in this transfer is matched with %(other)s"
                " already. Undo that match, then fetch the transfer again.",
                payment=payment.display_name,
                other=", ".join(line._mobilepay_counterparts().mapped("name")),
            )
        return self._other_amount_message(row, line)

    def _other_amount_message(self, row, line):
        currency = line.currency_id or row.currency_id
        return self.env._(
            "Payment %(payment)s is open on the clearing account for %(open)s, but"
            " MobilePay reports %(reported)s. Correct the payment or undo its match,"
            " then fetch the transfer again.",
            payment=row.payment_id.display_name,
            open=currency.format(line.amount_residual_currency),
            reported=row.currency_id.format(row.amount),
        )

    def _open_at_mobilepay(self, row):
        """Return the payment's one journal item where MobilePay's debt stands."""
        connections = row.transfer_id.connection_id | row.request_id.connection_id
        line = row.payment_id._mobilepay_clearing_lines()
        if len(line) != 1 or line.account_id not in connections._clearing_accounts():
            return line.browse()
        return line


def _is_open_for(line, row):
    """Whether a journal item is open for exactly what MobilePay reports."""
    return (
        line.currency_id == row.currency_id
        and not line.reconciled
        and not row.currency_id.compare_amounts(
            line.amount_residual_currency, row.amount
        )
    )


def _is_on_bank(line, row):
    """Whether an instant payment's own bank line is matched with it already."""
    return (
        row.transfer_id._is_instant_payment()
        and line.reconciled
        and line.currency_id == row.currency_id
        and not row.currency_id.compare_amounts(line.amount_currency, row.amount)
        and all(move.statement_line_id for move in line._mobilepay_counterparts())
    )
