from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..mobilepay import errors
from .mobilepay_invoice import LIVE_STATES

FIRST_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(hours=12)


class MobilepayPoller(models.AbstractModel):
    """Asks MobilePay for the status of open requests, so that no callback is needed.

    The pause between two questions doubles from ten minutes to twelve hours,
    until the state is final. What MobilePay tells enters as an event.
    """

    _name = "mobilepay.poller"
    _description = "MobilePay Status Poller"

    @api.model
    def _poll(self, connection, requests):
        """Ask for each request's status and store the answer as news.

        :raises MobilePayError: MobilePay did not answer; earlier news are kept
        """
        with connection._invoice_api() as invoice_api:
            for request in requests:
                status = invoice_api.status(request.mobilepay_id)
                self.env["mobilepay.event"]._note_told(request, status, "poll")
                self._schedule_next(request)

    @api.model
    def _cron_poll(self):
        """Poll what is due, oldest first; one company's trouble stays its own."""
        Cron = self.env["ir.cron"]
        due = self.env["mobilepay.invoice"].search(
            self._due(), limit=500, order="next_poll_on"
        )
        Cron._commit_progress(remaining=len(due))
        lost = self.env["mobilepay.connection"]
        for request in due:
            connection = request.connection_id
            if connection not in lost and not self._poll_one(request):
                lost += connection
            if not Cron._commit_progress(1):
                break
        self.env.ref("account_mobilepay.cron_process")._trigger()

    def _poll_one(self, request):
        """Poll one request; False when its connection had better be left alone."""
        taken = request.try_lock_for_update(allow_referencing=True).filtered_domain(
            self._due()
        )
        if not taken:
            return True
        try:
            self._poll(taken.connection_id, taken.with_company(taken.company_id))
        except errors.NotFound as error:
            taken.error_text = self.env["mobilepay.words"]._explain(error)
            self._schedule_next(taken)
        except errors.MobilePayError:
            # said by the connection where it is lasting; next run tries again
            return False
        return True

    def _due(self):
        return (
            Domain("state", "in", LIVE_STATES)
            & Domain("next_poll_on", "<=", fields.Datetime.now())
            & Domain("mobilepay_id", "!=", False)
            & Domain("connection_id.state", "=", "connected")
        )

    def _schedule_next(self, request):
        pause = min(FIRST_PAUSE * 2 ** min(request.polls, 10), LONGEST_PAUSE)
        request.write(
            {"polls": request.polls + 1, "next_poll_on": fields.Datetime.now() + pause}
        )
