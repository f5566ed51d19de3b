from odoo import api, fields, models


class MobilepayConnection(models.Model):
    """The MobilePay journal's two accounts, seen and changed from the connection."""

    _inherit = "mobilepay.connection"

    clearing_account_id = fields.Many2one(
        "account.account",
        "MobilePay Clearing",
        compute="_compute_clearing_account_id",
        compute_sudo=True,
        inverse="_inverse_clearing_account_id",
        check_company=True,
        domain="[('reconcile', '=', True)]",
        help="What MobilePay owes: payments are posted here, until MobilePay has paid"
        " them out. The account of the journal's payment method MobilePay.",
    )
    transit_account_id = fields.Many2one(
        related="journal_id.default_account_id",
        string="MobilePay in Transit",
        readonly=False,
        check_company=True,
        domain="[('reconcile', '=', True)]",
        help="What MobilePay has paid out and the bank does not show yet. The account"
        " of the MobilePay journal.",
    )

    @api.depends("journal_id")
    def _compute_clearing_account_id(self):
        for connection in self:
            connection.clearing_account_id = connection._method_lines()[
                :1
            ].payment_account_id

    def _inverse_clearing_account_id(self):
        for connection in self:
            # sudo: of the company's own MobilePay journal, by whoever may connect it
            lines = connection._method_lines().sudo()
            lines.payment_account_id = connection.clearing_account_id

    def _method_lines(self):
        """Return the lines of payment method MobilePay, payments' before refunds'."""
        journal = self.journal_id
        lines = journal.inbound_payment_method_line_ids
        lines += journal.outbound_payment_method_line_ids
        return lines.filtered(lambda line: line.code == "mobilepay")
