from odoo import models


class AccountJournal(models.Model):
    """What is said of a payment that a person enters in the MobilePay journal."""

    _inherit = "account.journal"

    def _mobilepay_by_hand_message(self, payment_type):
        """Return why no money stands behind it; '' in any other journal."""
        if not self._mobilepay_connections():
            return ""
        if payment_type == "outbound":
            return self.env._(
                "This pays nothing back. Make the refund in MobilePay's portal: it is"
                " posted by itself, with the transfer from which it is taken."
            )
        return self.env._(
            "MobilePay knows nothing of a payment that is registered here: no transfer"
            " will bring it. Its own payments are posted by themselves. For money that"
            " came in another way, choose another journal."
        )
