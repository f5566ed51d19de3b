import json
from contextlib import contextmanager

from odoo.fields import Command
from odoo.tests import tagged

from ..common import simulator
from ..interceptor import Interceptor
from ..sending_case import SendingCase

PAGE = b"<html>Bad Request</html>"


class RefusingLines(Interceptor):
    """MobilePay, had it refused each line of a batch."""

    def __init__(self, upstream, reasons):
        super().__init__(upstream)
        self.reasons = list(reasons)

    def answer(self, method, path, headers, body):
        """Refuse batches; the rest is MobilePay's own."""
        if not path.endswith("/batch"):
            return super().answer(method, path, headers, body)
        numbers = [line["InvoiceNumber"] for line in json.loads(body)]
        lines = [{"InvoiceNumber": one, "Errors": self.reasons} for one in numbers]
        return 202, {"Accepted": [], "Rejected": lines}


@tagged("post_install", "-at_install")
class TestRefusals(SendingCase):
    """A refusal that is not MobilePay's own proves nothing of what it has done."""

    @contextmanager
    def answering(self, ending, function):
        """MobilePay does what it is asked to; its answer comes as another."""
        with Interceptor(simulator().url) as between:
            between.change(ending, function)
            self.through(between.url)
            yield
        self.through(simulator().url)

    def at_mobilepay(self):
        return len(self.inspect()["invoices"])

    def send_together(self, count=3):
        """Send so many invoices in a batch; return their requests."""
        self.partner_a.invoice_sending_method = "mobilepay"
        moves = self.env["account.move"].union(
            *(self.invoice() for _number in range(count))
        )
        wizard = self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [Command.set(moves.ids)]}
        )
        wizard.action_send_and_print()
        self.env.ref("account_mobilepay.cron_batch").method_direct_trigger()
        return moves.mobilepay_invoice_ids

    def test_unreadable_at_the_first_try_it_is_found_out(self):
        for status in (400, 404, 409):
            move = self.invoice()
            with self.answering("/invoices", lambda *_told, s=status: (s, PAGE)):
                problem = self.problem(move)
            request = move.mobilepay_invoice_id
            self.assertIn("do not send another", problem)
            self.assertEqual(request.state, "unconfirmed")
            before = self.at_mobilepay()
            self.work_queue(request)
            self.assertEqual(
                (request.state, request.error_code), ("unconfirmed", "10104")
            )
            self.assertEqual(self.at_mobilepay(), before)

    def refuse_lines(self, *reasons):
        """Send some in a batch whose lines are all refused, for these reasons."""
        with RefusingLines(simulator().url, reasons) as between:
            self.through(between.url)
            sent = self.send_together()
        self.through(simulator().url)
        return sent

    def test_a_line_refused_without_a_reason_is_sent_alone(self):
        for reasons in ((), ({},), ({"ErrorCode": None, "ErrorText": ""},)):
            sent = self.refuse_lines(*reasons)
            self.assertEqual(set(sent.mapped("state")), {"unconfirmed"})
            self.work_queue(*sent)
            self.assertEqual(set(sent.mapped("state")), {"created"})

    def test_a_line_refused_with_words_is_refused(self):
        sent = self.refuse_lines({"ErrorText": "Not today"})
        self.assertEqual(set(sent.mapped("state")), {"invalid"})
        self.assertIn("Not today", sent[0].error_text)

    def test_a_batch_refused_by_a_page_is_not_halved(self):
        asked = []

        def refuse(*_told):
            asked.append(1)
            return 400, PAGE

        with self.answering("/batch", refuse):
            sent = self.send_together()
        self.assertEqual(len(asked), 1)
        self.assertEqual(set(sent.mapped("state")), {"unconfirmed"})

    def test_a_wrong_address_of_reporting_is_not_no_transfers(self):
        fetched = self.connection.transfers_fetched_to
        self.repoint(custom_reporting_base=f"{simulator().url}/nowhere")
        self.env.ref("account_mobilepay.cron_fetch").method_direct_trigger()
        self.assertTrue(self.connection.reporting_problem)
        self.assertEqual(self.connection.transfers_fetched_to, fetched)
