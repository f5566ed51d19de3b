from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...mobilepay import errors
from ..base.mobilepay_worker import is_passing_trouble

# what MobilePay may have under an InvoiceId that is not known here
AWAITING_STATES = ("sending", "unconfirmed", "invalid", "paid", "expired")


class MobilepayProcessor(models.AbstractModel):
    """Whose news of an unknown InvoiceId are: MobilePay is asked for its details."""

    _inherit = "mobilepay.processor"

    def _unknown(self):
        return (
            self._pending()
            & Domain("request_id", "=", False)
            & Domain("connection_id.state", "=", "connected")
        )

    def _adopt_some(self, limit=20):
        """Find out whose news of unknown ids are; returns how many were dealt with."""
        unknown = self._unknown()
        events = self.env["mobilepay.event"].search(unknown, limit=limit, order="id")
        return self._adopt_each(events, unknown)

    def _adopt_each(self, events, unknown):
        """Deal with each event that nobody else has, committing each; returns how many.

        One commit each: what MobilePay was asked must not be asked again because
        of the next one.
        """
        dealt = 0
        for event in events:
            if taken := event.try_lock_for_update().filtered_domain(unknown):
                own = event.connection_id._in_company_language(self)
                own._never_stuck(taken, lambda own=own, one=taken: own._adopt(one))
                dealt += 1
                self._commit()
        return dealt

    def _adopt(self, event):
        """Ask MobilePay for the invoice and give its news to the request it names."""
        if self._is_known(event):
            # other runs were always faster in linking, or it is known since
            self._assign(event.mobilepay_id)
            return
        details = None if self._is_foreign(event) else self._ask(event)
        if event.state != "new" or details is None:
            return
        request = self._namesake(event, details)
        if not request:
            event._set_aside("orphan", self._foreign_message())
        elif not request.try_lock_for_update(allow_referencing=True):
            # its create call is still running
            event._postpone()
        else:
            request.mobilepay_id = event.mobilepay_id
            # all its news, not this one alone; but none that others may adopt at this
            # moment: PostgreSQL would refuse it, and MobilePay be asked once more
            self._assign(event.mobilepay_id)

    def _is_known(self, event):
        """Whether a request has this InvoiceId."""
        found = self.env["mobilepay.invoice"].search_count(
            Domain("connection_id", "=", event.connection_id.id)
            & Domain("mobilepay_id", "=", event.mobilepay_id),
            limit=1,
        )
        return bool(found)

    def _is_foreign(self, event):
        """Whether MobilePay was asked before about this InvoiceId that is not ours."""
        known = self.env["mobilepay.event"].search_count(
            Domain("connection_id", "=", event.connection_id.id)
            & Domain("mobilepay_id", "=", event.mobilepay_id)
            & Domain("status", "!=", False)
            & Domain("state", "=", "orphan"),
            limit=1,
        )
        if known:
            event._set_aside("orphan", self._foreign_message())
        return bool(known)

    def _foreign_message(self):
        return self.env._("No request of this company has this InvoiceId.")

    def _namesake(self, event, details):
        """Return the request that awaits its InvoiceId and is meant by ``details``.

        One that MobilePay seemed to refuse counts, too, after those it did not
        answer: what MobilePay knows of it is news all the same. So does one whose
        payment was settled, or that was given up, before any of its news came: else
        they would be taken for those of a refused one with the same reference.
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
            & Domain("tries", ">", 0)
            & Domain("state", "in", AWAITING_STATES)
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

    def _ask(self, event):
        """Return MobilePay's details, or None after noting why there are none."""
        try:
            with event.connection_id._service() as service:
                return service.details(event.mobilepay_id)
        except errors.NotFound:
            event._count_doubt()
        except (errors.MobilePayError, UserError) as error:
            event._postpone(self.env["mobilepay.messages"]._explain(error))
            if is_passing_trouble(error):
                self._spare_others(event)
        return None

    def _spare_others(self, event):
        """Let other unknown news wait as long: they would be asked about in vain."""
        others = (
            self._unknown()
            & Domain("connection_id", "=", event.connection_id.id)
            & Domain("id", "!=", event.id)
        )
        waiting = self.env["mobilepay.event"].search(others).try_lock_for_update()
        waiting.write({"next_try_on": event.next_try_on, "reason": event.reason})
