from odoo import api, models
from odoo.fields import Command


class MobilepayRefunder(models.AbstractModel):
    """Books refunds that MobilePay paid back: outbound payments of the payer.

    The accountant matches each with its credit note. One payment per refund, for
    ever: a unique index on ``account.payment`` stands behind it.
    """

    _name = "mobilepay.refunder"
    _description = "MobilePay Refunds"

    @api.model
    def _book_refunds(self, transfer):
        """Post a payment for each refund of a known request that has none yet.

        One that a person has booked already is taken as it is. Returns why the
        transfer has to wait, with nothing booked, or ''.
        """
        refunds = transfer.transaction_ids.filtered(
            lambda row: row.type == "Refund" and row.request_id and not row.payment_id
        ).sorted("id")
        by_hand, problem = self._find_by_hand(refunds)
        if problem:
            return problem
        for refund in refunds:
            if payment := by_hand.get(refund):
                payment.mobilepay_refund_id = refund
                refund.payment_id = payment
            else:
                refund.payment_id = self._book(refund)
                self._tell(refund)
        return ""

    def _book(self, refund):
        request = refund.request_id
        line = refund.transfer_id.connection_id._payment_method_line("outbound")
        lean = self.env["mobilepay.trail"]._context(request.company_id)
        Payment = self.env["account.payment"].with_context(**lean)
        payment = Payment.with_company(request.company_id).create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": payer_of(refund).id,
                "amount": abs(refund.amount),
                "currency_id": refund.currency_id.id,
                "company_id": request.company_id.id,
                "date": self._day(refund, line.journal_id),
                "journal_id": line.journal_id.id,
                "payment_method_line_id": line.id,
                "memo": refund.merchant_reference,
                "payment_reference": refund.transaction_id,
                "destination_account_id": self._receivable(request).id,
                "mobilepay_refund_id": refund.id,
                "invoice_ids": [Command.clear()],
            }
        )
        payment.action_post()
        return payment

    def _receivable(self, request):
        """Return the account on which the invoice's credit note will stand."""
        return (
            self.env["mobilepay.booking"]
            ._receivable_lines(request.move_id)[:1]
            .account_id
        )

    def _day(self, refund, journal):
        connection = refund.transfer_id.connection_id
        company = refund.request_id.company_id
        day = connection._local_day(refund.happened_on)
        return self.env["mobilepay.booking"]._open_day(company, day, journal)

    def _tell(self, refund):
        refund.request_id._schedule_help_activity(
            self.env._(
                "MobilePay paid %(amount)s back to the payer; it is posted as"
                " %(payment)s. Match it with the credit note.",
                amount=refund.currency_id.format(abs(refund.amount)),
                payment=refund.payment_id.name,
            )
        )


def payer_of(refund):
    return refund.request_id.move_id.commercial_partner_id
