from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...mobilepay import errors
from ...mobilepay.types import Status
from ..request.mobilepay_invoice import LIVE_STATES

# what MobilePay has and may still change; a batch's lines before its verdict, too
ASKED_STATES = (*LIVE_STATES, "sending", "unconfirmed")

FIRST_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(hours=12)
# questions in one run of the cron
MOST = 500


class MobilepayPoller(models.AbstractModel):
    """Asks MobilePay for the status of open requests, so that no callback is needed.

    The pause between two questions doubles from ten minutes to twelve hours,
    until the state is final. What MobilePay tells enters as an event. What it does
    not know is doubted until its last day, and has expired after it.
    """

    _name = "mobilepay.poller"
    _description = "MobilePay Status Poller"

    @api.model
    def _poll(self, connection, requests):
        """Ask for each request's status and store the answer as news.

        :raises MobilePayError: MobilePay did not answer
        """
        with connection._service() as service:
            for request in requests:
                self._ask(service, request)

    def _ask(self, service, request):
        status = self._status(service, request)
        request.polled_on = fields.Datetime.now()
        if request.state in LIVE_STATES and request.error_text:
            # it was doubted, and is known all the same
            request.error_text = False
        self.env["mobilepay.event"]._record_status(request, status, "poll")
        if status is Status.CREATED:
            self._replace_lost_link(request)
        self._schedule_next(request)

    @api.model
    def _status(self, service, request):
        """Return MobilePay's status; expired where it was deleted after its last day.

        :raises NotFound: MobilePay does not know it yet, or not any more
        """
        try:
            return service.status(request.mobilepay_id)
        except errors.NotFound:
            if request._is_last_day_over() and service.is_reached():
                return Status.EXPIRED
            raise

    def _replace_lost_link(self, request):
        """Take back a link whose address never came; another is made in its place.

        MobilePay tells it once, in the answer or, of a batch, by callback: without
        it nobody can pay. The second question is late enough for a callback.
        """
        waits = request.kind == "link" and request.state == "created"
        if waits and request.polls and not request.link_url:
            request._want_cancel("link_lost")

    @api.model
    def _cron_poll(self):
        """Poll what is due, oldest first; one company's trouble stays its own."""
        Cron = self.env["ir.cron"]
        Request = self.env["mobilepay.invoice"]
        due = Request.search(self._due(), limit=MOST, order="next_poll_on, id")
        if not due:
            return
        Cron._commit_progress(remaining=Request.search_count(self._due()))
        in_time = all(
            self._poll_connection(connection, requests)
            for connection, requests in due.grouped("connection_id").items()
        )
        if in_time and len(due) < MOST:
            # what is left belongs to connections in trouble: not at once again
            Cron._commit_progress(remaining=0)
        self.env.ref("account_mobilepay.cron_process")._trigger()

    def _poll_connection(self, connection, requests):
        """Poll through one connection until it fails; False when time is up."""
        Cron = self.env["ir.cron"]
        try:
            with connection._service() as service:
                own = connection._in_company_language(self)
                for request in requests:
                    answered = own._poll_one(service, request)
                    if not Cron._commit_progress(1):
                        return False
                    if not answered:
                        break
        except UserError:
            # the secrets cannot be read; the connection's form says so
            return True
        return True

    def _poll_one(self, service, request):
        """Poll one request; False when its connection had better be left alone."""
        try:
            taken = request.try_lock_for_update(allow_referencing=True).filtered_domain(
                self._due()
            )
        except OperationalError:
            # another worker has just changed it
            self.env.cr.rollback()
            return True
        if not taken:
            return True
        try:
            self._ask(service, taken)
        except errors.NotFound as error:
            # an invoice of a batch is not found until MobilePay has validated it
            if taken.state in LIVE_STATES or taken.polls:
                self._count_doubt(taken, error)
            self._schedule_next(taken)
        except errors.MobilePayError:
            # to the end of the queue: one bad answer must not hold up the others
            self._schedule_next(taken)
            return False
        return True

    def _count_doubt(self, request, error):
        """Show that MobilePay does not know it; the second time, call a person."""
        move, kind = request.move_id, "account_mobilepay.activity_payment"
        text = self.env["mobilepay.messages"]._explain_unknown(error)
        if request.error_text and not move.activity_search([kind]):
            request._schedule_help_activity(text)
        request.error_text = text

    def _due(self):
        return (
            Domain("state", "in", ASKED_STATES)
            & Domain("next_poll_on", "<=", fields.Datetime.now())
            & Domain("mobilepay_id", "!=", False)
            & Domain("connection_id.state", "=", "connected")
        )

    def _schedule_next(self, request):
        pause = min(FIRST_PAUSE * 2 ** min(request.polls, 10), LONGEST_PAUSE)
        request.write(
            {"polls": request.polls + 1, "next_poll_on": fields.Datetime.now() + pause}
        )
