from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..request.mobilepay_invoice import FAILED_STATES

CHUNK = 500
REFUSED_CONSENTS = ("denied", "withdrawn")


class MobilepayEraser(models.AbstractModel):
    """Removes what is personal and over, after the company's period.

    Payloads, phone numbers and MobilePay's raw news go; amounts, references, states
    and ids stay. What is open, unconfirmed or not booked keeps everything: it may
    have to be sent again. A consent that is given keeps its number: it is used.
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
        """Erase some of what is due at a connection; returns how much."""
        day = connection._today() - timedelta(days=connection.keep_days)
        own = Domain("connection_id", "=", connection.id)
        return (
            self._erase_requests(own, day)
            + self._erase_orphans(own, day)
            + self._erase_transactions(connection, day)
            + self._erase_consents(own, day)
            + self._erase_checks(own, day)
        )

    def _lock_due(self, model, domain):
        """Return some rows that are due, locked."""
        # those that another worker holds are taken another day
        due = self.env[model].search(domain, limit=CHUNK)
        return due.try_lock_for_update(allow_referencing=True)

    def _erase_requests(self, own, day):
        requests = self._lock_due("mobilepay.invoice", own & self._over(day))
        requests.event_ids.write({"raw": False})
        requests.transaction_ids.write({"raw": False, "message": False})
        requests.write({"payload": False, "phone": False})
        return len(requests)

    def _over(self, day):
        """Return which requests are over for so long, and hold something personal."""
        paid = (
            Domain("state", "=", "paid")
            & Domain("payment_id", "!=", False)
            & Domain("paid_on", "<", day)
        )
        failed = Domain("state", "in", FAILED_STATES) & Domain("due_date", "<", day)
        # what came in late has its raw news only
        names = ("payload", "phone", "event_ids.raw", "transaction_ids.raw")
        held = Domain.OR(Domain(name, "!=", False) for name in names)
        return (paid | failed) & held

    def _erase_orphans(self, own, day):
        """Erase news of what is none of our requests."""
        news = self._lock_due(
            "mobilepay.event",
            own
            & Domain("request_id", "=", False)
            & Domain("state", "!=", "new")
            & Domain("raw", "!=", False)
            & Domain("create_date", "<", day),
        )
        news.write({"raw": False})
        return len(news)

    def _erase_transactions(self, connection, day):
        """Erase what settlements say of payments that are none of our requests'."""
        rows = self._lock_due(
            "mobilepay.transaction",
            Domain("transfer_id.connection_id", "=", connection.id)
            & Domain("request_id", "=", False)
            & Domain("transfer_id.state", "=", "settled")
            & Domain("transfer_date", "<", day)
            & (Domain("raw", "!=", False) | Domain("message", "!=", False)),
        )
        rows.write({"raw": False, "message": False})
        return len(rows)

    def _erase_consents(self, own, day):
        """Erase the numbers of payers who said no; that they did so stays."""
        consents = self._lock_due(
            "mobilepay.consent",
            own
            & Domain("state", "in", REFUSED_CONSENTS)
            & Domain("phone", "!=", False)
            & Domain("write_date", "<", day),
        )
        if consents:
            self._forget_tracked(consents)
            # SQL: which answer is the latest is told by write_date
            self.env.cr.execute(
                SQL(
                    "UPDATE mobilepay_consent SET phone = NULL WHERE id = ANY(%s)",
                    consents.ids,
                )
            )
            consents.invalidate_recordset(["phone"], flush=False)
        return len(consents)

    def _erase_checks(self, own, day):
        """Erase who played the payer in go-live checks that are over."""
        checks = self._lock_due(
            "mobilepay.check",
            own
            & Domain("state", "=", "done")
            & Domain("ended_on", "<", day)
            & Domain("payer_phone", "!=", False),
        )
        checks.write({"payer_phone": False, "payer_user": False, "payer_card": False})
        return len(checks)

    def _forget_tracked(self, consents):
        """Take the numbers out of the consents' history, too."""
        # sudo: the history of a field is nobody's to change but the system's
        messages = self.env["mail.message"].sudo()
        held = messages.search(
            [("model", "=", consents._name), ("res_id", "in", consents.ids)]
        ).tracking_value_ids
        field = self.env["ir.model.fields"]._get(consents._name, "phone")
        held.filtered(lambda value: value.field_id == field).unlink()
