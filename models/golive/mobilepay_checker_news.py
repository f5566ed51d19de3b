from datetime import datetime, timedelta, timezone

from odoo import models
from odoo.fields import Domain

from ...mobilepay import references
from ...mobilepay.types import TransactionType
from ..request.mobilepay_invoice import LIVE_STATES
from .mobilepay_checker import Verdict

DONE_STATES = ("done", "stale")


class MobilepayChecker(models.AbstractModel):
    """The steps about news: callbacks, status queries, details, reporting."""

    _inherit = "mobilepay.checker"

    # ------------------------------------------------------------------ callbacks

    def _callbacks(self, check):
        """Return what MobilePay told of this check's requests by callback."""
        return self.env["mobilepay.event"].search(
            Domain("request_id", "in", check._requests().ids)
            & Domain("source", "=", "callback"),
            order="id",
        )

    def _do_callback(self, step):
        check = step.check_id
        connection = check.connection_id
        came = self._callbacks(check)
        if not came and not self._patience_over(check):
            return None
        labels = dict(
            connection._fields["callback_auth"]._description_selection(self.env)
        )
        done = self.env._(
            "MobilePay was given the address %(url)s, with %(method)s, on %(moment)s"
            " UTC; callbacks without the right secret are refused.",
            # its path is a secret half
            url=f"{(connection.base_url or '').rstrip('/')}/mobilepay/callback/…",
            method=labels[connection.callback_auth],
            moment=connection.callback_registered_on,
        )
        if not came:
            return self._failed(
                step,
                self.env._("No callback came."),
                self._callback_advice(check),
                done,
            )
        return self._passed(
            done,
            self.env._(
                "%(count)s callbacks came with the right secret, the first on"
                " %(moment)s UTC.",
                count=len(came),
                moment=came[0].create_date.replace(microsecond=0),
            ),
        )

    def _callback_advice(self, check):
        return self.env._(
            "Have your administrator check that MobilePay reaches %(url)s from the"
            " internet, by https and with a certificate that is not self-signed. Then"
            " press “Renew the secret” on page Callback, which registers the address"
            " anew, and start a new go-live check.",
            url=(check.connection_id.base_url or "").rstrip("/"),
        )

    def _handled_verdict(self, step, paid, rejected):
        """Judge how the callbacks of a payment and of a rejection were handled."""
        check = step.check_id
        came = self._callbacks(check)
        told = {(event.request_id, event.status) for event in came}
        missing = {(paid, "paid"), (rejected, "rejected")} - told
        unhandled = came.filtered(lambda event: event.state not in DONE_STATES)
        if (missing or unhandled) and not self._patience_over(check):
            return None
        if missing:
            names = [f"{one.name} {status}" for one, status in missing]
            answer = self.env._("These did not come: %s.", ", ".join(sorted(names)))
            return self._failed(step, answer, self._callback_advice(check))
        if unhandled:
            reasons = filter(None, unhandled.mapped("reason"))
            answer = self.env._("Not handled: %s", "; ".join(reasons))
            return self._failed(step, answer)
        if not paid.payment_id or rejected.state != "rejected":
            words = map(self._state_message, (paid, rejected))
            return self._failed(step, "\n".join(words))
        answer = self.env._(
            "%(count)s callbacks, all handled. Paid: posted as %(payment)s and matched"
            " with the invoice. Rejected: noted on the invoice.",
            count=len(came),
            payment=paid.payment_id.name,
        )
        return self._passed(step.done, answer)

    def _do_order(self, step):
        check = step.check_id
        if not check._step("handled").ended_on:
            return None
        came = self._callbacks(check)
        if not came and not self._patience_over(check):
            return None
        done = self.env._(
            "The callbacks of each invoice were put in the order of Sequence, then"
            " Date, whatever the order in which they came."
        )
        if not came:
            answer = self.env._("No callback came.")
            return self._failed(step, answer, self._callback_advice(check), done)
        lines = []
        for request in came.request_id.sorted("id"):
            news = came.filtered(lambda one, mine=request: one.request_id == mine)
            ordered = news.sorted(lambda event: event._order_key())
            words = ", ".join(f"{one.sequence} {one.status}" for one in ordered)
            lines.append(f"{request.invoice_number}: {words}")
            # what is over may be so by other news: an answer, or a status query
            if request.state in LIVE_STATES and request.state != ordered[-1].status:
                return self._failed(step, lines[-1], done=done)
        return self._passed(done, "\n".join(lines))

    # --------------------------------------------------------------------- asking

    def _do_status(self, step):
        check = step.check_id
        if not all(check._step(key).ended_on for key in ("callback", "order")):
            return None
        requests = check._requests().filtered("mobilepay_id")
        if not requests:
            return self._failed(step, self.env._("MobilePay has none of the invoices."))
        self.env["mobilepay.poller"]._poll(check.connection_id, requests)
        self.env["mobilepay.worker"]._commit()
        self.env["mobilepay.processor"]._process(requests)
        polled = requests.event_ids.filtered(lambda event: event.source == "poll")
        if polled.filtered(lambda event: event.state == "new"):
            return None
        missed = polled.filtered(lambda event: event.state == "done")
        return self._passed(
            self.env._(
                "MobilePay was asked for the status of each invoice. This is done by"
                " itself, too, in growing pauses until the status is final."
            ),
            self.env._(
                "%(count)s statuses were answered; %(missed)s news were learnt in this"
                " way, as no callback had told them.",
                count=len(requests),
                missed=len(missed),
            ),
        )

    def _do_reference(self, step):
        check = step.check_id
        if not check._step("status").ended_on:
            return None
        requests = check._requests().filtered("mobilepay_id")
        connection = check.connection_id
        answers = self.env["mobilepay.asker"]._details(
            connection, requests.mapped("mobilepay_id")
        )
        wrong = [
            request.name
            for request in requests
            if not self._is_named_well(request, answers.get(request.mobilepay_id))
        ]
        done = self.env._(
            "PaymentReference and InvoiceNumber of each invoice were read back from"
            " MobilePay: unique, and whole within the 30 characters that a bank"
            " statement shows."
        )
        if wrong or not requests:
            answer = self.env._("Not as they were sent: %s", ", ".join(wrong) or "-")
            return self._failed(step, answer, done=done)
        lines = [
            f"PaymentReference {one.payment_reference}, InvoiceNumber"
            f" {one.invoice_number}"
            for one in requests.sorted("id")
        ]
        return self._passed(done, "\n".join(lines))

    def _is_named_well(self, request, details):
        """Whether MobilePay has a request under names that reconciliation finds."""
        return (
            references.fits(request.payment_reference)
            and getattr(details, "payment_reference", "") == request.payment_reference
            and getattr(details, "invoice_number", "") == request.invoice_number
        )

    # ------------------------------------------------------------------ reporting

    def _do_reporting(self, step):
        check = step.check_id
        if not check._step("status").ended_on:
            return None
        connection = check.connection_id
        if not connection._has_reporting():
            return self._not_reported(connection)
        with connection._service() as service:
            points = service.payment_points()
            transfers, payments = self._reported(check, service)
        paid = check._requests().filtered(lambda r: r.state == "paid")
        known = {one.merchant_reference for one in payments}
        found = paid.filtered(lambda r: r.payment_reference in known)
        return self._passed(
            self.env._(
                "Payment points, transfers and transactions were read, as they are"
                " every two hours."
            ),
            self.env._(
                "%(points)s payment points, %(transfers)s transfers of the last week;"
                " %(found)s of %(paid)s test payments are in the transactions under"
                " their PaymentReference.",
                points=len(points),
                transfers=len(transfers),
                found=len(found),
                paid=len(paid),
            ),
        )

    def _reported(self, check, service):
        """Return the issuer's transfers of a week, and the payments of this check."""
        issuer = check.connection_id._issuer_of(check._moves()[:1])
        today, now = check.connection_id._today(), datetime.now(timezone.utc)
        week, day = timedelta(days=7), timedelta(days=1)
        transfers = service.transfers(issuer.mobilepay_id, today - week, today)
        rows = service.movements(issuer.mobilepay_id, now - day, now)
        return transfers, [one for one in rows if one.type is TransactionType.PAYMENT]

    def _not_reported(self, connection):
        return Verdict(
            "not_possible",
            self.env._("Nothing was asked."),
            connection._no_reporting_message(),
            self.env._(
                "Where MobilePay gave you an API key for reporting v3, enter it on page"
                " Transfers and Bank. Else look at the first transfers in production."
            ),
        )
