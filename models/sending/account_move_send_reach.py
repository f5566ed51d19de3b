from odoo import models

from .account_move_send import METHOD

# these bring no link to the customer by themselves
SILENT = {METHOD, "manual"}


class AccountMoveSend(models.AbstractModel):
    """Payment links that would reach nobody are told before they are made."""

    _inherit = "account.move.send"

    def _mobilepay_alerts_of_one(self, move, move_data):
        alerts = super()._mobilepay_alerts_of_one(move, move_data)
        connection = self.env["mobilepay.connection"]._for_company(move.company_id)
        if (
            "mobilepay_not_sendable" not in alerts
            and self._mobilepay_is_silent(move, move_data)
            and self._mobilepay_wish(connection, move, move_data)["kind"] == "link"
        ):
            alerts["mobilepay_link_untold"] = {
                "level": "warning",
                "message": self.env._(
                    "Nobody is given the payment link by e-mail: copy it from the"
                    " invoice and give it to the customer."
                ),
            }
        return alerts

    def _mobilepay_is_silent(self, move, move_data):
        """Whether nothing that is sent would bring the customer a link."""
        speaking = set(move_data.get("sending_methods") or ()) - SILENT
        connection = self.env["mobilepay.connection"]._for_company(move.company_id)
        if not move.partner_id.email or not connection.show_in_email:
            speaking -= {"email"}
        return not speaking

    def _mobilepay_alerts_of_many(self, moves, moves_data):
        alerts = super()._mobilepay_alerts_of_many(moves, moves_data)
        silent = moves.filtered(lambda move: not move.partner_id.email)
        problems = silent and self._mobilepay_problems_of_many(silent, moves_data)
        silent = silent.filtered(lambda move: move.id not in problems)
        if untold := self._mobilepay_links_to_nobody(silent, moves_data):
            alerts["mobilepay_link_untold"] = {
                "level": "warning",
                "message": self.env._(
                    "Payment links that reach nobody, as the customer has no e-mail"
                    " address: %(count)s.",
                    count=len(untold),
                ),
                "action_text": self.env._("View Invoices"),
                "action": untold._get_records_action(),
            }
        return alerts

    def _mobilepay_links_to_nobody(self, moves, moves_data):
        found = self.env["account.move"]
        for company, some in moves.grouped("company_id").items():
            connection = self.env["mobilepay.connection"]._for_company(company)
            # sudo: as when they are examined; see _mobilepay_problems_of_many
            own = self.with_company(company).sudo()
            known = own.env["mobilepay.known"]._ahead(
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
