from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    mobilepay_connection_ids = fields.One2many("mobilepay.connection", "company_id")
