from odoo import api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...mobilepay import errors
from ...mobilepay.types import Status
from ..base.mobilepay_worker import is_passing_trouble
from ..request.mobilepay_invoice import UNDECIDED_STATES

# "already exists" (contract, section 4): the bytes were sent and taken before
EXISTS_CODES = {"10104", "10301"}
# refusals of the moment: they do not tell whether the same bytes arrived before
PASSING_CODES = {"10102", "10105", "10205", "10310", "10311", "10312", "10314"}


class MobilepaySender(models.AbstractModel):
    """What becomes of a request once MobilePay was called; kept, come what may.

    The outcome is committed before anything else is done with it: a call that
    was made is never made again because of what came after it.
    """

    _inherit = "mobilepay.sender"

    def _note_created(self, request, created):
        """Keep what MobilePay answered and commit it."""
        values = {
            "mobilepay_id": created.invoice_id.lower(),
            "link_url": created.link_url or request.link_url,
            "correlation_id": created.correlation_id,
            "sent_on": fields.Datetime.now(),
            "error_code": False,
            "error_text": False,
        }

        def note():
            request.write(values)
            self._note_answer(request, Status.CREATED)
            if request.link_untold:
                self.env.ref("account_mobilepay.cron_fallback")._trigger()

        self._keep_outcome(note)
        self._process_answer(request)

    def _note_failure(self, request, error):
        """Keep why it failed, decide what becomes of the request, and commit.

        :return: the problem, for the person who pressed the button
        """
        text, news = self._keep_outcome(lambda: self._write_failure(request, error))
        if news:
            self._process_answer(request)
        self._spare_others(request, error)
        return text

    @api.model
    def _mail_later(self, requests):
        """Note that the payer is mailed once the link is there, and commit it.

        The caller's own transaction ends in an error for whoever sends.
        """
        self._keep_outcome(lambda: requests.write({"link_untold": True}))

    def _joins_queue(self, request):
        """Whether a scheduled action need not try: the queue waits, and it as long."""
        if not self.env.context.get("mobilepay_patient"):
            return False
        waiting = request.search(
            [
                ("connection_id", "=", request.connection_id.id),
                ("state", "=", "queued"),
                ("tries", ">", 0),
                ("next_try_on", ">", fields.Datetime.now()),
            ],
            order="next_try_on desc",
            limit=1,
        )
        if waiting:
            request.next_try_on = waiting.next_try_on
        return bool(waiting)

    @api.model
    def _spare_others(self, request, error):
        """Let the others of the connection wait as long, where they would fare alike.

        :param request: one that was tried; it has its pause
        """
        if is_passing_trouble(error) and request.next_try_on:
            waiting = (
                Domain("connection_id", "=", request.connection_id.id)
                & Domain("state", "in", UNDECIDED_STATES)
                & Domain("mobilepay_id", "=", False)
            )
            self._hold_back(
                request.browse(), waiting, "next_try_on", request.next_try_on
            )

    def _write_failure(self, request, error):
        """Write why it failed; return the problem, and whether that is news."""
        words = self.env["mobilepay.messages"]
        # even at the first try: a database that was restored has forgotten sending it
        exists = getattr(error, "code", "") in EXISTS_CODES
        first = request.state == "sending" and not exists
        refused = isinstance(error, (errors.Rejected, errors.NotFound))
        text = words._explain_creation(error)
        if isinstance(error, errors.OutcomeUnknown):
            request.state = "unconfirmed"
        elif exists:
            text = self._note_exists(request)
        elif first and not refused:
            # nothing reached MobilePay: it goes out by itself when it can
            request.state, text = "queued", words._explain_waiting(error)
        request.write(
            {
                "correlation_id": getattr(error, "correlation_id", "")
                or request.correlation_id,
                "error_code": getattr(error, "code", ""),
                "error_text": text,
            }
        )
        news = refused and (first or self._conclusive(error))
        if news:
            self._note_answer(request, Status.INVALID)
        return text, news

    def _note_answer(self, request, status):
        """Let the answer to our own call enter as news; it is not sent again."""
        self.env["mobilepay.event"]._record_status(request, status, "answer")
        # until the news are applied, by whichever cron comes first
        request.next_try_on = False

    def _process_answer(self, request):
        """Process the answer now; whatever happens from here on, it is kept."""
        try:
            self.env["mobilepay.processor"]._process_answer(request)
            self._commit()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # another worker is at it; the news are kept and the cron applies them
            self.env.cr.rollback()
            self.env.ref("account_mobilepay.cron_process")._trigger()
