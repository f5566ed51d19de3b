from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mobilepay_state_text = fields.Char(compute="_compute_mobilepay_state_text")

    def _compute_mobilepay_state_text(self):
        for settings in self:
            settings.mobilepay_state_text = settings._mobilepay_state_text()

    def _mobilepay_state_text(self):
        """Say in one line how this company stands with MobilePay."""
        Connection = self.env["mobilepay.connection"]
        used = Connection._for_company(self.company_id)
        if not used:
            return self.env._("Not set up for this company.")
        if used.company_id == self.company_id:
            return used.state_text
        return self.env._(
            "This branch uses the connection of %(company)s: %(state)s",
            company=used.company_id.name,
            state=used.state_text,
        )

    def action_mobilepay_connection(self):
        """Open this company's connection, or a new one."""
        self.ensure_one()
        connection = self.env["mobilepay.connection"].search(
            [("company_id", "=", self.company_id.id)], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("MobilePay"),
            "res_model": "mobilepay.connection",
            "view_mode": "form",
            "res_id": connection.id,
            "context": {"default_company_id": self.company_id.id},
        }
