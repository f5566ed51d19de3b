from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class MobilepayTransferFetch(models.TransientModel):
    """Fetches the transfers of a period that a person chooses."""

    _name = "mobilepay.transfer.fetch"
    _description = "Fetch MobilePay Transfers"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    first = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.subtract(
            fields.Date.context_today(self), days=31
        ),
    )
    last = fields.Date(
        "To", required=True, default=lambda self: fields.Date.context_today(self)
    )

    def action_fetch(self):
        """Fetch, enter what is complete, and show the transfers of the period."""
        self.ensure_one()
        if self.first > self.last:
            raise UserError(self.env._("The first day is after the last one."))
        self.env["account.move"].check_access("write")
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Switch to the company you fetch for."))
        # sudo: transfers are written by the system; the right was checked
        connection = self.env["mobilepay.connection"]._for_company(self.company_id)
        if not connection:
            raise UserError(self.env._("This company is not connected to MobilePay."))
        connection = connection.with_company(connection.company_id)
        with connection._raise_as_user_error():
            connection.env["mobilepay.reporter"]._fetch(
                connection, self.first, self.last
            )
        waiting = connection.transfer_ids.filtered(lambda t: t.state == "waiting")
        connection.env["mobilepay.settler"]._settle_now(waiting)
        self.env.ref("account_mobilepay.cron_match")._trigger()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_mobilepay.action_mobilepay_transfer"
        )
        action["domain"] = [
            ("transfer_date", ">=", self.first),
            ("transfer_date", "<=", self.last),
        ]
        return action
