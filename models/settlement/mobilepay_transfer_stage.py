from odoo import api, fields, models
from odoo.tools import SQL

from .mobilepay_transfer import TOTALS


class MobilepayTransfer(models.Model):
    """How far a transfer has come, and what it is made of, as its list shows it."""

    _inherit = "mobilepay.transfer"

    stage = fields.Selection(
        [
            ("fetching", "Being fetched"),
            ("waiting", "Waiting"),
            ("transit", "In transit"),
            ("bank", "On the bank"),
            ("settled", "Settled"),
            ("undone", "Undone"),
        ],
        string="Status",
        compute="_compute_stage",
        help="In transit: entered, its bank line is still to come.",
    )

    # and what is matched meanwhile: see _look_again of requests
    @api.depends("state", "bank_line_id")
    def _compute_stage(self):
        for transfer in self:
            transfer.stage = transfer._stage()

    def _stage(self):
        if self.bank_line_id:
            return "bank"
        awaited = self._get_item_awaiting_bank()
        is_open = any(not line.reconciled for line in awaited)
        return "transit" if is_open else self.state

    def _field_to_sql(self, alias, field_expr, query=None):
        """Have the database add up the totals, where a list is grouped."""
        if field_expr not in TOTALS:
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            "(SELECT COALESCE(SUM(t.amount), 0) FROM mobilepay_transaction t"
            " WHERE t.transfer_id = %s AND t.type IN %s)",
            SQL.identifier(alias, "id"),
            TOTALS[field_expr],
        )
