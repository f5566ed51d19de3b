from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

from .mobilepay_invoice import FAILED_STATES

CHUNK = 500


class MobilepayEraser(models.AbstractModel):
    """Removes what is personal of requests that are over, after the company's period.

    Payload, phone number and MobilePay's raw news go; amounts, references, states
    and ids stay. What is open, unconfirmed or not booked keeps everything: it may
    have to be sent again.
    """

    _name = "mobilepay.eraser"
    _description = "MobilePay Eraser"

    @api.model
    def _cron_erase(self):
        """Erase what is due, in commits of bounded size."""
        Cron = self.env["ir.cron"]
        connections = (
            self.env["mobilepay.connection"]
            .with_context(active_test=False)
            .search([("keep_days", ">", 0)])
        )
        Cron._commit_progress(remaining=len(connections))
        for connection in connections:
            while self._erase_some(connection):
                if not Cron._commit_progress():
                    return
            Cron._commit_progress(1)

    def _erase_some(self, connection):
        """Erase some requests of a connection; returns how many."""
        due = self.env["mobilepay.invoice"].search(self._due(connection), limit=CHUNK)
        requests = due.try_lock_for_update(allow_referencing=True)
        requests.event_ids.write({"raw": False})
        requests.transaction_ids.write({"raw": False, "message": False})
        requests.write({"payload": False, "phone": False})
        return len(requests)

    def _due(self, connection):
        day = connection._today() - timedelta(days=connection.keep_days)
        paid = (
            Domain("state", "=", "paid")
            & Domain("payment_id", "!=", False)
            & Domain("paid_on", "<", day)
        )
        failed = Domain("state", "in", FAILED_STATES) & Domain("due_date", "<", day)
        return (
            Domain("connection_id", "=", connection.id)
            & (paid | failed)
            & (Domain("payload", "!=", False) | Domain("phone", "!=", False))
        )
