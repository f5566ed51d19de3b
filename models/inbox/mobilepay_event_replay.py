from odoo import models
from odoo.exceptions import UserError

from ...mobilepay.types import BadNews

# what is applied or outdated has done its work
REPLAYED_STATES = ("new", "orphan", "bad")


class MobilepayEvent(models.Model):
    """Processing news again, when a person has looked at them.

    For what is of nobody (a request made before a backup was restored may be back),
    was not confirmed, could not be read by an earlier version of this addon, or
    waits for its next try.
    """

    _inherit = "mobilepay.event"

    def action_replay(self):
        """Process these events again, now.

        :raises UserError: the user is no billing staff, or all of it was applied
        """
        self.check_access("read")
        if not self.env.user.has_group("account.group_account_invoice"):
            raise UserError(self.env._("Only billing staff can process events again."))
        # sudo: events are written by the system only; the right was checked
        events = self.sudo()._replayed()
        if not events:
            raise UserError(
                self.env._("These events were recorded already: nothing is left to do.")
            )
        events._read_again()
        events.filtered(lambda one: one.status and one.state != "stale")._renew()
        # each event of its own: what fails says so on the event
        self.env["mobilepay.processor"].sudo()._process_events(events)
        return True

    def _replayed(self):
        """Return what of these can be processed again.

        With the other news of the same unknown InvoiceId: while one of them counts
        as foreign, MobilePay is not asked.
        """
        events = self.filtered(lambda event: event.state in REPLAYED_STATES)
        strangers = events.filtered(lambda event: event.state == "orphan")
        return events | self.search(
            [
                ("connection_id", "in", strangers.connection_id.ids),
                ("mobilepay_id", "in", strangers.mapped("mobilepay_id")),
                ("state", "=", "orphan"),
            ]
        )

    def _read_again(self):
        """Read anew what an earlier version of this addon could not."""
        for event in self.filtered(lambda one: not one.status and one.raw):
            connection = event.connection_id
            [element] = connection._parse_delivery(f"[{event.raw}]".encode())
            if isinstance(element, BadNews):
                event.reason = element.reason
            elif event._is_known(element):
                event._set_aside("stale", self.env._("The same news came again."))
            else:
                event.write(event._prepare_status_values(element, connection))

    def _is_known(self, element):
        """Whether the same news are stored already."""
        return bool(
            self.search_count(
                [
                    ("connection_id", "=", self.connection_id.id),
                    ("mobilepay_id", "=", element.invoice_id),
                    ("sequence", "=", element.sequence),
                    ("status", "=", element.status.value),
                ],
                limit=1,
            )
        )
