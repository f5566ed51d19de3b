from collections import Counter, defaultdict

from odoo import fields, models

from ..request.mobilepay_invoice_situation import SITUATIONS


class AccountJournal(models.Model):
    """What waits at MobilePay, on the card of its journal on the dashboard."""

    _inherit = "account.journal"

    def _get_journal_dashboard_data_batched(self):
        data = super()._get_journal_dashboard_data_batched()
        self._fill_mobilepay_dashboard_data(data)
        return data

    def _fill_mobilepay_dashboard_data(self, dashboard_data):
        """Put the requests of each situation on the card of a MobilePay journal.

        ``mobilepay`` is ``{situation: {"count": n, "amount": text}}``, for journals
        of a connection only, and in the companies that are switched on (record
        rules). What is in another currency counts at today's rate; without a rate it
        stands apart.
        """
        Request = self.env["mobilepay.invoice"]
        connections = self._mobilepay_connections()
        if not connections or not Request.has_access("read"):
            return
        for journal in connections.journal_id:
            dashboard_data[journal.id]["mobilepay"] = {}
        for name, _label in SITUATIONS:
            totals = self._mobilepay_totals(connections, name)
            for journal in connections.journal_id:
                found = totals[journal.id]
                dashboard_data[journal.id]["mobilepay"][name] = {
                    "count": sum(count for _currency, count, _amount in found),
                    "amount": journal._mobilepay_amount(found),
                }

    def _mobilepay_connections(self):
        """Return the connections that post in these journals, archived ones too."""
        if "bank" not in self.mapped("type"):
            return self.env["mobilepay.connection"]
        # sudo: whoever sees the dashboard may not see connections
        Connection = self.env["mobilepay.connection"].sudo()
        return Connection.with_context(active_test=False).search(
            [("journal_id", "in", self.ids)]
        )

    def _mobilepay_totals(self, connections, situation):
        """Return ``{journal id: [(currency, count, amount)]}`` of a situation."""
        totals = defaultdict(list)
        groups = self.env["mobilepay.invoice"]._read_group(
            [
                ("connection_id", "in", connections.ids),
                ("situation", "=", situation),
            ],
            ["connection_id", "currency_id"],
            ["__count", "amount:sum"],
        )
        journals = {one.id: one.journal_id.id for one in connections}
        for connection, currency, count, amount in groups:
            totals[journals[connection.id]].append((currency, count, amount))
        return totals

    def _mobilepay_amount(self, found):
        """Return amounts of several currencies as one text in the journal's own."""
        company, own = self.company_id.sudo(), self._mobilepay_currency()
        today = fields.Date.context_today(self)
        rated = self._mobilepay_rated(own, [currency for currency, *_sums in found])
        sums = Counter()
        for currency, _count, amount in found:
            if currency in rated:
                sums[own] += currency._convert(amount, own, company, today)
            else:
                sums[currency] += amount
        told = (currency.format(amount) for currency, amount in sums.items())
        return " + ".join(told) or own.format(0.0)

    def _mobilepay_currency(self):
        # sudo: whoever sees a journal may not see its company
        return self.currency_id or self.company_id.sudo().currency_id

    def _mobilepay_rated(self, own, currencies):
        """Return those of some currencies that can be told in the journal's own.

        Odoo converts what has no rate one to one.
        """
        foreign = own.union(*currencies) - own
        if not foreign:
            return own
        # sudo: as above
        company = self.company_id.sudo()
        rates = (
            self.env["res.currency.rate"]
            .sudo()
            ._read_group(
                [
                    ("currency_id", "in", (own | foreign).ids),
                    ("company_id", "in", (False, company.root_id.id)),
                ],
                ["currency_id"],
            )
        )
        known = company.currency_id.union(*(currency for (currency,) in rates))
        return own | (foreign & known if own in known else own)

    def action_mobilepay_requests(self):
        """Open the requests of this journal; of ``mobilepay_situation`` at first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_mobilepay.action_mobilepay_invoice"
        )
        situation = self.env.context.get("mobilepay_situation")
        return {
            **action,
            "domain": [("connection_id", "in", self._mobilepay_connections().ids)],
            "context": {f"search_default_{situation or 'real'}": 1},
        }
