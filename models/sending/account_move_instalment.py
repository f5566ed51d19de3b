from datetime import timedelta
from typing import NamedTuple

from odoo import models

# on the context of an invoice that is asked for because its payer wants to pay
BY_PAYER = {"mobilepay_by_payer": True}


class Portion(NamedTuple):
    """What one request asks of an invoice: all of it (number 0) or an instalment.

    :param move: the invoice
    :param number: 1 for the first instalment by due date, 0 for the whole
    :param amount: what is still due of them, in the invoice's currency
    :param due_date: of the instalment, the early discount, or the invoice
    :param discounted: the amount is what settles the invoice until ``due_date``
    :param earlier: what is open of the instalments before it is asked for, too
    """

    move: object
    number: int
    amount: float
    due_date: object
    discounted: bool = False
    earlier: bool = False

    @property
    def lines(self):
        """The receivable lines that the payment will settle."""
        # looked up when they are wanted: to examine an invoice nobody reads its lines
        lines = self.move._mobilepay_receivable_lines()
        if not self.number:
            return lines
        return lines[0 if self.earlier else self.number - 1 : self.number]


class AccountMove(models.Model):
    """Invoices whose payment terms have several due dates."""

    _inherit = "account.move"

    def _mobilepay_portions(self, connection):
        """Return the :class:`Portion` list that can be asked for now.

        None where a request for the same stands, and none of an invoice whose
        whole is being asked for already.
        """
        self.ensure_one()
        asked = set(self.mobilepay_invoice_ids._standing().mapped("instalment"))
        # what is due next is asked for at once, and one after another
        if 0 in asked or (asked and connection.instalment_rule == "next"):
            return []
        portions = self._mobilepay_all_portions(connection)
        return [one for one in portions if one.number not in asked]

    def _mobilepay_all_portions(self, connection):
        if not self._mobilepay_is_in_parts(connection):
            return [self._mobilepay_whole(self._mobilepay_is_discounted(connection))]
        today = connection._today()
        left = [
            self._mobilepay_instalment(number)
            for number, line in enumerate(self._mobilepay_receivable_lines(), start=1)
            if not line.reconciled
        ]
        if connection.instalment_rule == "next":
            return self._mobilepay_next(left, today)
        horizon = today + timedelta(days=connection.instalment_days)
        due = [portion for portion in left if portion.due_date <= horizon]
        # whoever wants to pay before the day need not wait for it
        ahead = self.env.context.get("mobilepay_by_payer")
        return left[:1] if ahead and not due else due

    def _mobilepay_is_in_parts(self, connection):
        """Whether the invoice is asked for by its instalments."""
        rule = connection.instalment_rule
        # first: to examine an invoice nobody reads its lines
        if rule == "whole" or (
            rule == "next" and len(self.invoice_payment_term_id.line_ids) < 2
        ):
            return False
        return len(self._mobilepay_receivable_lines()) > 1

    def _mobilepay_next(self, left, today):
        """Return what Odoo's own page asks for: all that is overdue, else the next."""
        overdue = [portion for portion in left if portion.due_date < today]
        if len(overdue) < 2:
            return left[:1]
        return [self._mobilepay_instalment(overdue[-1].number, earlier=True)]

    def _mobilepay_is_discounted(self, connection):
        """Whether an early payment discount can still be had today."""
        # first: Odoo's own question reads the invoice's lines
        return (
            self.invoice_payment_term_id.early_discount
            and self._is_eligible_for_early_payment_discount(
                self.currency_id, connection._today()
            )
            and len(self._mobilepay_receivable_lines()) == 1
        )

    def _mobilepay_whole(self, discounted):
        """Return the whole as a portion, less the early payment discount if asked."""
        if discounted:
            line = self._mobilepay_receivable_lines()
            amount, due_date = line.discount_amount_currency, line.discount_date
            return Portion(self, 0, amount, due_date, True)
        return Portion(self, 0, self.amount_residual, self.invoice_date_due)

    def _mobilepay_instalment(self, number, earlier=False):
        """Return the portion of this instalment, asked for or not."""
        lines = self._mobilepay_receivable_lines()
        if number > len(lines):
            return self._mobilepay_whole(False)
        asked = lines[0 if earlier else number - 1 : number]
        amount = self.currency_id.round(sum(asked.mapped("amount_residual_currency")))
        due = asked.filtered(lambda line: not line.reconciled) or asked
        return Portion(self, number, amount, due[0].date_maturity, earlier=earlier)

    def _mobilepay_receivable_lines(self):
        """Return the receivable lines in the order of their due dates."""
        # not filtered(): that would read the lines of each invoice by themselves
        ids = [
            line.id for line in self.line_ids if line.account_type == "asset_receivable"
        ]
        lines = self.line_ids.browse(ids).with_prefetch(self.line_ids._prefetch_ids)
        return lines.sorted(
            lambda line: (line.date_maturity or self.invoice_date_due, line.id)
        )
