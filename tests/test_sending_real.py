import json
import os
import signal
import socket
import threading
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.service.model import retrying

from odoo.tests import tagged

from ..mobilepay.callbacks import parse
from .common import simulator
from .real import RealDatabaseCase, make_invoices

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
        """Run the sender's cron; all pauses are over."""
        self.sql("UPDATE mobilepay_invoice SET next_try_on = '2020-01-01'")
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
            payload, reference, tries = self.row("payload", "payment_reference", "tries")
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

    def kill_while_sending(self):
        """Send in a process that is killed (-9) while MobilePay has the call."""
        with TemporaryDirectory() as folder:
            file = Path(folder, "pid")
            with self.meanwhile(
                send, move_id=self.move_id, pid_file=str(file)
            ) as outcomes:
                self.wait_for(SENDING, self.move_id)
                os.kill(int(file.read_text()), signal.SIGKILL)
        self.assertEqual(outcomes[0].error, "Died")
        self.assertEqual(self.row("state", "mobilepay_id"), ("sending", None))

    def test_killed_after_it_arrived_it_is_found_out_and_completed_by_news(self):
        self.control("settings", latency_seconds=1)
        self.kill_while_sending()
        self.control("settings", latency_seconds=0)
        self.wait_until_arrived()
        self.work_queue()
        self.assertEqual(self.row("state", "error_code"), ("unconfirmed", "10104"))
        self.assertEqual(self.create_calls(), 2)
        self.tell()
        [invoice] = self.inspect()["invoices"]
        self.assertEqual(self.row("state", "mobilepay_id"), ("created", invoice["id"]))
        # known now: it is not asked again
        self.work_queue()
        self.assertEqual(self.create_calls(), 2)

    def wait_until_arrived(self):
        """MobilePay does what it was asked, whether anybody listens or not."""
        wait = threading.Event()
        for _time in range(200):
            if self.inspect()["invoices"]:
                return
            wait.wait(0.05)
        self.fail("MobilePay never got the call")

    def test_killed_before_it_arrived_it_is_sent_by_the_cron(self):
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            # connects, and is never answered
            self.reach(f"http://127.0.0.1:{deaf.getsockname()[1]}")
            self.kill_while_sending()
        self.reach(simulator().url)
        self.assertEqual(self.create_calls(), 0)
        self.work_queue()
        self.assertEqual(self.row("state", "tries"), ("created", 2))
        self.assertEqual(len(self.inspect()["invoices"]), 1)

    def reach(self, base):
        self.sql(
            "UPDATE mobilepay_connection SET custom_api_base = %s",
            f"{base}/invoice-restapi",
        )

    # --------------------------------------------------------------------- races

    def test_double_submit_sends_one(self):
        self.control("settings", latency_seconds=0.3)
        outcomes = self.race(send, 4, move_id=self.move_id)
        self.assertIn("", [outcome.error for outcome in outcomes])
        for outcome in outcomes:
            self.assertIn(outcome.error, ("", "UserError"), outcome.message)
        self.assertEqual(self.create_calls(), 1)
        self.assertEqual(self.row("state"), ("created",))

    def test_invoice_that_another_worker_holds(self):
        with self.raw() as other:
            other.cursor().execute(
                "SELECT id FROM account_move WHERE id = %s FOR UPDATE", [self.move_id]
            )
            [outcome] = self.race(send, 1, move_id=self.move_id)
        self.assertIn("Somebody else is sending this invoice", outcome.message)
        self.assertEqual(self.create_calls(), 0)
        self.run_real(send, move_id=self.move_id)
        self.assertEqual(self.create_calls(), 1)

    def test_retry_by_odoo_sends_nothing_twice(self):
        times = self.run_real(send_with_a_retry, move_id=self.move_id)
        self.assertEqual(times, 2)
        self.assertEqual(self.create_calls(), 1)
        self.assertEqual(self.row("state"), ("created",))

    def test_cron_leaves_alone_what_a_worker_is_sending(self):
        self.control("settings", latency_seconds=1)
        with self.meanwhile(send, move_id=self.move_id) as outcomes:
            self.wait_for(SENDING, self.move_id)
            # in a process of its own: the worker is busy with the first
            self.cron_in_another_server()
        self.assertEqual(outcomes[0].error, "")
        self.assertEqual(self.create_calls(), 1)
        self.assertEqual(self.row("state", "tries"), ("created", 1))

    def cron_in_another_server(self):
        """Hold what the cron would take, as it does: with SKIP LOCKED."""
        with self.raw() as other:
            cursor = other.cursor()
            cursor.execute(
                "SELECT id FROM mobilepay_invoice WHERE state = 'sending'"
                " FOR NO KEY UPDATE SKIP LOCKED"
            )
            self.assertEqual(cursor.fetchall(), [], "the sender holds its row")


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
            raise SerializationFailure()

    retrying(run, env)
    return times


def take_delivery(env, elements):
    """Store a callback of MobilePay's, as the controller does."""
    connection = env["mobilepay.connection"].search([])
    env["mobilepay.event"]._receive(
        connection, parse(json.dumps(elements).encode())
    )


def run_cron(env, name):
    """Run a cron of ours once."""
    env.ref(f"account_mobilepay.{name}").method_direct_trigger()
