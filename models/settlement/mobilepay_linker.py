from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from ..base.formats import as_utc
from ..request.mobilepay_invoice import FAILED_STATES


class MobilepayLinker(models.AbstractModel):
    """Finds whose a reported payment or refund is, and tells what nobody told.

    By MobilePay's transaction id; else by PaymentReference *and* exact amount,
    for a payment of which no other news came: that becomes news like any other
    (``mobilepay.event``). Reporting v3 names neither: there, payments are told by
    amount and day, and only where the books hold exactly as many.
    """

    _name = "mobilepay.linker"
    _description = "MobilePay Transaction Linker"

    @api.model
    def _assign(self, transfer):
        """Point the transactions of a transfer at their requests and payments."""
        rows = transfer.transaction_ids.filtered(lambda row: not row.payment_id)
        payments = rows.filtered(lambda row: row.type == "Payment")
        self._assign_by_id(transfer, payments)
        self._assign_by_reference(transfer, payments.filtered(_unlinked))
        self._assign_by_day(transfer, payments.filtered(_unnamed))
        self._assign_refunds(transfer, rows.filtered(lambda row: row.type == "Refund"))
        self._point_at_payments(payments)

    def _requests(self, company, domain):
        """Return the company's requests, those of an earlier connection included."""
        return self.env["mobilepay.invoice"].search(
            Domain("connection_id.company_id", "=", company.id) & domain
        )

    def _by_id(self, company, rows):
        """Return the requests of reported payments by transaction id, where known."""
        ids = [row.transaction_id for row in rows if row.transaction_id]
        found = self._requests(company, Domain("transaction_id", "in", ids))
        return {request.transaction_id: request for request in found}

    # --------------------------------------------------------------- by what key

    def _assign_by_id(self, transfer, rows):
        by_id = self._by_id(transfer.company_id, rows)
        for row in rows:
            if request := by_id.get(row.transaction_id):
                row.request_id = request

    def _assign_by_reference(self, transfer, rows):
        """Link payments that reporting shows and no callback told."""
        named = rows.filtered("merchant_reference")
        found = self._by_reference(
            transfer.connection_id, named.mapped("merchant_reference")
        )
        for row in named:
            untold = _untold(found[row.merchant_reference], row.amount)
            if len(untold) == 1:
                row.request_id = untold
                self._tell(untold, row)

    @api.model
    def _tell_untold(self, connection, transactions):
        """Make news of payments that were reported and nobody told of.

        :param transactions: list of :class:`types.Transaction` of type Payment
        """
        # one that is known is reported for days; it is not that of a refused request
        # that once had the same reference
        known = self._by_id(connection.company_id, transactions)
        named = [
            one
            for one in transactions
            if one.merchant_reference and one.transaction_id not in known
        ]
        found = self._by_reference(connection, [t.merchant_reference for t in named])
        for one in named:
            untold = _untold(found[one.merchant_reference], float(one.amount))
            if len(untold) == 1 and one.transaction_id:
                self._tell(untold, one, happened_on=as_utc(one.timestamp))

    def _tell(self, request, row, happened_on=None):
        self.env["mobilepay.event"]._note_settled(
            request,
            transaction_id=row.transaction_id or row.key,
            amount=float(row.amount),
            happened_on=happened_on or row.happened_on,
            raw=row.raw,
        )

    def _by_reference(self, connection, names):
        """Return requests by PaymentReference, else by InvoiceNumber."""
        requests = self.env["mobilepay.invoice"].search(
            Domain("connection_id", "=", connection.id)
            & (
                Domain("payment_reference", "in", names)
                | Domain("invoice_number", "in", names)
            )
        )
        found = defaultdict(self.env["mobilepay.invoice"].browse)
        for request in requests:
            found[request.payment_reference] |= request
        named = set(found)
        for request in requests.filtered("invoice_number"):
            if request.invoice_number not in named:
                found[request.invoice_number] |= request
        return found

    def _assign_by_day(self, transfer, rows):
        """Link payments that have no name at all (v3): by amount and day.

        Equal amounts of one day are the same to the books, so any order will do;
        but a single one too many or too few links none of them.
        """
        if not rows:
            return
        connection = transfer.connection_id
        wanted = rows.grouped(
            lambda row: (connection._local_day(row.happened_on), row.amount)
        )
        days = {day for day, _amount in wanted}
        requests = self._requests(
            transfer.company_id,
            Domain("issuer_id", "=", transfer.issuer_id.id)
            & Domain("state", "=", "paid")
            & Domain("paid_on", "in", days),
        )
        requests -= self._linked(requests)
        for (day, amount), same in wanted.items():
            candidates = requests.filtered(
                lambda request, day=day, amount=amount: (
                    request.paid_on == day
                    and not request.currency_id.compare_amounts(
                        request.paid_amount, amount
                    )
                )
            )
            if len(candidates) == len(same):
                for row, request in zip(same, candidates.sorted("id"), strict=True):
                    row.request_id = request

    def _linked(self, requests):
        """Return those of ``requests`` that a reported payment belongs to already."""
        return (
            self.env["mobilepay.transaction"]
            .search(
                Domain("request_id", "in", requests.ids)
                & Domain("type", "=", "Payment")
            )
            .request_id
        )

    def _assign_refunds(self, transfer, rows):
        """Link refunds to the request whose payment went back, where it is known."""
        named = rows.filtered("merchant_reference")
        found = self._by_reference(
            transfer.connection_id, named.mapped("merchant_reference")
        )
        for row in named:
            sent = found[row.merchant_reference].filtered("tries")
            paid = sent.filtered(lambda r: r.state == "paid")
            same = paid.filtered(
                lambda request, row=row: request.transaction_id == row.transaction_id
            )
            # none is known to be paid: the news of it are still to come
            if len(meant := same or paid or sent) == 1:
                row.request_id = meant

    def _point_at_payments(self, rows):
        for row in rows.filtered("request_id.payment_id"):
            row.payment_id = row.request_id.payment_id


def _untold(requests, amount):
    """Those requests of which no payment is known, of the exact amount.

    The likeliest of them: an open one before one that ended.
    """
    untold = requests.filtered(
        lambda request: (
            request.tries > 0
            and not request.transaction_id
            and not request.currency_id.compare_amounts(request.amount, amount)
        )
    )
    # what ended is hardly paid, what was refused never existed: MobilePay knows better
    likely = untold.filtered(lambda request: request.state not in FAILED_STATES)
    return likely or untold.filtered(lambda r: r.state != "invalid") or untold


def _unlinked(row):
    return not row.request_id


def _unnamed(row):
    return not (row.request_id or row.transaction_id or row.merchant_reference)
