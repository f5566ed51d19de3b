from odoo import models


class MobilepaySender(models.AbstractModel):
    """MobilePay's daily limit per payer, counted before anything leaves."""

    _inherit = "mobilepay.sender"

    def _problems(self, connection, wire_request, whole):
        problems = super()._problems(connection, wire_request, whole)
        known = self.env["mobilepay.known"]
        most = known._standing(connection).limits.max_per_day
        if known._sent_today(connection, wire_request.phone) >= most:
            problems.append(
                self.env._(
                    "This payer has had today's %s MobilePay invoices. Send it"
                    " tomorrow, or send a link without a phone number.",
                    most,
                )
            )
        return problems
