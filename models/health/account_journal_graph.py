from collections import Counter
from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date, get_lang

WEEKS = 6


class AccountJournal(models.Model):
    """What payers paid in each of the last weeks, on the MobilePay journal's card."""

    _inherit = "account.journal"

    def _get_bank_cash_graph_data(self):
        """Show no balance of statements there: MobilePay's journal has none."""
        connections = self._mobilepay_connections()
        if not self.env["mobilepay.invoice"].has_access("read"):
            connections = connections.browse()
        ours = self & connections.journal_id
        graphs = super(AccountJournal, self - ours)._get_bank_cash_graph_data()
        for journal in ours:
            own = connections.filtered(lambda one, j=journal: one.journal_id == j)
            graphs[journal.id] = journal._mobilepay_graph(own)
        return graphs

    def _mobilepay_graph(self, connections):
        days = self._mobilepay_paid_by_day(connections)
        this_week = self._mobilepay_week(fields.Date.context_today(self))
        sums = Counter()
        for day, amount in days:
            sums[self._mobilepay_week(day)] += amount
        weeks = [this_week - timedelta(weeks=ago) for ago in reversed(range(WEEKS))]
        values = [
            {
                "label": self._mobilepay_week_name(week),
                "value": self._mobilepay_currency().round(sums[week]),
                "type": "future" if week == this_week else "past",
            }
            for week in weeks
        ]
        return [
            {
                "values": values,
                "title": "",
                "key": self.env._("Paid with MobilePay"),
                "is_sample_data": False,
            }
        ]

    def _mobilepay_paid_by_day(self, connections):
        """Return ``(day, amount)`` of what was paid, in the journal's currency.

        What cannot be told in it has no place in this graph: the card names it.
        """
        first = self._mobilepay_week(fields.Date.context_today(self)) - timedelta(
            weeks=WEEKS - 1
        )
        issuers = connections.with_context(active_test=False).issuer_ids
        groups = self.env["mobilepay.invoice"]._read_group(
            [
                # by issuer and day, as the index of payments is
                ("issuer_id", "in", issuers.ids),
                ("state", "=", "paid"),
                ("paid_on", ">=", first),
                ("is_test", "=", False),
            ],
            ["paid_on:day", "currency_id"],
            ["paid_amount:sum"],
        )
        company, own = self.company_id.sudo(), self._mobilepay_currency()
        rated = self._mobilepay_rated(
            own, [currency for _day, currency, _sum in groups]
        )
        return [
            (day, currency._convert(amount, own, company, day))
            for day, currency, amount in groups
            if currency in rated
        ]

    def _mobilepay_week(self, day):
        """Return the first day of a day's week, as the reader's language has weeks."""
        start = int(get_lang(self.env).week_start) - 1
        return day - timedelta(days=(day.weekday() - start) % 7)

    def _mobilepay_week_name(self, first):
        last = first + timedelta(days=6)
        days = (
            format_date(self.env, day, date_format="d MMM") for day in (first, last)
        )
        return " – ".join(days)
