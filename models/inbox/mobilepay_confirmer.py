from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...mobilepay import errors
from ...mobilepay.types import Status
from ..base.mobilepay_worker import is_trouble

CHUNK = 250
# several workers at once find something that nobody else has within so much
SEEN = 8 * CHUNK


class MobilepayConfirmer(models.AbstractModel):
    """Asks MobilePay whether what callbacks call ``paid`` is paid.

    A callback is a hint, never a proof. Many payments are asked about at the same
    time (``mobilepay.asker``); a question changes nothing, so one that is asked
    again after a crash does no harm.
    """

    _name = "mobilepay.confirmer"
    _inherit = "mobilepay.worker"
    _description = "MobilePay Confirmer"

    @api.model
    def _waiting(self, domain=Domain.TRUE):
        """Return the first of the events that wait to be confirmed."""
        return self.env["mobilepay.event"].search(
            self._to_confirm() & domain, limit=SEEN, order="id"
        )

    def _to_confirm(self):
        return (
            self.env["mobilepay.event"]._pending()
            & Domain("status", "=", "paid")
            & Domain("confirmed", "=", False)
            & Domain("request_id", "!=", False)
            & Domain("connection_id.state", "=", "connected")
        )

    @api.model
    def _confirm(self, events):
        """Confirm events that nobody else has; returns how many were dealt with.

        Connection by connection, each committed: the next may be slow to answer.
        """
        dealt = 0
        for connection, some in events.grouped("connection_id").items():
            free = some.try_lock_for_update(limit=CHUNK)
            taken = free.filtered_domain(self._to_confirm())
            known = taken.filtered(lambda event: event.request_id.state == "paid")
            # confirmed before: there is nothing to ask
            known._set_aside("stale", self.env["mobilepay.processor"]._after_paid())
            dealt += len(known)
            if unknown := taken - known:
                dealt += connection._in_company_language(self)._ask_about(
                    connection, unknown
                )
            self._commit()
        return dealt

    def _ask_about(self, connection, events):
        """Ask about events of one connection and keep the answers; returns how many."""
        answers = self.env["mobilepay.asker"]._details(
            connection, events.mapped("mobilepay_id")
        )
        asked = events.filtered(lambda event: event.mobilepay_id in answers)
        self._together(list(asked), lambda some: self._note_each(some, answers))
        trouble = [answer for answer in answers.values() if is_trouble(answer)]
        if len(trouble) < len(answers):
            return len(asked)
        # nobody is there: the rest need not be asked to know that
        rest = events - asked
        if len(events) == CHUNK:
            rest |= self._others(connection)
        rest._postpone(self.env["mobilepay.messages"]._explain(trouble[0]))
        return len(events)

    def _others(self, connection):
        waiting = self._to_confirm() & Domain("connection_id", "=", connection.id)
        return self.env["mobilepay.event"].search(waiting).try_lock_for_update()

    def _note_each(self, events, answers):
        for event in events:
            self._note(event, answers[event.mobilepay_id])

    def _note(self, event, answer):
        """Keep what MobilePay says of one payment (section 5)."""
        if isinstance(answer, errors.NotFound):
            event._count_doubt()
        elif isinstance(answer, (errors.MobilePayError, UserError)):
            event._postpone(self.env["mobilepay.messages"]._explain(answer))
        elif isinstance(answer, Exception):
            # unexpected: of this event alone
            raise answer
        elif answer.status is not Status.PAID or not answer.transaction_id:
            event._count_doubt()
        else:
            event.write(self._proof(event, answer))

    def _proof(self, event, details):
        asked = event.request_id.amount
        return {
            "confirmed": True,
            "transaction_id": details.transaction_id,
            "paid_on": self._paid_on(event, details),
            "paid_amount": asked if details.total is None else float(details.total),
            "reason": False,
        }

    def _paid_on(self, event, details):
        """Return the day of the payment in the merchant's time."""
        connection = event.connection_id
        if details.payment_date:
            return connection._local_date(details.payment_date)
        return connection._local_day(event.happened_on)
