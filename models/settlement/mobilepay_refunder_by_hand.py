from odoo import models
from odoo.fields import Domain

from .mobilepay_refunder import payer_of


class MobilepayRefunder(models.AbstractModel):
    """Finds refunds that a person has booked before MobilePay reported them.

    On the credit note, with Odoo's *Pay* in the MobilePay journal: an outbound
    payment of the customer, journal and amount, which no refund has claimed and
    nothing has settled.
    """

    _inherit = "mobilepay.refunder"

    def _find_by_hand(self, refunds):
        """Return the payment of each refund that has one, and a problem or ''."""
        free = self._unclaimed(refunds).grouped(_key_of_payment)
        found = {}
        for key, equal in refunds.grouped(_key_of_refund).items():
            payments = free.get(key, self.env["account.payment"])
            for refund in equal:
                if len(own := payments & self._of_credit_notes(refund)) == 1:
                    found[refund] = own
                    payments -= own
            rest = equal.filtered(lambda refund: refund not in found)
            if rest and len(payments) > len(rest):
                return {}, self._several_message(rest[0], payments)
            # equal ones of one customer are the same to the books
            found.update(zip(rest, payments.sorted("id"), strict=False))
        return found, ""

    def _unclaimed(self, refunds):
        """Return payments that may be these refunds, in one search for all."""
        if not refunds:
            return self.env["account.payment"]
        method_line = refunds.transfer_id.connection_id._payment_method_line("outbound")
        return self.env["account.payment"].search(
            Domain("payment_type", "=", "outbound")
            & Domain("journal_id", "=", method_line.journal_id.id)
            & Domain("company_id", "in", refunds.request_id.company_id.ids)
            & Domain("partner_id", "child_of", [payer_of(row).id for row in refunds])
            & Domain("amount", "in", [abs(row.amount) for row in refunds])
            & Domain("mobilepay_refund_id", "=", False)
            & Domain("move_id.state", "=", "posted")
            & Domain("is_matched", "=", False)
        )

    def _of_credit_notes(self, refund):
        """Return the payments of the credit notes of a refund's invoice."""
        notes = refund.request_id.move_id.reversal_move_ids
        return notes.matched_payment_ids | notes.reconciled_payment_ids

    def _several_message(self, refund, payments):
        return self.env._(
            "MobilePay paid %(amount)s back to %(payer)s, which may be one of several"
            " payments: %(payments)s. Cancel or match those that are not, then fetch"
            " the transfer again.",
            amount=refund.currency_id.format(abs(refund.amount)),
            payer=payer_of(refund).display_name,
            payments=", ".join(payments.sorted("id").mapped("name")),
        )


def _key_of_refund(refund):
    request, amount = refund.request_id, abs(refund.amount)
    payer, currency = payer_of(refund), refund.currency_id
    return request.company_id, payer, currency, currency.round(amount)


def _key_of_payment(payment):
    payer, currency = payment.partner_id.commercial_partner_id, payment.currency_id
    return payment.company_id, payer, currency, currency.round(payment.amount)
