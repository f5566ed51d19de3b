import json
import os
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged

from ..common import simulator
from ..interceptor import Interceptor
from ..real import RealDatabaseCase, make_invoices

SENDING = "SELECT id FROM mobilepay_invoice WHERE move_id = %s AND state = 'sending'"


@tagged("post_install", "-at_install")
class TestSendingReal(RealDatabaseCase):
    """What is committed when, and that no crash or race sends an invoice twice."""

    def setUp(self):
        super().setUp()
        [self.move_id] = self.run_real(make_invoices)

    # ------------------------------------------------------------------ helpers

    @contextmanager
    def meanwhile(self, function, **values):
        """Run ``function`` in another process while the block runs.

        Yields a list that holds its outcome after the block.
        """
        outcomes = []
        thread = threading.Thread(
            target=lambda: outcomes.extend(self.race(function, [values]))
        )
        thread.start()
        try:
            yield outcomes
        finally:
            thread.join(60)
        self.assertFalse(thread.is_alive())

    def row(self, *columns):
        """Return these columns of the invoice's only request, as committed."""
        names = ", ".join(columns)
        query = f"SELECT {names} FROM mobilepay_invoice WHERE move_id = %s"
        [row] = self.sql(query, self.move_id)
        return row

    def work_queue(self):
        """Run the sender's cron; this invoice's pause is over."""
        # nothing of earlier tests; and what is out of the queue stays out of it
        self.sql(
            "UPDATE mobilepay_invoice SET next_try_on = CASE WHEN move_id = %s"
            " AND next_try_on IS NOT NULL THEN '2020-01-01'::timestamp END",
            self.move_id,
        )
        self.run_real(run_cron, name="cron_send")

    def tell(self):
        """Deliver what the simulator has to say, and process it."""
        [invoice] = self.inspect()["invoices"]
        self.run_real(take_delivery, elements=invoice["history"])
        self.run_real(run_cron, name="cron_process")

    # ------------------------------------------------------------------ commits

    def test_row_is_committed_before_the_call_and_outcome_right_after(self):
        self.control("settings", latency_seconds=1.5)
        with self.meanwhile(send_then_fail, move_id=self.move_id) as outcomes:
            self.wait_for(SENDING, self.move_id)
            payload, reference, tries = self.row(
                "payload", "payment_reference", "tries"
            )
            # MobilePay has not seen it yet
            self.assertEqual(self.inspect()["invoices"], [])
            self.assertIn(f'"PaymentReference":"{reference}"', payload)
            self.assertEqual(tries, 1)
        # what came after the call was rolled back, the outcome was not
        self.assertEqual(outcomes[0].message, "after sending")
        [invoice] = self.inspect()["invoices"]
        self.assertEqual(self.row("state", "mobilepay_id"), ("created", invoice["id"]))

    def test_refusal_survives_the_error_it_raises(self):
        self.control("settings", amount_limits={"DK": "1"})
        [outcome] = self.race(send, 1, move_id=self.move_id)
        self.assertEqual(outcome.error, "UserError")
        self.assertIn("code 10201", outcome.message)
        state, text = self.row("state", "error_text")
        self.assertEqual(state, "invalid")
        self.assertIn("above MobilePay's limit", text)

    # ------------------------------------------------------------------- crashes

    def kill_while_sending(self, *, arrives):
        """Send in a process that is killed (-9) while it waits for the answer."""
        with TemporaryDirectory() as folder, Holding(arrives=arrives) as holding:
            self.reach(holding.url)
            file = Path(folder, "pid")
            with self.meanwhile(
                send, move_id=self.move_id, pid_file=str(file)
            ) as outcomes:
                self.assertTrue(holding.called.wait(30))
                os.kill(int(file.read_text()), signal.SIGKILL)
        self.reach(simulator().url)
        self.assertEqual(outcomes[0].error, "Died")
        self.assertEqual(self.row("state", "mobilepay_id"), ("sending", None))

    def reach(self, base):
        """Reach MobilePay's Invoice API at this address."""
        self.sql(
            "UPDATE mobilepay_connection SET custom_api_base = %s",
            f"{base}/invoice-restapi",
        )

    def test_killed_after_it_arrived_it_is_found_out_and_completed_by_news(self):
        self.kill_while_sending(arrives=True)
        self.work_queue()
        self.assertEqual(self.row("state", "error_code"), ("unconfirmed", "10104"))
        self.assertEqual(self.create_calls(), 2)
        self.tell()
        [invoice] = self.inspect()["invoices"]
        self.assertEqual(self.row("state", "mobilepay_id"), ("created", invoice["id"]))
        # known now: it is not sent again
        self.work_queue()
        self.assertEqual(self.create_calls(), 2)

    def test_killed_before_it_arrived_it_is_sent_by_the_cron(self):
        self.kill_while_sending(arrives=False)
        self.assertEqual(self.create_calls(), 0)
        self.work_queue()
        self.assertEqual(self.row("state", "tries"), ("created", 2))
        self.assertEqual(len(self.inspect()["invoices"]), 1)

    # --------------------------------------------------------------------- races

    def test_double_submit_sends_one(self):
        self.control("settings", latency_seconds=0.3)
        outcomes = self.race(send, 3, move_id=self.move_id)
        self.assertIn("", [outcome.error for outcome in outcomes])
        for outcome in outcomes:
            # a serialization failure is taken again by Odoo's web client layer
            allowed = ("", "UserError", "SerializationFailure")
            self.assertIn(outcome.error, allowed, outcome.message)
        self.assertEqual(self.create_calls(), 1)
        self.assertEqual(self.row("state"), ("created",))

    def test_invoice_that_another_worker_holds(self):
        with self.raw() as other:
            other.cursor().execute(
                "SELECT id FROM account_move WHERE id = %s FOR NO KEY UPDATE",
                [self.move_id],
            )
            [outcome] = self.race(send, 1, move_id=self.move_id)
        self.assertIn("Somebody else is sending this invoice", outcome.message)
        self.assertEqual(self.create_calls(), 0)

    def test_request_that_is_being_sent_is_left_alone_by_others(self):
        self.control("settings", latency_seconds=1)
        outcomes = self.race(
            send_or_rival, [{"rival": False}, {"rival": True}], move_id=self.move_id
        )
        self.assertEqual([outcome.error for outcome in outcomes], ["", ""])
        self.assertEqual(outcomes[1].value, "sending")
        self.assertEqual(self.create_calls(), 1)
        self.assertEqual(self.row("state", "tries"), ("created", 1))

    def test_retry_by_odoo_sends_nothing_twice(self):
        times = self.run_real(send_with_a_retry, move_id=self.move_id)
        self.assertEqual(times, 2)
        self.assertEqual(self.create_calls(), 1)
        self.assertEqual(self.row("state"), ("created",))


class Holding(Interceptor):
    """The way to MobilePay, on which create calls are held back for good.

    ``called`` is set once MobilePay has done one, or was kept from hearing of it.
    """

    def __init__(self, *, arrives):
        super().__init__(simulator().url)
        self.arrives = arrives
        self.called = threading.Event()
        self._over = threading.Event()

    def answer(self, method, path, headers, body):
        """Keep the answer to a create call until the end."""
        if method != "POST" or not path.endswith("/invoices"):
            return super().answer(method, path, headers, body)
        if self.arrives:
            super().answer(method, path, headers, body)
        self.called.set()
        self._over.wait(60)
        return None

    def __exit__(self, *error):
        self._over.set()
        return super().__exit__(*error)


# ------------------------------------------------- what runs in the other process


def send(env, move_id, pid_file=None):
    """Send as the wizard does."""
    if pid_file:
        Path(pid_file).write_text(str(os.getpid()))
    wizard = env["account.move.send.wizard"].create(
        {"move_id": move_id, "sending_methods": ["mobilepay"]}
    )
    wizard.action_send_and_print()


def send_then_fail(env, move_id):
    """Send, and break down afterwards, as a PDF or an e-mail may."""
    send(env, move_id)
    raise ValueError("after sending")


def send_or_rival(env, move_id, rival):
    """Send; or, as soon as another does, try to send the same request."""
    if not rival:
        return send(env, move_id)
    for _time in range(600):
        env.cr.rollback()
        request = env["mobilepay.invoice"].search(
            [("move_id", "=", move_id), ("state", "=", "sending")]
        )
        if request:
            problem = env["mobilepay.sender"]._send_one(request)
            assert not problem, problem
            return "sending"
        time.sleep(0.05)
    return "never seen"


def send_with_a_retry(env, move_id):
    """Send as a web request does that Odoo has to run twice; how often it ran."""
    times = 0

    def run():
        nonlocal times
        times += 1
        try:
            send(env, move_id)
        except UserError as error:
            assert "open MobilePay request" in str(error)
        if times == 1:
            collide(env)

    retrying(run, env)
    return times


def collide(env):
    """Change a row that another transaction has changed since ours began."""
    query = "UPDATE res_company SET write_date = write_date WHERE id = 1"
    env.cr.execute("SELECT 1 FROM res_company")
    with env.registry.cursor() as other:
        other.execute(query)
    env.cr.execute(query, log_exceptions=False)


def take_delivery(env, elements):
    """Store a callback of MobilePay's, as the controller does."""
    connection = env["mobilepay.connection"].search([])
    parsed = connection._parse_delivery(json.dumps(elements).encode())
    env["mobilepay.event"]._receive(connection, parsed)


def run_cron(env, name):
    """Run a cron of ours once."""
    env.ref(f"account_mobilepay.{name}").method_direct_trigger()
