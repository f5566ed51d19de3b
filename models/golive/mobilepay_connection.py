from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...mobilepay import environments


class MobilepayConnection(models.Model):
    """Go-live check: MobilePay's own list, run through in the sandbox."""

    _inherit = "mobilepay.connection"

    is_production = fields.Boolean(compute="_compute_is_production")
    check_ids = fields.One2many(
        "mobilepay.check",
        "connection_id",
        readonly=True,
        groups="account.group_account_manager",
    )

    @api.depends("environment", "custom_api_base")
    def _compute_is_production(self):
        for connection in self:
            connection.is_production = environments.is_production(
                connection.environment, connection._api_base() or ""
            )

    def action_check(self):
        """Open the go-live check that is not over, else prepare a new one."""
        self.ensure_one()
        self.check_access("write")
        self._check_checkable()
        # sudo: a check is written by the system; the right was checked
        Check = self.env["mobilepay.check"].sudo()
        unfinished = Check.search(
            [("connection_id", "=", self.id), ("state", "!=", "done")], limit=1
        )
        check = unfinished or Check._prepare(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Go-Live Check"),
            "res_model": "mobilepay.check",
            "res_id": check.id,
            "view_mode": "form",
        }

    def _check_checkable(self):
        """Whether a check may begin here: connected, and never in production.

        :raises UserError: with what to do instead
        """
        if self.is_production:
            raise UserError(
                self.env._(
                    "The go-live check sends test invoices and plays their payer, so it"
                    " runs in MobilePay's sandbox only. This connection is in"
                    " production: nothing was sent. Use a connection to the sandbox."
                )
            )
        if self.state != "connected" or not self._usable():
            raise UserError(
                self.env._(
                    "Connect first, with an enabled issuer: the go-live check sends"
                    " test invoices through this connection."
                )
            )

    @contextmanager
    def _test_payer(self, check):
        """Yield the :class:`service.TestPayer` of a check.

        :raises UserError: in production, where payers play themselves
        """
        self._check_checkable()
        with self._service() as service:
            yield service.payer(check.payer_user or "", check.payer_card or "")
