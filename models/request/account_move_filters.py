from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .mobilepay_invoice import OPEN_STATES


class AccountMove(models.Model):
    """Invoices found and grouped by MobilePay, by the database itself."""

    _inherit = "account.move"
    _mobilepay_technical = ("mobilepay_sendable",)

    mobilepay_sendable = fields.Boolean(
        "Can Be Sent with MobilePay",
        compute="_compute_mobilepay_sendable",
        search="_search_mobilepay_sendable",
        compute_sudo=True,
    )

    @api.depends("state", "mobilepay_invoice_ids.state")
    def _compute_mobilepay_sendable(self):
        sendable = self.filtered_domain(self._mobilepay_sendable())
        for move in self:
            move.mobilepay_sendable = move in sendable

    def _search_mobilepay_sendable(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = self._mobilepay_sendable()
        return found if True in value else ~found

    def _mobilepay_sendable(self):
        """Return the domain of what any company's connection would take now."""
        asked = Domain("state", "in", OPEN_STATES) | (
            Domain("state", "=", "paid") & Domain("payment_id", "=", False)
        )
        return (
            Domain("move_type", "=", "out_invoice")
            & Domain("state", "=", "posted")
            & Domain("payment_state", "in", ("not_paid", "partial"))
            & ~Domain("mobilepay_invoice_ids", "any!", asked)
            & Domain.OR(self._mobilepay_taken_by_companies())
        )

    def _mobilepay_taken_by_companies(self):
        """Return for each connection the domain of what it takes."""
        # sudo: who sends invoices may not see connections
        companies = self.env.companies.sudo()
        Connection = self.env["mobilepay.connection"]
        for connection, own in companies.grouped(Connection._for_company).items():
            if connection.state != "connected" or not connection._usable():
                continue
            taken = Domain("company_id", "in", own.ids) & Domain(
                "currency_id", "=", connection.currency_id.id
            )
            if connection.instalment_rule != "each":
                # else an instalment may be within the limit
                taken &= Domain("amount_residual", "<=", connection.max_amount)
            yield taken

    def _field_to_sql(self, alias, fname, query=None):
        if fname != "mobilepay_state":
            return super()._field_to_sql(alias, fname, query=query)
        self._check_field_access(self._fields[fname], "read")
        self.env["mobilepay.invoice"].flush_model(["move_id", "state"])
        return SQL(
            "(SELECT state FROM mobilepay_invoice"
            " WHERE move_id = %s ORDER BY id DESC LIMIT 1)",
            SQL.identifier(alias, "id"),
        )
