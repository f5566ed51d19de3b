from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    mobilepay_state_text = fields.Char(compute="_compute_mobilepay_state_text")

    def _compute_mobilepay_state_text(self):
        for settings in self:
            connection = settings._mobilepay_connection()
            settings.mobilepay_state_text = (
                connection.state_text
                if connection
                else self.env._("Not set up for this company.")
            )

    def action_mobilepay_connection(self):
        """Open this company's connection, or a new one."""
        self.ensure_one()
        connection = self._mobilepay_connection()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("MobilePay"),
            "res_model": "mobilepay.connection",
            "view_mode": "form",
            "res_id": connection.id,
            "context": {"default_company_id": self.company_id.id},
        }

    def _mobilepay_connection(self):
        return self.env["mobilepay.connection"].search(
            [("company_id", "=", self.company_id.id)], limit=1
        )
