from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain


class MobilepayInstalments(models.AbstractModel):
    """What changes by date: instalments come due, early payment discounts end."""

    _name = "mobilepay.instalments"
    _description = "MobilePay Instalments"

    @api.model
    def _cron_instalments(self):
        """Send instalments that came due; take back requests less a lost discount."""
        Cron = self.env["ir.cron"]
        connections = self.env["mobilepay.connection"]._connected()
        Cron._commit_progress(remaining=len(connections))
        for connection in connections:
            self.with_company(connection.company_id)._end_discounts(connection)
            if connection.instalment_rule == "each":
                connection._speaking(self)._send_due(connection, Cron)
            if not Cron._commit_progress(1):
                break

    def _end_discounts(self, connection):
        """Have the whole asked for where nobody accepted the discounted amount."""
        late = self.env["mobilepay.invoice"].search(
            [
                ("connection_id", "=", connection.id),
                ("early_discount", "=", True),
                ("state", "in", ("queued", "created")),
                ("due_date", "<", connection._today()),
            ]
        )
        late._want_cancel("changed")

    def _send_due(self, connection, cron):
        for move in self._moves(connection):
            latest = move.mobilepay_invoice_ids.sorted("id")[-1:]
            wish = {"kind": latest.kind, "phone": latest.phone or ""}
            sender = self.env["mobilepay.sender"].with_company(move.company_id)
            if problem := sender._send(connection, {move: wish}).get(move):
                latest._call_for_help(problem)
            # Odoo restarts a server whose cron overstays its time
            if not cron._commit_progress(1):
                break

    def _moves(self, connection):
        """Return unpaid invoices that go by instalments and have one come due."""
        horizon = connection._today() + timedelta(days=connection.instalment_days)
        started = self.env["mobilepay.invoice"]._search(
            Domain("connection_id", "=", connection.id) & Domain("instalment", ">", 0)
        )
        return self.env["account.move"].search(
            [
                ("mobilepay_invoice_ids", "in", started),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
                (
                    "line_ids",
                    "any",
                    [
                        ("account_type", "=", "asset_receivable"),
                        ("reconciled", "=", False),
                        ("date_maturity", "<=", horizon),
                    ],
                ),
            ]
        )
