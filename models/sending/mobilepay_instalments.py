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
            self.with_company(connection.company_id)._ask_otherwise(connection)
            if connection.instalment_rule != "whole" and (
                moves := self._moves(connection)
            ):
                connection._in_company_language(self)._send_due(connection, moves, Cron)
            if not Cron._commit_progress(1):
                break

    def _ask_otherwise(self, connection):
        """Have asked for anew what nobody accepted in its time, where more is due."""
        late = self.env["mobilepay.invoice"].search(
            [
                ("connection_id", "=", connection.id),
                ("state", "in", ("queued", "created")),
                ("due_date", "<", connection._today()),
                "|",
                ("early_discount", "=", True),
                ("instalment", ">", 0),
            ]
        )
        more = late.filtered(
            lambda request: (
                request.early_discount or self._is_more_overdue(connection, request)
            )
        )
        more._want_cancel("changed")

    def _is_more_overdue(self, connection, request):
        """Whether other instalments became due that are to be asked for with it."""
        if connection.instalment_rule != "next":
            return False
        portions = request.move_id._mobilepay_all_portions(connection)
        return any(one.number > request.instalment for one in portions)

    def _send_due(self, connection, moves, cron):
        for move in moves.with_env(self.env):
            latest = move.mobilepay_invoice_ids.sorted("id")[-1:]
            wish = {"kind": latest.kind, "phone": latest.phone or ""}
            sender = (
                self.env["mobilepay.sender"]
                .with_company(move.company_id)
                .with_context(mobilepay_patient=True)
            )
            if problem := sender._send(connection, {move: wish}).get(move):
                latest._schedule_help_activity(problem)
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
