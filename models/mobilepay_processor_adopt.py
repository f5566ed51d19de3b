from odoo import models
from odoo.fields import Domain


class MobilepayProcessor(models.AbstractModel):
    """Whose news of an unknown InvoiceId are."""

    _inherit = "mobilepay.processor"

    def _namesake(self, event, details):
        """Return the request that awaits its InvoiceId and is meant by ``details``.

        One that MobilePay seemed to refuse counts, too, after those it did not
        answer: what MobilePay knows of it is news all the same. So does one that
        waits to be sent, in a database that was restored: MobilePay has it.
        """
        name = (
            Domain("payment_reference", "=", details.payment_reference)
            if details.payment_reference
            else Domain("invoice_number", "=", details.invoice_number or False)
        )
        found = self.env["mobilepay.invoice"].search(
            name
            & Domain("connection_id", "=", event.connection_id.id)
            & Domain("mobilepay_id", "=", False)
            & self._may_have_arrived(event, details)
        )
        same = found.filtered(
            lambda request: (
                details.total is not None
                and not request.currency_id.compare_amounts(
                    request.amount, float(details.total)
                )
            )
        )
        return (same.filtered(lambda r: r.state != "invalid") or same)[:1]

    def _may_have_arrived(self, event, details):
        tried = Domain("tries", ">", 0) & Domain(
            "state", "in", ("sending", "unconfirmed", "invalid")
        )
        if event.status == "invalid":
            return tried
        # an earlier one of that name may have been due on another day
        return tried | (
            Domain("state", "=", "queued") & Domain("due_date", "=", details.due_date)
        )
