from odoo import models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    def action_mobilepay_onboarding(self):
        """Open the guided set-up of this company, at its next step."""
        self.ensure_one()
        return self.env["mobilepay.connection"]._onboarding_of(self.company_id)
