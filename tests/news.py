"""News of requests in tests: histories, and what became of them."""

import uuid

from .common import MobilepayCommon


class NewsCase(MobilepayCommon):
    """Delivers callbacks as MobilePay does and looks at what they did."""

    def sent(self, partner=None, **values):
        """Return a fresh request at MobilePay, direct to Anna."""
        return self.send(self.invoice(partner, **values))

    def paid(self, **values):
        """Return a request that is paid at MobilePay; nobody told us yet."""
        request = self.sent(**values)
        self.pay(request)
        return request

    def history(self, request, *statuses):
        """Return one element for each status, with gaps in the Sequence."""
        return [
            self.news(
                request,
                status,
                3 * number,
                Date=f"2026-04-24T07:29:{number:02d}.7500268+00:00",
                **self._extra(status, number),
            )
            for number, status in enumerate(statuses)
        ]

    def _extra(self, status, number):
        if status == "accepted":
            return {"PaymentDate": f"2026-05-{number + 1:02d}"}
        return {}

    def tell(self, *elements):
        """Deliver and process."""
        status = self.deliver(*elements)
        self.assertEqual(status, 204)
        self.process()

    def unknown(self, status="created", sequence=0, **more):
        """Return an element of an InvoiceId that nobody here knows."""
        return {
            "InvoiceId": str(uuid.uuid4()),
            "Status": status,
            "Date": "2026-04-24T07:29:47.7500268+00:00",
            "Sequence": sequence,
            **more,
        }

    def orphan(self):
        """Return an event of nobody, for which MobilePay was asked in vain."""
        element = self.unknown()
        self.tell(element)
        event = self.events(mobilepay_id=element["InvoiceId"])
        # sudo: as after the last of its tries
        event.sudo()._set_aside("orphan", "MobilePay does not confirm this.")
        return event

    def branch(self):
        """Return a branch of the connected company, which has no connection."""
        branch = self.env["res.company"].create(
            {
                "name": "Havnens Cykler, Aarhus",
                "parent_id": self.company.id,
                "country_id": self.company.country_id.id,
            }
        )
        # its chart of accounts
        self.env.cr.precommit.run()
        self.env.user.company_ids += branch
        return branch

    def events(self, request=None, **values):
        """Return stored events, oldest first, of ``request`` where it is given."""
        domain = [(name, "=", value) for name, value in values.items()]
        if request:
            domain.append(("mobilepay_id", "=", request.mobilepay_id))
        return self.env["mobilepay.event"].search(domain, order="id")

    def payments(self, *requests):
        """Return the payments of these requests."""
        ids = [request.id for request in requests]
        return self.env["account.payment"].search([("mobilepay_invoice_id", "in", ids)])

    def help_calls(self, move):
        """Return the activities that ask a person for help with ``move``."""
        kind = self.env.ref("account_mobilepay.activity_payment")
        return move.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def gets(self):
        """Return how often MobilePay was asked for details."""
        return sum(
            count
            for call, count in self.inspect()["requests"].items()
            if call.startswith("GET ") and "/invoices/" in call and "status" not in call
        )
