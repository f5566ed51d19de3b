from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from .mobilepay_owed_wizard import WAITING

# of a transfer that is not entered in the books
NOT_ENTERED = ("fetching", "waiting", "undone")


class MobilepayOwedWizard(models.TransientModel):
    """What the printed report says beside its rows: totals, and what is open to ask."""

    _inherit = "mobilepay.owed.wizard"

    def _printed_on(self):
        return format_datetime(self.env, fields.Datetime.now())

    def _stage_totals(self):
        """Return label, count, what is asked for and what is owed, of each stage."""
        owed_or_asked = Domain("owed", "!=", 0) | Domain("stage", "in", WAITING)
        rows = self._owed_rows()
        totals = {}
        for stage, currency, *sums in rows._read_group(
            self._of_company() & owed_or_asked,
            ["stage", "currency_id"],
            ["__count", "requested:sum", "owed:sum"],
        ):
            sums[1] = self._in_own_currency(currency, sums[1])
            before = totals.get(stage, (0, 0.0, 0.0))
            totals[stage] = tuple(map(sum, zip(before, sums, strict=True)))
        labels = rows._fields["stage"]._description_selection(self.env)
        return [(label, *totals[name]) for name, label in labels if name in totals]

    def _in_own_currency(self, currency, amount):
        own = self.currency_id
        return (currency or own)._convert(amount, own, self.company_id, self.day)

    def _unexplained(self):
        """Return the items that no invoice explains, each with what is open of it.

        As of the day: what was explained later was open then.
        """
        accounts = self._connections().other_account_id
        later = Domain("max_date", ">", self.day)
        lines = self.env["account.move.line"].search(
            self._of_company()
            & Domain("account_id", "in", accounts.ids)
            & Domain("parent_state", "=", "posted")
            & Domain("date", "<=", self.day)
            & (
                Domain("reconciled", "=", False)
                | Domain("matched_debit_ids", "any", later)
                | Domain("matched_credit_ids", "any", later)
            ),
            order="date, id",
        )
        found = [(line, self._open_on_day(line)) for line in lines]
        return [row for row in found if not self.currency_id.is_zero(row[1])]

    def _open_on_day(self, line):
        """Return what of a journal item was not matched yet on the day."""
        if not line.account_id.reconcile:
            return line.balance

        def later(partials):
            return sum(p.amount for p in partials if p.max_date > self.day)

        matched = later(line.matched_credit_ids) - later(line.matched_debit_ids)
        return line.amount_residual + matched

    def _transfers_not_entered(self):
        """Return the transfers until the day that wait for something."""
        return self.env["mobilepay.transfer"].search(
            self._of_company()
            & Domain("state", "in", NOT_ENTERED)
            & Domain("transfer_date", "<=", self.day),
            order="transfer_date, id",
        )
