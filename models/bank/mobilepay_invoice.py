from odoo import api, fields, models

from ...mobilepay import banktext

# of an invoice, by its requests and by what is due of it
SHOWN_OF_INVOICE = [
    *("mobilepay_invoice_id", "mobilepay_state", "mobilepay_can_send"),
    *("mobilepay_link_url", "mobilepay_link_text", "mobilepay_link_untold"),
    "mobilepay_error",
]


class MobilepayInvoice(models.Model):
    """A request as the bank knows it."""

    _inherit = "mobilepay.invoice"
    _mobilepay_technical = ("bank_key",)

    bank_key = fields.Char(
        compute="_compute_bank_key",
        store=True,
        help="The PaymentReference as it is compared with a bank's text.",
    )
    bank_line_id = fields.Many2one(
        "account.bank.statement.line", compute="_compute_bank_line_id"
    )

    _bank_key_index = models.Index("(connection_id, bank_key)")
    _transaction_id_index = models.Index(
        "(connection_id, transaction_id) WHERE transaction_id IS NOT NULL"
    )
    _paid_amount_index = models.Index(
        "(connection_id, paid_amount) WHERE state = 'paid'"
    )
    _paid_on_index = models.Index("(issuer_id, paid_on) WHERE state = 'paid'")
    _invoice_number_index = models.Index(
        "(connection_id, invoice_number) WHERE invoice_number IS NOT NULL"
    )

    @api.depends("payment_reference")
    def _compute_bank_key(self):
        for request in self:
            request.bank_key = self._bank_key_of(request.payment_reference)

    @api.model
    def _bank_key_of(self, reference):
        """Return a PaymentReference as it is compared with a bank's text."""
        return next(iter(banktext.keys(reference or "")), "")

    @api.depends("transfer_id", "payment_id")
    def _compute_bank_line_id(self):
        for request in self:
            line = request.payment_id._mobilepay_clearing_lines()
            request.bank_line_id = (
                request.transfer_id.bank_line_id or line._mobilepay_bank_line()
            )

    @api.model
    def _look_again(self):
        """Forget what is shown of bank lines and of what is due: it just changed.

        As dependencies, they would have Odoo follow a hundred ways from each entry
        that anybody makes to the requests: a twentieth of the time to post it.
        """
        shown = ["bank_line_id", "situation", "next_step", "can_send_again"]
        self.invalidate_model(shown, flush=False)
        Transfer = self.env["mobilepay.transfer"]
        Transfer.invalidate_model(["bank_line_id", "stage"], flush=False)
        self.env["account.move"].invalidate_model(SHOWN_OF_INVOICE, flush=False)

    def _get_item_awaiting_bank(self):
        """Return the journal item that a bank line with this reference pays.

        That is the payment's own where MobilePay pays out each payment, or the
        entry's where an instant transfer was more than the payment. A daily
        transfer's bank line carries the transfer's reference, so a bank line with
        the reference of one of its payments is somebody else's.
        """
        self.ensure_one()
        if self.issuer_id.transfer_method != "instant":
            return self.env["account.move.line"]
        if self.transfer_id.move_id:
            return self.transfer_id._get_item_awaiting_bank()
        return self.payment_id._mobilepay_clearing_lines()

    def _is_payout(self):
        """Whether MobilePay pays this payment out by itself."""
        self.ensure_one()
        return self.state == "paid" and self.issuer_id.transfer_method == "instant"
