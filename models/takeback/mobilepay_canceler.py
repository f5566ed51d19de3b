from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...mobilepay import errors
from ...mobilepay.types import Status
from ..base.mobilepay_worker import is_passing_trouble
from ..request.mobilepay_invoice import FAILED_STATES

# minutes until the next try, by how often it was tried
PAUSES = (1, 2, 5, 15, 60, 180, 360)
# what is taken back for these reasons is asked for anew
RENEWED = ("changed", "moved", "fallback", "link_lost")


class MobilepayCanceler(models.AbstractModel):
    """Takes requests back at MobilePay, again and again until it is settled.

    A refusal because the payer has paid or turned down (409) is news, not an
    error: MobilePay is asked for the status, and the processor does the rest.
    """

    _name = "mobilepay.canceler"
    _inherit = "mobilepay.worker"
    _description = "MobilePay Canceler"

    @api.model
    def _cron_cancel(self):
        """Take back what is due; each request in a commit of its own."""
        Cron = self.env["ir.cron"]
        due = self.env["mobilepay.invoice"].search(
            self._due(), limit=500, order="next_cancel_on"
        )
        Cron._commit_progress(remaining=len(due))
        for request in due:
            request._in_readers_language(self)._cancel(request._in_readers_language())
            if not Cron._commit_progress(1):
                break
        self._renew_some(Cron)
        if due:
            self.env.ref("account_mobilepay.cron_process")._trigger()

    def _due(self):
        # what MobilePay never had needs nobody there
        return Domain("next_cancel_on", "<=", fields.Datetime.now()) & (
            Domain("connection_id.state", "=", "connected")
            | Domain("state", "=", "queued")
        )

    def _cancel(self, request):
        """Take one request back, if nobody else is at it."""
        if not request.try_lock_for_update(allow_referencing=True).filtered_domain(
            self._due()
        ):
            return
        if request._status() and request._status().final:
            request.next_cancel_on = False
        elif request.state == "queued":
            self._record_end(request, Status.CANCELED)
        elif not request.mobilepay_id or self._end_is_told(request):
            # not known yet whether it arrived, or how it ended: that comes first
            self._later(request)
        else:
            self._call(request)

    def _end_is_told(self, request):
        """Whether news wait to be processed after which there is nothing to cancel."""
        waiting = request.event_ids.filtered(lambda event: event.state == "new")
        return any(event._status().final for event in waiting)

    def _call(self, request):
        try:
            with request.connection_id._service() as service:
                service.cancel(request.mobilepay_id)
        except (errors.Rejected, errors.NotFound):
            self._ask_why(request)
        except (errors.MobilePayError, UserError) as error:
            # a UserError is our own: the secrets cannot be read
            self._wait(request, error)
        else:
            self._keep_outcome(lambda: self._record_end(request, Status.CANCELED))

    def _ask_why(self, request):
        """MobilePay would not: its own status says what happened instead."""
        try:
            with request.connection_id._service() as service:
                status = self._status(service, request)
        except (errors.MobilePayError, UserError) as error:
            self._wait(request, error)
            return

        def note():
            self.env["mobilepay.event"]._record_status(request, status, "poll")
            self._later(request)

        self._keep_outcome(note)

    def _status(self, service, request):
        """Return MobilePay's status; canceled where it did not know it for long.

        :raises NotFound: it may come to know it yet
        """
        try:
            return self.env["mobilepay.poller"]._status(service, request)
        except errors.NotFound:
            # nobody can pay it, and so nothing is to be taken back
            if request.cancel_tries >= len(PAUSES) and service.is_reached():
                return Status.CANCELED
            raise

    # -------------------------------------------------------------------- renewing

    def _renew_some(self, cron, limit=100):
        """Send anew what was cancelled for that; each tried once."""
        # both with what has an index of its own
        untried = Domain("renewal_tried", "=", False)
        canceled = Domain("state", "=", "canceled") & Domain(
            "cancel_reason", "in", RENEWED
        )
        as_link = Domain("cancel_reason", "=", "as_link") & Domain(
            "state", "in", FAILED_STATES
        )
        waiting = self.env["mobilepay.invoice"].search(
            (canceled & untried) | (as_link & untried), limit=limit
        )
        for request in waiting:
            if request.try_lock_for_update(allow_referencing=True):
                request.renewal_tried = True
                request._in_readers_language(self)._renew(
                    request._in_readers_language()
                )
            # Odoo restarts a server whose cron overstays its time
            if not cron._commit_progress(1):
                break

    def _renew(self, request):
        """Ask for what is left in the same way, or by a link where that failed."""
        if request.cancel_reason in ("fallback", "as_link"):
            self.env["mobilepay.fallback"]._send_link(request)
            return
        move = request.move_id
        if not move._mobilepay_may_send():
            return
        wish = {"kind": request.kind, "phone": request.phone or ""}
        sender = (
            self.env["mobilepay.sender"]
            .with_company(request.company_id)
            .with_context(mobilepay_patient=True)
        )
        if problem := sender._send(request.connection_id, {move: wish}).get(move):
            request._schedule_help_activity(problem)

    def _record_end(self, request, status):
        self.env["mobilepay.event"]._record_status(request, status, "answer")
        request.next_cancel_on = False
        self.env["mobilepay.processor"]._process_answer(request)

    def _wait(self, request, error):
        """Try again later; the others wait as long where they would fare alike."""
        self._later(request)
        if is_passing_trouble(error):
            others = Domain("connection_id", "=", request.connection_id.id)
            self._hold_back(
                request.browse(), others, "next_cancel_on", request.next_cancel_on
            )

    def _later(self, request):
        pause = PAUSES[min(request.cancel_tries, len(PAUSES) - 1)]
        request.write(
            {
                "cancel_tries": request.cancel_tries + 1,
                "next_cancel_on": fields.Datetime.now() + timedelta(minutes=pause),
            }
        )
