from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...mobilepay.types import Status
from ..request.mobilepay_invoice import FAILED_STATES, LIVE_STATES

CHUNK = 500
# several workers at once find something that nobody else has within so much
SEEN = 8 * CHUNK

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
    _inherit = "mobilepay.worker"
    _description = "MobilePay Event Processor"

    @api.model
    def _process(self, requests):
        """Process what is new of these requests, now; for buttons."""
        self._assign()
        Confirmer = self.env["mobilepay.confirmer"]
        Confirmer._confirm(Confirmer._waiting(Domain("request_id", "in", requests.ids)))
        self._apply(requests.try_lock_for_update(allow_referencing=True))

    @api.model
    def _process_events(self, events):
        """Process these events, now; for a person who has looked at them."""
        self._assign()
        unknown = self._unknown()
        self._adopt_each(events.filtered_domain(unknown), unknown)
        self._process(events.request_id)

    @api.model
    def _process_answer(self, request):
        """Apply what was just told of a request; what must be asked is the cron's."""
        self._assign()
        self._apply(request.try_lock_for_update(allow_referencing=True))
        mine = Domain("request_id", "=", request.id)
        if self.env["mobilepay.confirmer"]._waiting(mine):
            self.env.ref("account_mobilepay.cron_process")._trigger()

    @api.model
    def _cron_process(self):
        """Process everything that is due, in commits of bounded size."""
        Cron = self.env["ir.cron"]
        waiting = self._count()
        Cron._commit_progress(remaining=waiting)
        steps = (
            self._assign_in_turn,
            self._adopt_some,
            self._confirm_some,
            self._apply_some,
        )
        # what is not linked yet may turn out to need nobody
        for step in steps if waiting or self._has_pending() else ():
            while done := self._retry_on_conflict(step):
                if not Cron._commit_progress(done, remaining=self._count()):
                    return
            # each step begins with a fresh view of the rows
            Cron._commit_progress()
        self._retry_on_conflict(self.env["mobilepay.booking"]._book_left_over)
        Cron._commit_progress()

    def _count(self):
        return self.env["mobilepay.event"].search_count(self._feasible())

    def _has_pending(self):
        return bool(self.env["mobilepay.event"].search_count(self._pending(), limit=1))

    def _feasible(self):
        """Return what can be done now: without consent, MobilePay is not asked."""
        return self._pending() & (
            Domain("connection_id.state", "=", "connected")
            | (Domain("request_id", "!=", False) & self._applicable())
        )

    def _pending(self):
        return self.env["mobilepay.event"]._pending()

    # ---------------------------------------------------------------------- link

    def _assign_in_turn(self):
        """Link while no other run does.

        A run that was done sooner would apply some of a request's news before the
        other commits the rest of them, earlier ones among them.
        """
        self.env.cr.execute(
            "SELECT pg_advisory_xact_lock(hashtext('mobilepay_event.request_id'))"
        )
        # what the other linked while this one waited is a serialization failure
        self._assign()

    def _assign(self, mobilepay_id=None):
        """Point new events at the request that has their InvoiceId.

        :param mobilepay_id: only events of this one
        """
        self.env.flush_all()
        # SKIP LOCKED: another worker may be linking the same rows
        self.env.cr.execute(
            """
            UPDATE mobilepay_event e
               SET request_id = r.id, company_id = r.company_id
              FROM mobilepay_invoice r
             WHERE r.connection_id = e.connection_id
               AND r.mobilepay_id = e.mobilepay_id
               AND e.id IN (
                       SELECT id FROM mobilepay_event
                        WHERE state = 'new' AND request_id IS NULL
                          AND mobilepay_id = COALESCE(%s, mobilepay_id)
                          FOR UPDATE SKIP LOCKED
                   )
            """,
            [mobilepay_id],
            log_exceptions=False,
        )
        self.env["mobilepay.event"].invalidate_model(["request_id", "company_id"])
        self.env["mobilepay.invoice"].invalidate_model(["event_ids"])

    # ------------------------------------------------------------------- confirm

    def _confirm_some(self):
        Confirmer = self.env["mobilepay.confirmer"]
        return Confirmer._confirm(Confirmer._waiting())

    # --------------------------------------------------------------------- apply

    def _applicable(self):
        return self._pending() & (
            Domain("status", "!=", "paid") | Domain("confirmed", "=", True)
        )

    def _apply_some(self):
        """Apply the news of some requests and book; returns how many events."""
        found = self.env["mobilepay.event"].search_fetch(
            self._applicable() & Domain("request_id", "!=", False),
            ["request_id"],
            limit=SEEN,
            order="id",
        )
        requests = found.request_id.try_lock_for_update(
            allow_referencing=True, limit=CHUNK
        )
        return self._apply(requests)

    @api.model
    def _apply(self, requests):
        """Apply what is applicable of these locked requests; book what was paid."""
        books = requests.grouped(lambda r: (r.connection_id, r.company_id))
        return sum(
            connection._in_company_language(self, company)._apply_together(some)
            for (connection, company), some in books.items()
        )

    def _apply_together(self, requests):
        """Apply the news of requests of the same books; returns how many events."""
        events = self.env["mobilepay.event"].search(
            self._applicable() & Domain("request_id", "in", requests.ids)
        )
        news = list(events.grouped("request_id").values())
        self._together(news, self._apply_in_order)
        self.env["mobilepay.booking"]._book(requests)
        events.request_id._refresh_screens()
        return len(events)

    def _apply_in_order(self, events):
        for event in events.sorted(lambda e: e._order_key()):
            self._apply_one(event.request_id, event)

    def _apply_one(self, request, event):
        reason = self._stale(request, event)
        if reason:
            event._set_aside("stale", reason)
            return
        before = (request.state, request.accepted_payment_date)
        if not self.env["mobilepay.sender"]._continue_after_refusal(request, event):
            request.write(self._values(request, event))
        event.write({"state": "done", "reason": False})
        if (request.state, request.accepted_payment_date) != before:
            request._tell_step()
            request._tell_failure(event)

    def _stale(self, request, event):
        """Return why ``event`` changes nothing, '' if it does.

        ``paid`` is never left and always taken; of two other final states the
        one with the higher Sequence holds; nothing goes back.
        """
        current, new = request._status(), event._status()
        if current is Status.PAID:
            return self._after_paid()
        if new is Status.PAID or self._outweighs_our_refusal(request, event):
            return ""
        if self._is_outweighed(request, event):
            return self.env._("Newer news were recorded before.")
        older = -1 < event.sequence <= request.last_sequence
        lower = RANK.get(new, FINAL_RANK) < RANK.get(current, FINAL_RANK)
        if current and (older or lower or self._repeats(event, current, new)):
            return self.env._("Newer news were recorded before.")
        return ""

    def _outweighs_our_refusal(self, request, event):
        """Whether MobilePay has what an answer to our own call called ``invalid``."""
        if request.state != "invalid" or event.source == "answer":
            return False
        # told by MobilePay itself, it is final
        return not request.event_ids.filtered(
            lambda e: (
                (e.status, e.state) == ("invalid", "done") and e.source != "answer"
            )
        )

    def _is_outweighed(self, request, event):
        """Whether our own call was refused after MobilePay told that it has it."""
        refused = (event.status, event.source) == ("invalid", "answer")
        return refused and request.state in LIVE_STATES

    def _after_paid(self):
        return self.env._("It is paid: nothing comes after that.")

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
        if request.state == "invalid" and event.status != "invalid":
            values["reference_shared"] = request._is_reference_taken()
        if event.status in FAILED_STATES:
            values["ended_on"] = event._day()
        elif request.ended_on:
            # MobilePay has it all the same
            values["ended_on"] = False
        if event.status in LIVE_STATES:
            values.update(
                next_poll_on=fields.Datetime.now() + timedelta(minutes=10),
                polls=0,
                error_code=False,
                error_text=False,
            )
        if event.status == "accepted":
            values.update(
                accepted_on=request.accepted_on or event._day(),
                accepted_payment_date=event.payment_date
                or request.accepted_payment_date,
            )
        elif event.status == "invalid":
            values.update(self._invalid_values(event))
        elif event.status == "paid":
            values.update(
                transaction_id=event.transaction_id,
                paid_on=event.paid_on,
                paid_amount=event.paid_amount,
                error_code=False,
                error_text=False,
            )
        return values

    def _invalid_values(self, event):
        """Return MobilePay's reason; an answer's was noted with the call."""
        if event.source == "answer":
            return {}
        words = self.env["mobilepay.messages"]
        return {
            "error_code": event.error_code,
            "error_text": words._invalid_message(event.error_code, event.error_text),
        }
