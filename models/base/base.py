from odoo import api, models

# by model: what the addon keeps for itself, so that no menu for filters offers it
TECHNICAL = {
    "mobilepay.invoice": (
        "bank_key cancel_tries cancel_user_id cancel_wanted_on consent_asked_on "
        "consent_wanted early_discount event_ids last_sequence link_untold "
        "next_cancel_on next_poll_on next_try_on payload polled_on polls "
        "reference_shared released renewal_tried superseded transaction_ids "
        "tries with_earlier"
    ),
    "mobilepay.event": "confirmed doubts link_url next_try_on raw tries",
    "mobilepay.transfer": "bank_key next_try_on raw transit_line_id tries",
    "mobilepay.transaction": "key raw word",
    "mobilepay.batch": "prepared",
    "mobilepay.check": "acted_on busy_until next_on",
    "mobilepay.connection": (
        "callback_path onboarding_asked onboarding_books_checked "
        "onboarding_payers_checked onboarding_refusal onboarding_test_skipped"
    ),
    "account.move": "mobilepay_check_step_id mobilepay_link_untold mobilepay_sendable",
    "account.bank.statement.line": (
        "mobilepay_by_hand mobilepay_check_step_id mobilepay_link_untold "
        "mobilepay_looked_on mobilepay_sendable mobilepay_state"
    ),
}


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Take the works inside out of what a person can filter and group by.

        Code still finds them, and filters that name them.
        """
        described = super().fields_get(allfields, attributes)
        for name in TECHNICAL.get(self._name, "").split():
            if name in described:
                described[name].update(searchable=False, groupable=False)
        return described
