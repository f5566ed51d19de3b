from odoo import fields, models


class MobilepayTransaction(models.Model):
    """One row of a transfer, as MobilePay reports it; positive in our favour.

    ``key`` names it for good: a payment's transaction id belongs to one transfer
    of the company; rows without an id of their own are named by their place.
    ``request_id`` is the request that a payment or refund belongs to, empty
    where no invoice of ours is meant: such a row is shown, never dropped.
    """

    _name = "mobilepay.transaction"
    _description = "MobilePay Transaction"
    _inherit = ["mobilepay.sums"]
    _order = "happened_on, id"
    _rec_name = "transaction_id"
    _mobilepay_technical = ("key", "raw", "word")

    transfer_id = fields.Many2one(
        "mobilepay.transfer",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    transfer_date = fields.Date(related="transfer_id.transfer_date", store=True)
    key = fields.Char(required=True, readonly=True)
    type = fields.Selection(
        [
            ("Payment", "Payment"),
            ("Refund", "Refund"),
            ("TransactionFee", "Transaction fee"),
            ("ServiceFee", "Service fee"),
            ("ReturnedTransaction", "Returned transfer"),
            ("Adjustment", "Adjustment"),
            ("Other", "Something else"),
        ],
        required=True,
        readonly=True,
    )
    word = fields.Char(readonly=True, help="MobilePay's own word for the type.")
    amount = fields.Monetary(required=True, readonly=True)
    happened_on = fields.Datetime(readonly=True, help="When it happened (UTC).")
    transaction_id = fields.Char("PaymentTransactionId", readonly=True)
    merchant_reference = fields.Char("Payment Reference", readonly=True)
    message = fields.Char(readonly=True)
    raw = fields.Text(readonly=True, groups="account.group_account_manager")
    request_id = fields.Many2one(
        "mobilepay.invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="request_id.partner_id")
    payment_id = fields.Many2one(
        "account.payment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="What it was booked as: the payment, or the refund paid back.",
    )

    _key_unique = models.Constraint(
        "UNIQUE(company_id, key)", "MobilePay's transactions are in one transfer each."
    )
    _request_unique = models.UniqueIndex(
        "(request_id) WHERE type = 'Payment'",
        "A request is paid by one transaction.",
    )
    _transaction_id_index = models.Index(
        "(company_id, transaction_id) WHERE transaction_id IS NOT NULL"
    )

    def _label(self):
        """Return what stands on the journal item of this row."""
        self.ensure_one()
        kinds = dict(self._fields["type"]._description_selection(self.env))
        word = self.word if self.type == "Other" and self.word else kinds[self.type]
        parts = (word, self.merchant_reference, self.message)
        return " ".join(filter(None, parts))[:200]
