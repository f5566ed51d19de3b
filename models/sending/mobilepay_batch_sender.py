import logging
from datetime import timedelta
from functools import partial
from uuid import uuid4

from psycopg2 import DatabaseError, OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import mute_logger

from ...mobilepay import errors
from ...mobilepay.types import Kind, Status
from ..base.contexts import LEAN
from .mobilepay_sender import PAUSES
from .mobilepay_sender_outcome import EXISTS_CODES

_logger = logging.getLogger(__name__)

# as many as Odoo reads at once: a second or two. Odoo runs a cron that has more to
# do ten times in a row, and ends the process after its time limit (two minutes)
PREPARED_AT_ONCE = 1000
# until MobilePay's verdict on an accepted line is asked for, if no callback came
FIRST_POLL = timedelta(minutes=2)
# how long PDF and e-mail of a link wait for MobilePay's link
LINK_WAIT = timedelta(minutes=10)


class MobilepayBatchSender(models.AbstractModel):
    """Sends batches: few calls for many invoices, and an outcome for each.

    *prepare* gives each invoice its request, ``queued`` or ``invalid`` with the
    reason; *send* claims up to 2000 of one company, issuer and kind, commits,
    calls once, and keeps what MobilePay said of each line; *release* lets PDF
    and e-mail go through Odoo's own sending once the request is known at
    MobilePay. What MobilePay took stays ``sending`` until its verdict comes:
    ``created`` or ``invalid``, by callback or poll. Lines without an answer are
    ``unconfirmed`` and sent again one by one by ``mobilepay.sender``.
    """

    _name = "mobilepay.batch_sender"
    _inherit = "mobilepay.worker"
    _description = "MobilePay Batch Sender"

    @api.model
    def _cron_batch(self):
        """Drive all batches that are not done, in commits of bounded size."""
        Cron = self.env["ir.cron"]
        waiting = self._count()
        if not waiting and not self._has_unreleased():
            return
        Cron._commit_progress(remaining=waiting)
        for step in (self._prepare_some, self._send_some, self._release_some):
            while done := self._retry_on_conflict(step):
                if not Cron._commit_progress(done, remaining=self._count()):
                    # else Odoo goes on when it looks again, in up to a minute
                    self.env.ref("account_mobilepay.cron_batch")._trigger()
                    return
        self._come_back()

    def _count(self):
        batches = self.env["mobilepay.batch"].search([("prepared", "=", False)])
        return len(batches.move_ids) + self.env["mobilepay.invoice"].search_count(
            self._due()
        )

    # ------------------------------------------------------------------- prepare

    def _prepare_some(self):
        """Give some invoices of an unprepared batch their requests."""
        unprepared = self.env["mobilepay.batch"].search(
            [("prepared", "=", False)], order="id"
        )
        for batch in unprepared:
            # one that others hold does not stop the next, maybe another company's
            if batch.try_lock_for_update(allow_referencing=True) and (
                done := self._prepare_part(batch)
            ):
                return done
        return 0

    def _prepare_part(self, batch):
        """Prepare what is not locked by others; returns how many, 1 for none left."""
        left = batch.move_ids - batch.request_ids.move_id
        chosen = left.with_company(batch.company_id).try_lock_for_update(
            allow_referencing=True, limit=PREPARED_AT_ONCE
        )
        # another batch, a person or the payer was faster: that request stands
        elsewhere = chosen.filtered(lambda move: move._mobilepay_was_asked_for())
        batch.move_ids = [Command.unlink(move.id) for move in elsewhere]
        self._prepare(batch, chosen - elsewhere)
        batch.prepared = chosen == left
        return len(chosen) or int(batch.prepared)

    def _prepare(self, batch, moves):
        """Queue each invoice, or keep in an ``invalid`` request why it is none."""
        company = batch.company_id
        connection = self.env["mobilepay.connection"]._for_company(company)
        own = connection._in_company_language(self, company).with_context(**LEAN)
        self._make_portal_tokens(moves)
        ahead = self.env["mobilepay.prefetch"]._prefetch(connection, moves)
        sender = own.env["mobilepay.sender"]
        wishes = own.with_context(**ahead)._wishes(connection, moves)
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                problems = sender.with_context(**ahead)._queue_many(
                    connection, wishes, batch
                )
        except OperationalError:
            # serialization failure, dead connection: the caller's to handle
            raise
        except DatabaseError:
            # another worker was faster with one of them: which, is found out
            problems = own._queue_each(connection, wishes, batch)
        for move, problem in problems.items():
            refused = sender._refused_row(connection, move, wishes[move], problem)
            refused.batch_id = batch

    def _wishes(self, connection, moves):
        Send = self.env["account.move.send"]
        return {move: Send._mobilepay_wish(connection, move, {}) for move in moves}

    def _queue_each(self, connection, wishes, batch):
        problems = {}
        sender = self.env["mobilepay.sender"]
        for move, wish in wishes.items():
            made, problem = sender._queue_or_explain(connection, move, wish)
            made.write({"batch_id": batch.id, "next_try_on": fields.Datetime.now()})
            if problem:
                problems[move] = problem
        return problems

    def _make_portal_tokens(self, moves):
        """Make what the URLs in the payload need, all at once.

        As the portal does it, but without its write(), which examines each
        invoice's lines and taxes: a token changes no bookings.
        """
        # sudo: whoever may send an invoice may make the link to it
        bare = moves.sudo().filtered(lambda move: not move.access_token)
        bare.flush_recordset()
        bare._write_multi([{"access_token": str(uuid4())} for _move in bare])
        bare.invalidate_recordset(["access_token"], flush=False)

    # ---------------------------------------------------------------------- send

    def _due(self):
        return (
            Domain("batch_id", "!=", False)
            & Domain("state", "=", "queued")
            & Domain("mobilepay_id", "=", False)
            & Domain("next_cancel_on", "=", False)
            & Domain("connection_id.state", "=", "connected")
            & (
                # no day is set where an old dump was restored: due at once
                Domain("next_try_on", "=", False)
                | Domain("next_try_on", "<=", fields.Datetime.now())
            )
        )

    def _send_some(self):
        """Send one call's worth of queued requests; returns how many."""
        Request = self.env["mobilepay.invoice"]
        first = Request.search(self._due(), limit=1, order="id")
        if not first:
            return 0
        same = (
            Domain("connection_id", "=", first.connection_id.id)
            & Domain("issuer_id", "=", first.issuer_id.id)
            & Domain("kind", "=", first.kind)
        )
        limit = first.connection_id._service().abilities.largest_batch
        found = Request.search(self._due() & same, limit=limit, order="id")
        claimed = self._claim(_unique_numbers(found))
        if claimed:
            connection, company = first.connection_id, first.company_id
            own = connection._in_company_language(self, company)
            own._call(
                connection._in_company_language(claimed, company).with_context(**LEAN)
            )
        return len(claimed)

    def _claim(self, requests):
        """Mark as ``sending`` and commit; then hold the rows while the call runs."""
        locked = (
            requests.with_context(**LEAN)
            .try_lock_for_update(allow_referencing=True)
            .filtered_domain(self._due())
        )
        if not locked:
            return locked
        locked.state = "sending"
        for tries, same in locked.grouped("tries").items():
            next_try = self.env["mobilepay.sender"]._next_try(tries)
            same.write({"tries": tries + 1, "next_try_on": next_try})
        self._commit()
        return locked.try_lock_for_update(allow_referencing=True)

    def _call(self, requests):
        """Make one batch call and keep the outcome of each line."""
        connection = requests.connection_id
        kind = Kind(requests[:1].kind)
        try:
            with connection._service() as service:
                result = service.create_batch(kind, requests.mapped("payload"))
        except errors.Rejected as error:
            self._note_rejected_whole(requests, error)
            return
        except errors.OutcomeUnknown as error:
            note = partial(self._note_unanswered, requests, error)
        except (errors.MobilePayError, UserError) as error:
            if isinstance(error, errors.NotFound) and self._is_tried_out(requests):
                self._note_all_refused(requests, error)
                return
            # a UserError is our own: the secrets cannot be read, nothing was sent
            self._keep_outcome(partial(self._note_waiting, requests, error))
            self.env["mobilepay.sender"]._spare_others(requests[:1], error)
            return
        else:
            note = partial(self._note_result, requests, result)
        self._keep_outcome(note)

    def _is_tried_out(self, requests):
        """Whether each pause was waited for: what is answered now, is the answer."""
        return min(requests.mapped("tries")) > len(PAUSES)

    def _note_all_refused(self, requests, error):
        for request in requests:
            self.env["mobilepay.sender"]._note_failure(request, error)

    def _note_result(self, requests, result):
        accepted = requests.filtered(lambda r: r.invoice_number in result.accepted)
        self._note_accepted(accepted, result)
        others = requests - accepted
        others.correlation_id = result.correlation_id
        for request in others:
            number = request.invoice_number
            if number in result.rejected:
                self._note_refused(request, result.rejected[number])
            else:
                request.write(
                    {
                        "state": "unconfirmed",
                        "error_text": self.env._(
                            "MobilePay's answer did not name this invoice. It is found"
                            " out by itself; do not send another."
                        ),
                    }
                )

    def _note_accepted(self, requests, result):
        """MobilePay took these lines; its verdict comes as news."""
        now = fields.Datetime.now()
        common = {
            "sent_on": now,
            "next_poll_on": now + FIRST_POLL,
            "next_try_on": None,
            "correlation_id": result.correlation_id or None,
        }
        rows = [
            {**common, "mobilepay_id": result.accepted[request.invoice_number].lower()}
            for request in requests
        ]
        # each has an ID of its own: write() would be called for each
        requests.flush_recordset()
        requests._write_multi(rows)
        requests.invalidate_recordset([*common, "mobilepay_id"], flush=False)
        # not sent_on: how long a payment took is counted once there is one
        requests.modified(["mobilepay_id"])

    def _note_refused(self, request, refusals):
        told = [one for one in refusals if one.code or one.text]
        if not told:
            # it may be because an earlier one of the same bytes lives
            self.env["mobilepay.sender"]._send_alone(request)
            return
        error = errors.Rejected(
            "refused in a batch",
            code=told[0].code,
            text=told[0].text,
            correlation_id=request.correlation_id or "",
        )
        text = self.env["mobilepay.messages"]._explain(error)
        exists = error.code in EXISTS_CODES
        if exists:
            text = self.env["mobilepay.sender"]._note_exists(request)
        request.write({"error_code": error.code, "error_text": text})
        if exists:
            return
        self.env["mobilepay.event"]._record_status(request, Status.INVALID, "answer")
        self.env["mobilepay.processor"]._process_answer(request)

    def _note_rejected_whole(self, requests, error):
        """Nothing was created. Find the culprit: halves, down to one."""
        if len(requests) == 1:
            self.env["mobilepay.sender"]._note_failure(requests, error)
            return
        _logger.info("MobilePay refused a batch of %s: halving it", len(requests))
        middle = len(requests) // 2
        self._call(requests[:middle])
        rest = requests[middle:].try_lock_for_update(allow_referencing=True)
        self._call(rest)

    def _note_unanswered(self, requests, error):
        requests.write(
            {
                "state": "unconfirmed",
                "error_text": self.env["mobilepay.messages"]._explain(error),
                "correlation_id": error.correlation_id,
            }
        )

    def _note_waiting(self, requests, error):
        """Nothing reached MobilePay: the whole goes out when it can."""
        requests.write(
            {
                "state": "queued",
                "error_text": self.env["mobilepay.messages"]._explain_waiting(error),
            }
        )

    # ------------------------------------------------------------------- release

    def _release_some(self, limit=500):
        """Let PDF and e-mail of known requests go through Odoo's own sending."""
        ready = self.env["mobilepay.invoice"].search(
            self._unreleased() & self._ready(), limit=limit, order="id"
        )
        for batch, requests in ready.grouped("batch_id").items():
            refused = requests.filtered(lambda r: r.state == "invalid")
            batch._release((requests - refused).move_id, "mobilepay_sent")
            batch._release(
                refused.move_id.filtered("partner_id.email"), "mobilepay_refused"
            )
        ready.released = True
        if ready:
            self.env.ref("account.ir_cron_account_move_send")._trigger()
        return len(ready)

    def _has_unreleased(self):
        Request = self.env["mobilepay.invoice"]
        return bool(Request.search_count(self._unreleased(), limit=1))

    def _unreleased(self):
        return Domain("batch_id", "!=", False) & Domain("released", "=", False)

    def _ready(self):
        """Whose documents can go: link known or not needed, or waited for."""
        waited = fields.Datetime.now() - LINK_WAIT
        return Domain("state", "not in", ("queued", "unconfirmed")) & (
            Domain("state", "!=", "sending") | Domain("write_date", "<", waited)
        )

    def _come_back(self):
        """Look again soon while invoices or documents wait for something."""
        unprepared = [("prepared", "=", False)]
        if self._has_unreleased() or self.env["mobilepay.batch"].search_count(
            unprepared, limit=1
        ):
            soon = fields.Datetime.now() + timedelta(minutes=1)
            self.env.ref("account_mobilepay.cron_batch")._trigger(at=soon)


def _unique_numbers(requests):
    """Return the requests whose InvoiceNumber comes first: it pairs the answers."""
    seen = {}
    for request in requests:
        seen.setdefault(request.invoice_number, request.id)
    return requests.browse(seen.values())
