from datetime import date, timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...mobilepay import errors, rules
from ...mobilepay.types import Status
from .mobilepay_sender_outcome import EXISTS_CODES, PASSING_CODES

# after MobilePay's last day: what was paid on it is reported and fetched by then
LATE_NEWS = timedelta(days=7)


class MobilepaySender(models.AbstractModel):
    """Requests of which it is not known whether they arrived, or under which id.

    MobilePay has no list to look into. The same bytes tell whether it has them;
    its id comes with news only. Where none ever come, time decides: MobilePay
    ends each invoice 30 days after its due date (contract, section 5).
    """

    _inherit = "mobilepay.sender"

    def _note_exists(self, request):
        """MobilePay has it already: wait for news of it, do not ask again."""
        request.write(
            {"state": "unconfirmed", "mobilepay_id": False, "next_try_on": False}
        )
        self._take_up_orphans(request)
        return self.env["mobilepay.messages"]._has_it_message()

    def _take_up_orphans(self, request):
        """Look anew at news that seemed another system's: they may be of this one.

        What was never sent from here is never adopted; now it is known to have been.
        """
        orphans = self.env["mobilepay.event"].search(
            Domain("connection_id", "=", request.connection_id.id)
            & Domain("state", "=", "orphan")
            & Domain("status", "!=", False)
            & Domain("create_date", ">=", request.create_date)
        )
        if orphans:
            orphans._renew()
            self.env.ref("account_mobilepay.cron_process")._trigger()

    def _conclusive(self, error):
        """Whether this refusal of repeated bytes means that none ever arrived.

        It does where it is about the contents: the first ones were the same. It
        does not where it is about the moment, or says that MobilePay has them, or
        has no code of MobilePay's own: a gateway before it may have said it.
        """
        own = isinstance(error, errors.Rejected) and error.own and error.code
        return bool(own) and error.code not in PASSING_CODES | EXISTS_CODES

    def _continue_after_refusal(self, request, event):
        """Take a refusal that ends one InvoiceId, but not the request; whether it is.

        A batch's line may be refused because an earlier one of the same bytes lives,
        and a poll does not tell why: then the bytes are sent alone, which does.
        """
        if event.status != "invalid":
            return False
        if event.error_code in EXISTS_CODES:
            text = self._note_exists(request)
            request.write({"error_code": event.error_code, "error_text": text})
            return True
        if event.source != "poll" or request.state != "sending":
            return False
        self._send_alone(request)
        return True

    @api.model
    def _send_alone(self, request):
        """Find out why a batch's line was refused: alone, MobilePay says it."""
        request.write(
            {
                "state": "unconfirmed",
                "mobilepay_id": False,
                "next_try_on": fields.Datetime.now(),
                "error_text": self.env._(
                    "MobilePay refused it in the batch, and did not say why. It is"
                    " sent alone to find out; do not send another."
                ),
            }
        )
        self.env.ref("account_mobilepay.cron_send")._trigger()

    def _end_some(self):
        """End those of which nobody will hear any more."""
        for request in self.env["mobilepay.invoice"].search(self._over(), limit=200):
            request._in_readers_language(self)._end(request._in_readers_language())

    def _over(self):
        """Return the domain of unanswered requests whose time at MobilePay is over."""
        last = fields.Date.today() - rules.EXPIRES_AFTER - LATE_NEWS
        return (
            Domain("state", "in", ("sending", "unconfirmed"))
            & Domain("mobilepay_id", "=", False)
            & Domain("tries", ">", 0)
            & Domain("due_date", "<", last)
            & Domain("connection_id.state", "=", "connected")
        )

    def _end(self, request):
        """End one whose time is over, once all that was paid by then was heard of."""
        connection = request.connection_id
        heard = connection.transfers_fetched_to or date.min
        if connection._has_reporting() and (
            heard <= request.due_date + rules.EXPIRES_AFTER
        ):
            return
        if request.try_lock_for_update(allow_referencing=True).filtered_domain(
            self._over()
        ):
            self._keep_outcome(lambda: self._note_end(request))
            self._process_answer(request)

    def _note_end(self, request):
        request.error_text = self.env._(
            "MobilePay's answer was lost, and no news came before its last day: it has"
            " expired there. If it is still due, send the invoice again."
        )
        self._note_answer(request, Status.EXPIRED)
