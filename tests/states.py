"""Requests in every state in tests, without MobilePay."""

import itertools
from datetime import timedelta

from odoo import fields

from .companies import CompaniesCase

_numbers = itertools.count(1)


class StatesCase(CompaniesCase):
    """Makes requests as they stand after all kinds of stories."""

    def request(self, state, company=None, move=None, **values):
        """Return a request in a state, for an invoice of its own."""
        company = company or self.company
        move = move or self.bill(company)
        connection = self.theirs if company == self.nordlys else self.connection
        number = next(_numbers)
        # sudo: requests are written by the system only
        return (
            self.env["mobilepay.invoice"]
            .sudo()
            .create(
                {
                    "move_id": move.id,
                    "connection_id": connection.id,
                    "issuer_id": connection.issuer_id.id,
                    "company_id": company.id,
                    "kind": "direct",
                    "state": state,
                    "payment_reference": f"REF-{number}",
                    "amount": 100.0 + number,
                    "currency_id": connection.currency_id.id,
                    "due_date": fields.Date.today() + timedelta(days=7),
                    **values,
                }
            )
        )

    def posted(self, company=None, **values):
        """Return a paid request whose payment is posted."""
        request = self.request("paid", company, paid_on=fields.Date.today(), **values)
        request.write(
            {
                "paid_amount": request.amount,
                "transaction_id": f"T-{request.id}",
                "sent_on": fields.Datetime.now() - timedelta(days=3),
            }
        )
        self.env["mobilepay.booking"].sudo()._book(request)
        self.assertTrue(request.payment_id, request.error_text)
        return request

    def paid_out(self, company=None, state="settled", **values):
        """Return a posted request that is in a transfer of MobilePay."""
        request = self.posted(company, **values)
        own = {
            "company_id": request.company_id.id,
            "currency_id": request.currency_id.id,
        }
        transfer = (
            self.env["mobilepay.transfer"]
            .sudo()
            .create(
                {
                    **own,
                    "connection_id": request.connection_id.id,
                    "issuer_id": request.issuer_id.id,
                    "reference": f"0400{request.id:016}",
                    "transfer_date": fields.Date.today(),
                    "total": request.amount,
                    "state": state,
                }
            )
        )
        transfer.transaction_ids.create(
            {
                **own,
                "transfer_id": transfer.id,
                "key": request.transaction_id,
                "type": "Payment",
                "amount": request.amount,
                "request_id": request.id,
                "payment_id": request.payment_id.id,
                "happened_on": fields.Datetime.now(),
            }
        )
        return request

    def made_long_ago(self, request):
        """Make it two hours ago that a request was made."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mobilepay_invoice SET create_date = create_date - INTERVAL '2 h'"
            " WHERE id = %s",
            [request.id],
        )
        request.invalidate_recordset(["create_date", "situation"])
        return request
