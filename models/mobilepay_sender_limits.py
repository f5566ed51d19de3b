from odoo import models


class MobilepaySender(models.AbstractModel):
    """MobilePay's daily limit per payer, counted before anything leaves."""

    _inherit = "mobilepay.sender"

    def _problems(self, connection, wire_request):
        problems = super()._problems(connection, wire_request)
        if self._sent_today(connection, wire_request.phone) >= connection.max_per_day:
            problems.append(
                self.env._(
                    "This payer has had today's %s MobilePay invoices. Send it"
                    " tomorrow, or send a link without a phone number.",
                    connection.max_per_day,
                )
            )
        return problems

    def _sent_today(self, connection, phone):
        """Return how many requests of today name this number, queued ones included."""
        if not phone:
            return 0
        return self.env["mobilepay.invoice"].search_count(
            [
                ("connection_id.merchant_id", "=", connection.merchant_id),
                ("phone", "=", phone),
                ("create_date", ">=", connection._start_of_today()),
                ("state", "!=", "invalid"),
            ]
        )
