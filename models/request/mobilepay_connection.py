from odoo import models


class MobilepayConnection(models.Model):
    """What was sent through a connection keeps it as it is."""

    _inherit = "mobilepay.connection"

    def _is_used(self):
        # sudo: whoever changes a connection, all of its invoices count
        return super()._is_used() or bool(
            self.env["mobilepay.invoice"]
            .sudo()
            .search_count([("connection_id", "in", self.ids)], limit=1)
        )
