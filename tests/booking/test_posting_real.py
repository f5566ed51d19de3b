import json

from odoo.tests import tagged

from ..common import ANNA
from ..real import RealDatabaseCase, make_invoices
from ..sending.test_sending_real import run_cron


@tagged("post_install", "-at_install")
class TestPostingReal(RealDatabaseCase):
    """Several workers hear of the same payments at once: each is booked once."""

    def send_and_pay(self, count):
        """Send and pay invoices; return MobilePay's news of all of them."""
        self.run_real(send_all, move_ids=self.run_real(make_invoices, count=count))
        for invoice in self.inspect()["invoices"]:
            self.control(f"invoices/{invoice['id']}/accept", phone=ANNA)
        return [
            element
            for invoice in self.inspect()["invoices"]
            for element in invoice["history"]
        ]

    def booked(self):
        """Return the number of payments, and of invoices that are paid."""
        [[payments]] = self.sql(
            "SELECT count(*) FROM account_payment WHERE mobilepay_invoice_id"
            " IS NOT NULL AND state IN ('paid', 'in_process')"
        )
        [[moves]] = self.sql(
            "SELECT count(*) FROM account_move m JOIN mobilepay_invoice r"
            " ON r.move_id = m.id WHERE m.payment_state IN ('paid', 'in_payment')"
        )
        return payments, moves

    def check_no_error(self, outcomes):
        for outcome in outcomes:
            self.assertEqual(outcome.error, "", f"{outcome.message}\n{self._tail()}")

    def test_the_same_paid_ten_times_in_two_workers(self):
        before = self.booked()
        paid = self.send_and_pay(1)[-1]
        self.assertEqual(paid["Status"], "paid")
        outcomes = self.race(hear, 2, deliveries=[[paid]] * 10)
        self.check_no_error(outcomes)
        self.run_real(run_cron, name="cron_process")
        self.assertEqual(self.booked(), (before[0] + 1, before[1] + 1))
        self.assertEqual(
            self.sql(
                "SELECT count(*) FROM mobilepay_event WHERE mobilepay_id = %s"
                " AND status = 'paid'",
                paid["InvoiceId"],
            ),
            [(1,)],
        )

    def test_many_payments_and_four_workers(self):
        before = self.booked()
        news = self.send_and_pay(6)
        shuffled = [news[start::5] for start in range(5)]
        outcomes = self.race(hear, 4, deliveries=[*shuffled, news])
        self.check_no_error(outcomes)
        self.run_real(run_cron, name="cron_process")
        self.assertEqual(self.booked(), (before[0] + 6, before[1] + 6))
        [[names, different]] = self.sql(
            "SELECT count(name), count(DISTINCT name) FROM account_move"
            " WHERE origin_payment_id IS NOT NULL"
        )
        self.assertEqual(names, different)
        self.assertEqual(
            self.sql("SELECT 1 FROM mobilepay_event WHERE state = 'new'"), []
        )

    def test_a_locked_request_is_left_to_the_other_worker(self):
        paid = self.send_and_pay(1)[-1]
        self.run_real(store, deliveries=[[paid]])
        before = self.booked()
        with self.raw() as other:
            other.cursor().execute(
                "SELECT id FROM mobilepay_invoice WHERE mobilepay_id = %s"
                " FOR NO KEY UPDATE",
                [paid["InvoiceId"]],
            )
            self.run_real(process)
            self.assertEqual(self.booked(), before)
        self.run_real(process)
        self.assertEqual(self.booked(), (before[0] + 1, before[1] + 1))


# ------------------------------------------------- what runs in the other process


def send_all(env, move_ids):
    """Send these invoices directly."""
    connection = env["mobilepay.connection"].search([])
    moves = env["account.move"].browse(move_ids)
    wishes = {move: {"kind": "direct", "phone": ANNA} for move in moves}
    refused = env["mobilepay.sender"]._send(connection, wishes)
    assert not refused, refused


def store(env, deliveries):
    """Store callbacks one by one, each committed, as web workers do."""
    connection = env["mobilepay.connection"].search([])
    for elements in deliveries:
        parsed = connection._parse_delivery(json.dumps(elements).encode())
        env["mobilepay.event"]._receive(connection, parsed)
        env.cr.commit()


def process(env):
    """Process as the cron does."""
    env["mobilepay.processor"]._cron_process()


def hear(env, deliveries):
    """Store and process in turns."""
    for elements in deliveries:
        store(env, [elements])
        process(env)
