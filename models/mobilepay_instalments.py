from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain


class MobilepayInstalments(models.AbstractModel):
    """Later instalments follow by themselves when they come due."""

    _name = "mobilepay.instalments"
    _description = "MobilePay Instalments"

    @api.model
    def _cron_instalments(self):
        """Send what has come due of invoices whose first instalment was sent."""
        Cron = self.env["ir.cron"]
        connections = self.env["mobilepay.connection"].search(
            [("state", "=", "connected"), ("instalment_rule", "=", "each")]
        )
        Cron._commit_progress(remaining=len(connections))
        for connection in connections:
            self.with_company(connection.company_id)._send_due(connection)
            if not Cron._commit_progress(1):
                break

    def _send_due(self, connection):
        for move in self._moves(connection):
            latest = move.mobilepay_invoice_ids.sorted("id")[-1:]
            wish = {"kind": latest.kind, "phone": latest.phone or ""}
            sender = self.env["mobilepay.sender"].with_company(move.company_id)
            if problem := sender._send(connection, {move: wish}).get(move):
                latest._call_for_help(problem)

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
