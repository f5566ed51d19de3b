from odoo import models

from .account_move_send import METHOD

# these bring no link to the customer by themselves
SILENT = {METHOD, "manual"}


class AccountMoveSend(models.AbstractModel):
    """Payment links that would reach nobody are told before they are made."""

    _inherit = "account.move.send"

    def _mobilepay_untold_alert(self, move, move_data, wish):
        """Return the alert about a link that reaches nobody, {} if it is none."""
        if wish["kind"] != "link" or not self._mobilepay_is_silent(move, move_data):
            return {}
        message = self.env._(
            "Nobody is given the payment link by e-mail: copy it from the"
            " invoice and give it to the customer."
        )
        return {"mobilepay_link_untold": {"level": "warning", "message": message}}

    def _mobilepay_is_silent(self, move, move_data):
        """Whether nothing that is sent would bring the customer a link."""
        speaking = set(move_data.get("sending_methods") or ()) - SILENT
        connection = self.env["mobilepay.connection"]._for_company(move.company_id)
        if not move.partner_id.email or not connection.show_in_email:
            speaking -= {"email"}
        return not speaking

    def _mobilepay_untold_alert_of_many(self, moves, moves_data):
        """Return the alert about links that reach nobody, {} if there are none."""
        silent = moves.filtered(lambda move: not move.partner_id.email)
        untold = self._mobilepay_links_to_nobody(silent, moves_data)
        if not untold:
            return {}
        return {
            "mobilepay_link_untold": {
                "level": "warning",
                "message": self.env._(
                    "Payment links that reach nobody, as the customer has no e-mail"
                    " address: %(count)s.",
                    count=len(untold),
                ),
                "action_text": self.env._("View Invoices"),
                "action": untold._get_records_action(),
            }
        }

    def _mobilepay_links_to_nobody(self, moves, moves_data):
        found = self.env["account.move"]
        for company, some in moves.grouped("company_id").items():
            connection = self.env["mobilepay.connection"]._for_company(company)
            # sudo: as when they are examined; see _mobilepay_problems_of_many
            own = self.with_company(company).sudo()
            known = own.env["mobilepay.prefetch"]._prefetch(
                connection, some.with_env(own.env)
            )
            own = own.with_context(**known)
            found += some.filtered(
                lambda move, own=own, connection=connection: (
                    own._mobilepay_wish(connection, move, moves_data[move])["kind"]
                    == "link"
                )
            )
        return found
