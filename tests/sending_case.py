"""Sending in tests: what a person sees, and MobilePay in trouble."""

from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.fields import Command

from .common import MobilepayCommon, simulator
from .interceptor import Interceptor

CREATE = ("/invoices", "/invoices/link")


class Trouble(Interceptor):
    """The way to MobilePay, where requests or answers to create calls get lost."""

    def __init__(self, upstream, *, arrives):
        super().__init__(upstream)
        self.arrives = arrives
        self.lost = 0

    def answer(self, method, path, headers, body):
        """Hang up on create calls: before or after MobilePay has done it."""
        if method != "POST" or not path.endswith(CREATE):
            return super().answer(method, path, headers, body)
        self.lost += 1
        if self.arrives:
            super().answer(method, path, headers, body)
        return None


class SendingCase(MobilepayCommon):
    """Presses Send as a person does, and sees what a person sees."""

    def problem(self, move, **choices):
        """Send and return the error that is shown, '' for none.

        As in real life, what was committed before the error stays.
        """
        try:
            self.send(move, **choices)
        except UserError as error:
            return str(error)
        return ""

    def alert(self, move, **choices):
        """Return the Send wizard's blocking alert for MobilePay, '' for none."""
        alerts = self.wizard(move, **choices).alerts or {}
        alert = alerts.get("mobilepay_not_sendable", {})
        self.assertIn(alert.get("level"), (None, "danger"))
        return alert.get("message", "")

    def wizard(self, move, **choices):
        """Return the Send wizard with MobilePay chosen."""
        return self.env["account.move.send.wizard"].create(
            {"move_id": move.id, "sending_methods": ["mobilepay"], **choices}
        )

    def calls(self):
        """Return how many calls of any kind MobilePay got."""
        return sum(
            count
            for call, count in self.inspect()["requests"].items()
            if " /control/" not in call
        )

    def chatter(self, move):
        """Return what the invoice's chatter says, oldest first, as one text."""
        return "\n".join(move.message_ids.sorted("id").mapped("body"))

    # ----------------------------------------------------------------- trouble

    def through(self, base):
        """Reach MobilePay's Invoice API at another address from now on."""
        self.repoint(custom_api_base=f"{base}/invoice-restapi")

    @contextmanager
    def unreachable(self):
        """MobilePay is down: nobody answers the door."""
        self.through("http://127.0.0.1:9")
        yield
        self.through(simulator().url)

    @contextmanager
    def losing(self, *, arrives):
        """Create calls get no answer; MobilePay has done them, or has not."""
        with Trouble(simulator().url, arrives=arrives) as trouble:
            self.through(trouble.url)
            yield trouble
        self.through(simulator().url)

    def due(self, request):
        """Let the queue's pause be over."""
        request.sudo().next_try_on = "2020-01-01 00:00:00"

    def work_queue(self, *requests):
        """Run the sender's cron; the pauses of ``requests`` are over."""
        for request in requests:
            self.due(request)
        self.env.ref("account_mobilepay.cron_send").method_direct_trigger()

    def other_company(self):
        """Return a second company of the same user, not connected."""
        company = self.env["res.company"].create({"name": "Another Company"})
        self.env.user.company_ids = [Command.link(company.id)]
        return company
