from odoo import api, models, tools

# what decides whose connection is whose, and which bank lines are looked at
DECIDING_FIELDS = {"active", "company_id", "bank_journal_ids"}


class MobilepayConnection(models.Model):
    """Which connection a company's invoices go through, asked for each of them."""

    _inherit = "mobilepay.connection"

    @api.model
    def _for_company(self, company):
        """Return the active connection of ``company``, or of its nearest parent."""
        # sudo: whoever sends an invoice may not see its connection
        return self.sudo().browse(self._id_for_company(company.id))

    @tools.ormcache("company_id")
    def _id_for_company(self, company_id):
        company = self.env["res.company"].sudo().browse(company_id)
        found = self.sudo().search([("company_id", "in", company.parent_ids.ids)])
        by_company = {connection.company_id: connection.id for connection in found}
        for candidate in reversed(company.parent_ids):
            if candidate in by_company:
                return by_company[candidate]
        return False

    @api.model
    @tools.ormcache()
    def _named_bank_journals(self):
        """Return the IDs of the bank journals that any active connection names."""
        # sudo: whoever imports statements may not see connections
        connections = self.sudo().search([("bank_journal_ids", "!=", False)])
        return frozenset(connections.bank_journal_ids.ids)

    @api.model
    def _connected(self):
        """Return all connected connections, found and read in one query."""
        names = [
            name
            for name, field in self._fields.items()
            if field.store and field.column_type and field.prefetch
        ]
        return self.search_fetch([("state", "=", "connected")], names)

    def _issuers(self):
        """Return the connection's issuers, found and read in one query."""
        names = ["name", "mobilepay_id", "enabled", "connection_id", "company_id"]
        return self.env["mobilepay.issuer"].search_fetch(
            [("connection_id", "=", self.id)], names
        )

    def unlink(self):
        result = super().unlink()
        self._forget_whose()
        return result

    def _forget_whose(self):
        self.env.registry.clear_cache()
        # another thread may have looked it up before this was committed
        self.env.cr.postcommit.add(self.env.registry.clear_cache)
