import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..mobilepay import errors
from ..mobilepay.types import Status
from .mobilepay_invoice import LIVE_STATES

_logger = logging.getLogger(__name__)

CHUNK = 250
# minutes until MobilePay is asked again, by how often it was asked already
PAUSES = (1, 2, 5, 10, 30, 60, 180, 360)
MAX_DOUBTS = 8

RANK = {Status.CREATED: 1, Status.ACCEPTED: 2}
FINAL_RANK = 3


class MobilepayProcessor(models.AbstractModel):
    """Turns news into states and payments; the only one who changes a status.

    Four steps, each committed, any number of workers at once (rows are taken
    with SKIP LOCKED): *link* news to requests by InvoiceId; *adopt* news of
    unknown ids by asking MobilePay whose they are; *confirm* ``paid`` by asking
    MobilePay (a callback is a hint, never a proof); *apply* per request in
    order of Sequence, then Date, and book what was paid.
    """

    _name = "mobilepay.processor"
    _description = "MobilePay Event Processor"

    @api.model
    def _process(self, requests):
        """Process what is new of these requests, now; for buttons."""
        self._link()
        self._confirm_events(self._unconfirmed(Domain("request_id", "in", requests.ids)))
        self._apply(requests.try_lock_for_update(allow_referencing=True))

    @api.model
    def _cron_process(self):
        """Process everything that is due, in commits of bounded size."""
        Cron = self.env["ir.cron"]
        self._link()
        Cron._commit_progress(remaining=self._count())
        for step in (self._adopt_some, self._confirm_some, self._apply_some):
            while done := step():
                if not Cron._commit_progress(done, remaining=self._count()):
                    return
        self.env["mobilepay.booking"]._book_left_over()
        Cron._commit_progress()

    def _count(self):
        return self.env["mobilepay.event"].search_count(self._pending())

    def _pending(self):
        return self.env["mobilepay.event"]._pending()

    # ---------------------------------------------------------------------- link

    def _link(self):
        """Point new events at the request that has their InvoiceId."""
        self.env.flush_all()
        # SKIP LOCKED: another worker may be linking the same rows
        self.env.cr.execute(
            """
            UPDATE mobilepay_event e
               SET request_id = r.id
              FROM mobilepay_invoice r
             WHERE r.connection_id = e.connection_id
               AND r.mobilepay_id = e.mobilepay_id
               AND e.id IN (
                       SELECT id FROM mobilepay_event
                        WHERE state = 'new' AND request_id IS NULL
                          FOR UPDATE SKIP LOCKED
                   )
            """
        )
        self.env["mobilepay.event"].invalidate_model(["request_id"])
        self.env["mobilepay.invoice"].invalidate_model(["event_ids"])

    # --------------------------------------------------------------------- adopt

    def _adopt_some(self, limit=20):
        """Find out whose the news of unknown ids are; returns how many were dealt with."""
        events = self.env["mobilepay.event"].search(
            self._pending() & Domain("request_id", "=", False), limit=limit, order="id"
        )
        dealt = 0
        for event in events:
            taken = event.try_lock_for_update().filtered_domain(
                self._pending() & Domain("request_id", "=", False)
            )
            if taken:
                self._adopt(taken)
                dealt += 1
                self.env["mobilepay.invoice"]._commit()
        return dealt

    def _adopt(self, event):
        """Ask MobilePay for the invoice and give the event to the request it names."""
        details = self._ask(event)
        if details is None:
            return
        request = self._namesake(event, details)
        if not request:
            event._set_aside(
                "orphan",
                self.env._("No request of this company has this InvoiceId."),
            )
        elif not request.try_lock_for_update(allow_referencing=True):
            self._postpone(event)
        else:
            request.mobilepay_id = event.mobilepay_id
            event.request_id = request

    def _namesake(self, event, details):
        """Return the request that awaits its InvoiceId and has this reference."""
        return self.env["mobilepay.invoice"].search(
            [
                ("connection_id", "=", event.connection_id.id),
                ("mobilepay_id", "=", False),
                ("state", "in", ("sending", "unconfirmed")),
                ("payment_reference", "=", details.payment_reference),
            ]
        )

    # ------------------------------------------------------------------- confirm

    def _unconfirmed(self, domain=Domain.TRUE):
        return self.env["mobilepay.event"].search(
            self._pending()
            & Domain("status", "=", "paid")
            & Domain("confirmed", "=", False)
            & Domain("request_id", "!=", False)
            & domain,
            limit=CHUNK,
            order="id",
        )

    def _confirm_some(self):
        return self._confirm_events(self._unconfirmed())

    def _confirm_events(self, events):
        """Confirm payments one by one, committing each; returns how many."""
        dealt = 0
        for event in events:
            taken = event.try_lock_for_update().filtered_domain(
                self._pending() & Domain("confirmed", "=", False)
            )
            if taken:
                self._confirm(taken)
                dealt += 1
                self.env["mobilepay.invoice"]._commit()
        return dealt

    def _confirm(self, event):
        """Ask MobilePay whether it is paid, and keep what it says (section 5)."""
        details = self._ask(event)
        if details is None:
            return
        if details.status is not Status.PAID or not details.transaction_id:
            self._doubt(event)
            return
        connection = event.connection_id
        moment = details.payment_date
        event.write(
            {
                "confirmed": True,
                "transaction_id": details.transaction_id,
                "paid_on": connection._local_date(moment)
                if moment
                else connection._local_day(event.happened_on),
                "paid_amount": float(
                    event.request_id.amount if details.total is None else details.total
                ),
                "reason": False,
            }
        )

    def _ask(self, event):
        """Return MobilePay's details, or None after noting why there are none."""
        try:
            with event.connection_id._invoice_api() as invoice_api:
                return invoice_api.details(event.mobilepay_id)
        except errors.NotFound:
            self._doubt(event)
        except errors.MobilePayError as error:
            self._postpone(event, self.env["mobilepay.words"]._explain(error))
        return None

    def _doubt(self, event):
        """MobilePay does not bear the news out: ask again, in the end set aside."""
        reason = self.env._("MobilePay does not confirm this when it is asked.")
        self._postpone(event, reason)
        if event.tries >= MAX_DOUBTS:
            event._set_aside("orphan" if not event.request_id else "bad", reason)
            event.request_id._call_for_help(reason)

    def _postpone(self, event, reason=False):
        pause = PAUSES[min(event.tries, len(PAUSES) - 1)]
        event.write(
            {
                "tries": event.tries + 1,
                "next_try_on": fields.Datetime.now() + timedelta(minutes=pause),
                "reason": reason,
            }
        )

    # --------------------------------------------------------------------- apply

    def _applicable(self):
        return Domain("state", "=", "new") & (
            Domain("status", "!=", "paid") | Domain("confirmed", "=", True)
        )

    def _apply_some(self):
        """Apply the news of some requests and book; returns how many events."""
        events = self.env["mobilepay.event"].search(
            self._applicable() & Domain("request_id", "!=", False),
            limit=CHUNK,
            order="request_id, sequence, happened_on, id",
        )
        requests = events.request_id.try_lock_for_update(allow_referencing=True)
        return self._apply(requests)

    @api.model
    def _apply(self, requests):
        """Apply what is applicable of these locked requests; book what was paid."""
        events = self.env["mobilepay.event"].search(
            self._applicable() & Domain("request_id", "in", requests.ids)
        )
        for request, news in events.grouped("request_id").items():
            for event in news.sorted(lambda e: e._order_key()):
                self._apply_one(request, event)
        self.env["mobilepay.booking"]._book(requests)
        return len(events)

    def _apply_one(self, request, event):
        reason = self._stale(request, event)
        if reason:
            event._set_aside("stale", reason)
            return
        request.write(self._values(request, event))
        event.state = "done"
        request._tell_step(event)

    def _stale(self, request, event):
        """Return why ``event`` changes nothing, '' if it does.

        ``paid`` is never left and always taken; of two other final states the
        one with the higher Sequence holds; nothing goes back.
        """
        current, new = request._status(), event._status()
        if current is Status.PAID:
            return self.env._("It is paid: nothing comes after that.")
        if new is Status.PAID:
            return ""
        older = -1 < event.sequence <= request.last_sequence
        lower = RANK.get(new, FINAL_RANK) < RANK.get(current, FINAL_RANK)
        if current and (older or lower or self._repeats(event, current, new)):
            return self.env._("Newer news were applied before.")
        return ""

    def _repeats(self, event, current, new):
        """Without a Sequence only progress is news."""
        return event.sequence < 0 and (new is current or current.final)

    def _values(self, request, event):
        values = {
            "state": event.status,
            "last_sequence": max(request.last_sequence, event.sequence),
            "mobilepay_id": request.mobilepay_id or event.mobilepay_id,
            "link_url": event.link_url or request.link_url,
        }
        if event.status in LIVE_STATES:
            values.update(
                next_poll_on=fields.Datetime.now() + timedelta(minutes=10), polls=0
            )
        if event.status == "accepted":
            values["accepted_payment_date"] = event.payment_date
        elif event.status == "invalid":
            values.update(self._invalid_values(request, event))
        elif event.status == "paid":
            values.update(
                transaction_id=event.transaction_id,
                paid_on=event.paid_on,
                paid_amount=event.paid_amount,
            )
        return values

    def _invalid_values(self, request, event):
        """Return MobilePay's reason; an answer's was noted with the call."""
        if event.source == "answer" or not event.error_code:
            return {}
        words = self.env["mobilepay.words"]._code_words(event.error_code)
        return {
            "error_code": event.error_code,
            "error_text": self.env._(
                "%(words)s (code %(code)s)",
                words=words or event.error_text,
                code=event.error_code,
            ),
        }
