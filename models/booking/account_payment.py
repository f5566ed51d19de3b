from odoo import fields, models

from .account_move import TOGETHER


class AccountPayment(models.Model):
    _inherit = "account.payment"

    mobilepay_invoice_id = fields.Many2one(
        "mobilepay.invoice",
        "MobilePay Request",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    mobilepay_refund_id = fields.Many2one(
        "mobilepay.transaction",
        "MobilePay Refund",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    # "every posting happens once": these three, not a look-up
    _mobilepay_invoice_unique = models.UniqueIndex(
        "(mobilepay_invoice_id) WHERE mobilepay_invoice_id IS NOT NULL",
        "This MobilePay request is booked already.",
    )
    _mobilepay_transaction_unique = models.UniqueIndex(
        "(company_id, payment_reference) WHERE mobilepay_invoice_id IS NOT NULL",
        "This MobilePay transaction is booked already.",
    )
    _mobilepay_refund_unique = models.UniqueIndex(
        "(mobilepay_refund_id) WHERE mobilepay_refund_id IS NOT NULL",
        "This MobilePay refund is booked already.",
    )

    def _generate_journal_entry(
        self, write_off_line_vals=None, force_balance=None, line_ids=None
    ):
        """Make and post the entries of many payments at once, where asked to.

        What Odoo does is done for all: the same values, the same posting. Only the
        payments' links to their entries are written together: one by one, each has
        the invoices that it pays searched for anew.
        """
        lean = self.env.context.get(TOGETHER)
        if not lean or write_off_line_vals or force_balance or line_ids:
            return super()._generate_journal_entry(
                write_off_line_vals, force_balance, line_ids
            )
        payments = self.filtered(lambda p: not p.move_id and p.outstanding_account_id)
        moves = self.env["account.move"].create(payments._mobilepay_move_values())
        # posted before the payments know them: a payment that is in process and
        # has an entry without a name takes a number of its own
        moves.action_post()
        payments._mobilepay_join(moves)

    def _mobilepay_move_values(self):
        """Return Odoo's values of the entries; with what it would look up for each.

        And with what it would work out, in an UPDATE for each, once they are made:
        it does that all the same, and writes what is not as it is given here.
        """
        known = {"fiscal_position_id": False, "invoice_payment_term_id": False}
        found = [{**payment._generate_move_vals(), **known} for payment in self]
        # sudo: whether there is any rule at all, of whatever company
        rules = self.env["account.analytic.distribution.model"].sudo()
        unruled = not rules.search_count([], limit=1)
        for payment, values in zip(self, found, strict=True):
            same = {
                "date": values["date"],
                "ref": values["ref"],
                "parent_state": "draft",
                "payment_id": values["origin_payment_id"],
                "no_followup": payment.journal_id.type == "general",
            }
            if unruled:
                same["analytic_distribution"] = False
            for _create, _id, line in values["line_ids"]:
                amount = line["amount_currency"]
                line.update(same, price_subtotal=amount, price_total=amount)
        return found

    def _mobilepay_join(self, moves):
        """Link each payment with its entry, all in one go."""
        link = self._fields["move_id"]
        for payment, move in zip(self, moves, strict=True):
            # the low level of write(), which takes one value for all of them only
            link._update_cache(payment, move.id, dirty=True)
        for inverse in self.pool.field_inverses[link]:
            moves.invalidate_recordset([inverse.name], flush=False)
        self.modified(["move_id"])

    def _mobilepay_clearing_lines(self):
        """Return the journal items on the clearing account, one of each payment."""
        lines = self.env["account.move.line"]
        for payment in self:
            lines += payment.move_id.line_ids.filtered(
                lambda line, payment=payment: (
                    line.account_id == payment.outstanding_account_id
                )
            )
        return lines
