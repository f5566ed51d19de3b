from odoo import models

from ..request.mobilepay_invoice import UNDECIDED_STATES


class MobilepayChecker(models.AbstractModel):
    """The steps that create and cancel: by ``mobilepay.sender`` and its like."""

    _inherit = "mobilepay.checker"

    def _do_direct(self, step):
        return self._send_single(step, "direct")

    def _do_link(self, step):
        return self._send_single(step, "link")

    def _do_directs(self, step):
        return self._send_batch(step, "direct")

    def _do_links(self, step):
        return self._send_batch(step, "link")

    def _do_cancel(self, step):
        request, problem = self._sent(step, "direct")
        if problem:
            return self._not_sent(step, problem)
        if request.state == "created":
            request._want_cancel("person")
            self.env["mobilepay.worker"]._commit()
            self.env["mobilepay.canceler"]._cancel(request)
            self.env["mobilepay.worker"]._commit()
        if request.state in (*UNDECIDED_STATES, "created"):
            return None
        if request.state != "canceled":
            return self._not_sent(step, self._state_message(request))
        with request.connection_id._service() as service:
            status = service.status(request.mobilepay_id)
        if status.value != "canceled":
            return self._not_sent(step, self.env._("Its status is %s.", status.value))
        return self._passed(
            self.env._("A direct invoice was sent and cancelled before it was paid."),
            self.env._("%s, canceled when asked.", self._named(request)),
        )

    # -------------------------------------------------------------------- singles

    def _send_single(self, step, kind):
        """Send the step's invoice by a call of its own; its verdict."""
        request, problem = self._sent(step, kind)
        if problem or request.state == "invalid":
            return self._not_sent(step, problem or self._state_message(request))
        if not self._is_out(request):
            return None
        words = {
            "direct": self.env._(
                "A direct invoice was sent to %s.", step.check_id.payer_phone_masked
            ),
            "link": self.env._("An invoice link was made."),
        }
        return self._passed(words[kind], self._named(request))

    def _is_out(self, request):
        """Whether MobilePay has a request, and of a link we have the address."""
        is_link = request.kind == "link"
        return request.state not in UNDECIDED_STATES and not (
            is_link and not request.link_url
        )

    def _sent(self, step, kind):
        """Return the step's request, sent if it was not, and what is wrong."""
        [move] = self._test_invoices(step)
        request = move.mobilepay_invoice_id
        if request.kind == "link" and request.state == "created":
            self._give_up_lost(request)
        if request and request.cancel_reason != "link_lost":
            self.env["mobilepay.sender"]._send_due(request)
            return request, ""
        check = step.check_id
        # a link names no payer: whoever opens it pays
        wish = {"kind": kind, "phone": check.payer_phone if kind == "direct" else ""}
        # consent is asked for by a step of its own
        sender = self.env["mobilepay.sender"].with_context(mobilepay_ask_consent=False)
        refused = sender._send(check.connection_id, {move: wish})
        request = move.mobilepay_invoice_id.with_env(self.env)
        waits = request.state in UNDECIDED_STATES
        return request, "" if waits else refused.get(move, "")

    def _give_up_lost(self, request):
        """Take a link back whose answer was lost: its address comes no more."""
        if request.link_url:
            return
        request._want_cancel("link_lost")
        self.env["mobilepay.worker"]._commit()
        self.env["mobilepay.canceler"]._cancel(request)
        self.env["mobilepay.worker"]._commit()

    # -------------------------------------------------------------------- batches

    def _send_batch(self, step, kind):
        """Send the step's two invoices together; the verdict comes as news."""
        batch = self._batch(step, kind)
        requests = batch.request_ids
        Batcher = self.env["mobilepay.batch_sender"]
        if claimed := Batcher._claim(requests):
            Batcher._call(claimed)
        # no PDF and e-mail follow by themselves
        requests.released = True
        if refused := requests.filtered(lambda r: r.state == "invalid"):
            return self._not_sent(step, self._state_message(refused[0]))
        if any(request.state in UNDECIDED_STATES for request in requests):
            return None
        if any(request.kind == "link" and not request.link_url for request in requests):
            return self._links_missing(step)
        return self._passed(
            self.env._(
                "%s invoices were sent in one call; MobilePay's verdict on each came"
                " later.",
                len(requests),
            ),
            "\n".join(map(self._named, requests.sorted("id"))),
        )

    def _batch(self, step, kind):
        """Return the step's batch, each invoice of it with its request."""
        moves = self._test_invoices(step, count=2)
        Batch = self.env["mobilepay.batch"]
        batch = Batch.search([("move_ids", "in", moves.ids)], limit=1)
        if not batch:
            check = step.check_id
            # as a batch addresses its payers; a link names none
            phone = check.payer_phone if kind == "direct" else False
            check.partner_id.write({"mobilepay_kind": kind, "mobilepay_phone": phone})
            batch = Batch.create(
                {
                    "company_id": check.company_id.id,
                    "user_id": check.user_id.id,
                    "move_ids": moves.ids,
                }
            )
            self.env["mobilepay.batch_sender"]._prepare_part(batch)
            batch.request_ids.consent_wanted = False
        return batch

    def _links_missing(self, step):
        """MobilePay made the links of a batch, and tells them by callback only."""
        if not self._patience_over(step.check_id):
            return None
        return self._failed(
            step,
            self.env._(
                "The invoices were created, but their links came in no callback."
            ),
            self._callback_advice(step.check_id),
            self.env._("Invoice links were sent in one call."),
        )

    # ---------------------------------------------------------------------- words

    def _not_sent(self, step, problem):
        return self._failed(
            step,
            problem,
            self.env._(
                "Check the test payer's phone number and the issuer. MobilePay takes"
                " ten direct invoices a day for one payer; a check sends five."
            ),
            self.env._("A test invoice was sent to MobilePay."),
        )

    def _named(self, request):
        """Return a request by what MobilePay and the books call it."""
        return self.env._(
            "%(number)s: InvoiceId %(id)s",
            number=request.invoice_number,
            id=request.mobilepay_id,
        )

    def _state_message(self, request):
        labels = dict(request._fields["state"]._description_selection(self.env))
        return f"{request.name}: {request.error_text or labels[request.state]}"
