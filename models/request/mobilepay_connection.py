from odoo import fields, models


class MobilepayConnection(models.Model):
    """Whom failed requests are told; and what was sent keeps a connection as it is."""

    _inherit = "mobilepay.connection"

    failures_to = fields.Selection(
        [
            ("seller", "Salesperson of the invoice"),
            ("responsible", "Responsible person of the connection"),
            ("nobody", "Nobody"),
        ],
        "Failed Requests Go to",
        required=True,
        default="seller",
        help="Who gets an activity on the invoice when its request is refused,"
        " rejected by the payer, or expired.",
    )

    def _is_used(self):
        # sudo: whoever changes a connection, all of its invoices count
        return super()._is_used() or bool(
            self.env["mobilepay.invoice"]
            .sudo()
            .search_count([("connection_id", "in", self.ids)], limit=1)
        )
