from odoo import models

from ...mobilepay import rules


class MobilepaySender(models.AbstractModel):
    """What MobilePay's limits leave out, before anything leaves."""

    _inherit = "mobilepay.sender"

    def _problems(self, connection, wire_request, whole):
        """Return what MobilePay's rules have against this request, as texts."""
        known = self.env["mobilepay.prefetch"]
        standing = known._standing(connection)
        found = rules.check(
            wire_request,
            today=standing.today,
            limits=standing.limits,
            country=standing.country,
            whole=whole,
        )
        problems = [
            self.env["mobilepay.messages"]._problem_message(one) for one in found
        ]
        most = standing.limits.max_per_day
        if known._sent_today(connection, wire_request.phone) >= most:
            problems.append(
                self.env._(
                    "This payer has had today's %s MobilePay invoices. Send it"
                    " tomorrow, or send a link without a phone number.",
                    most,
                )
            )
        return problems

    def _fits(self, connection, move):
        """Whether MobilePay is a way for this invoice at all.

        Few look-ups: it is asked for each invoice that anybody sends.
        """
        standing = self.env["mobilepay.prefetch"]._standing(connection)
        return not (
            standing.problem or self._move_problem(connection, move)
        ) and self._is_within(standing.limits.max_amount, connection, move)

    def _is_within(self, most, connection, move):
        def within(amount):
            return move.currency_id.compare_amounts(amount, float(most)) <= 0

        # an instalment may be within the limit where the whole is not
        return within(move.amount_residual) or any(
            within(portion.amount) for portion in move._mobilepay_portions(connection)
        )
