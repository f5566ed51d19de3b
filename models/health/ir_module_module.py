from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_amount, str2bool

from ..request.mobilepay_invoice import OPEN_STATES

ADDON = "account_mobilepay"
#: system parameter of whoever cannot do what is asked, MobilePay being gone for good
ANYWAY = "account_mobilepay.uninstall_anyway"


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def button_uninstall(self):
        """Refuse while MobilePay still holds something that nobody would hear of.

        Requests that can be paid, payments that are not posted, money that MobilePay
        owes by the books. What is posted stays, whenever it is uninstalled.
        """
        going = self | self.downstream_dependencies()
        action = super().button_uninstall()
        if ADDON in going.mapped("name") and (left := self._mobilepay_left_to_do()):
            raise UserError(
                self.env._(
                    "MobilePay Invoice cannot be uninstalled yet:\n\n%s",
                    "\n".join(f"• {line}" for line in left),
                )
            )
        return action

    def _mobilepay_left_to_do(self):
        """Return a line for each thing to be done first, of all companies."""
        # sudo: Odoo has checked that this is an administrator, of whatever companies
        system = self.sudo()
        parameters = system.env["ir.config_parameter"]
        # a copy's requests are those of the original
        for name in ("database.is_neutralized", ANYWAY):
            if str2bool(parameters.get_param(name, ""), False):
                return []
        connections = system.env["mobilepay.connection"].with_context(active_test=False)
        return [
            f"{company.name}: {line}"
            for company, own in connections.search([]).grouped("company_id").items()
            for line in system._mobilepay_left_of(company, own)
        ]

    def _mobilepay_left_of(self, company, connections):
        """Yield what has to be done first in one company."""
        Request = self.env["mobilepay.invoice"]
        ours = [("connection_id", "in", connections.ids)]
        if count := Request.search_count([*ours, ("state", "in", OPEN_STATES)]):
            yield self.env._(
                "Requests that can still be paid: %s. Wait for them, or cancel them"
                " under Customers ▸ MobilePay Requests.",
                count,
            )
        unbooked = [*ours, ("state", "=", "paid"), ("payment_id", "=", False)]
        if count := Request.search_count(unbooked):
            yield self.env._(
                "Requests that were paid, and whose payment is not posted yet: %s. The"
                " connection says what keeps it.",
                count,
            )
        accounts = connections._clearing_accounts()
        if owed := self._mobilepay_balance(company, accounts):
            yield self.env._(
                "MobilePay owes %(amount)s by the books. Wait until it has paid out, or"
                " clear account %(account)s by an entry.",
                amount=format_amount(self.env, owed, company.currency_id),
                account=", ".join(
                    accounts.with_company(company).mapped("display_name")
                ),
            )
        if any(connection.state == "connected" for connection in connections):
            yield self.env._(
                "It is connected to MobilePay. Press Disconnect on the connection, last"
                " of all."
            )

    def _mobilepay_balance(self, company, accounts):
        """Return the balance of accounts in a company's books, rounded."""
        domain = [
            ("company_id", "child_of", company.ids),
            ("account_id", "in", accounts.ids),
            ("parent_state", "=", "posted"),
        ]
        Line = self.env["account.move.line"]
        [(balance,)] = Line._read_group(domain, aggregates=["balance:sum"])
        return company.currency_id.round(balance or 0.0)
