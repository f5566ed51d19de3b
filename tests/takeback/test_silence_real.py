import requests

from odoo.tests import tagged

from .. import staff
from ..common import ANNA, MERCHANT_VAT
from ..real import RealDatabaseCase, connect
from ..scale import scaled
from ..sending.test_sending_real import take_delivery
from ..truth import TruthMixin

HOUR = 60
POLLING = staff.HEARING
# 10, 20, 40 … minutes, then twelve hours, as long as nothing happens
POLLS_OF_TWO_DAYS = 9


class SilenceCase(TruthMixin, RealDatabaseCase):
    """MobilePay does not call, or cannot be called: what happened is heard later.

    One test a class: each has a database, and so books, of its own.
    """

    INVOICES = scaled(8, 80)

    def setUp(self):
        super().setUp()
        self.control("settings", daily_limit=10 * self.INVOICES)
        self.run_real(staff.use_daily_issuer)

    # ------------------------------------------------------------------- helpers

    def send_some(self, count):
        """Send invoices of both kinds; return MobilePay's ids of the new ones."""
        known = self.ids()
        moves = self.run_real(staff.make_both_kinds, count=count)
        self.run_real(staff.staff, singly=[move_id for move_id, _number in moves])
        return [id for id in self.ids() if id not in known]

    def ids(self):
        return [invoice["id"] for invoice in self.inspect()["invoices"]]

    def act(self, ids, start):
        """Let every fourth pay, and the ones after them expire."""
        for invoice_id in ids[start::4]:
            self.control(f"invoices/{invoice_id}/accept", phone=ANNA)
        for invoice_id in ids[start + 1 :: 4]:
            self.control(f"invoices/{invoice_id}/expire")

    def pass_time(self, hours, step, steps):
        """Let hours pass in steps of so many minutes."""
        self.run_real(
            staff.live,
            control=self.control_url,
            minutes=hours * HOUR,
            step=step,
            steps=steps,
        )

    def asked(self):
        """Return how often MobilePay was asked for a status."""
        return sum(
            count
            for call, count in self.inspect()["requests"].items()
            if call.startswith("GET ") and call.endswith("/status")
        )

    def faults(self, *rules):
        self.control("faults", rules=list(rules))

    def check_transfers(self):
        """Each transfer of MobilePay is entered, with its total."""
        made = sorted(
            (transfer["reference"], float(transfer["total"]))
            for transfer in self.inspect()["transfers"]
            if transfer["merchant_vat"] == MERCHANT_VAT
        )
        self.assertTrue(made)
        self.assertEqual(
            self.sql(
                "SELECT reference, total::float FROM mobilepay_transfer"
                " WHERE state = 'settled' ORDER BY reference"
            ),
            made,
        )


@tagged("post_install", "-at_install", "mobilepay_scaled")
class TestTwoDaysReal(SilenceCase):
    # protects mobilepay_poller: _cron_poll, _schedule_next / the doubled pause
    def test_two_days_without_any_callback(self):
        self.faults({"kind": "callback_lost"})
        ids = self.send_some(self.INVOICES)
        self.pass_time(4, 30, POLLING)
        self.act(ids, 0)
        self.pass_time(26, 30, POLLING)
        self.act(ids, 2)
        self.pass_time(18, 30, POLLING)
        self.assertEqual(self.inspect()["callbacks"]["deliveries"], [])
        self.check_true_states()
        self.check_booked_once()
        states = {invoice["status"] for invoice in self.inspect()["invoices"]}
        self.assertEqual(states, {"paid", "expired"})
        self.assertLessEqual(self.asked(), POLLS_OF_TWO_DAYS * len(ids))
        # what is final is not asked for any more
        before = self.asked()
        self.pass_time(24, 4 * HOUR, POLLING)
        self.assertEqual(self.asked(), before)


@tagged("post_install", "-at_install", "mobilepay_scaled")
class TestWeekDownReal(SilenceCase):
    # protects mobilepay_sender: _note_failure / queued, mobilepay_reporter: _first_day,
    # and with the many invoices of --slow mobilepay_poller: _poll_connection / break
    def test_a_week_without_mobilepay(self):
        before = self.send_some(self.INVOICES)
        self.faults(
            {"kind": "callback_lost"},
            {"kind": "status", "status": 503, "retry_after": 3600},
        )
        self.pass_time(12, 12 * HOUR, staff.ALL)
        self.act(before, 0)
        waiting = self.run_real(staff.make_both_kinds, count=self.INVOICES)
        self.run_real(staff.staff, together=[id for id, _number in waiting])
        self.pass_time(36, 12 * HOUR, staff.ALL)
        self.act(before, 2)
        self.pass_time(5 * 24, 12 * HOUR, staff.ALL)
        self.assertEqual(self.ids(), before)
        struck = requests.get(f"{self.control_url}/faults", timeout=60).json()
        # a connection in trouble is asked little, however much waits for it
        self.assertLess(struck["struck"]["status"], 14 * 20)
        self.come_back(before)
        self.let_days_pass(2)
        self.check_true_states()
        self.check_all_sent()
        self.check_sent_once()
        self.check_booked_once()
        self.assertEqual(len(self.ids()), len(before) + len(waiting))
        self.assertEqual(self.check_owed(), 0)
        self.check_transfers()
        self.check_nothing_stuck()

    def come_back(self, ids):
        """MobilePay is there again; the callbacks of the week come all at once."""
        requests.delete(f"{self.control_url}/faults", timeout=60).raise_for_status()
        told = [
            news
            for invoice in self.inspect()["invoices"]
            if invoice["id"] in ids[::2]
            for news in reversed(invoice["history"])
        ]
        self.run_real(take_delivery, elements=told)


@tagged("post_install", "-at_install", "mobilepay_scaled")
class TestWeekLostReal(SilenceCase):
    # protects mobilepay_poller: _due / connection_id.state
    def test_consent_lost_for_a_week(self):
        ids = self.send_some(self.INVOICES)
        self.faults({"kind": "callback_lost"})
        self.control(f"merchants/{MERCHANT_VAT}/revoke")
        self.pass_time(12, 4 * HOUR, staff.ALL)
        self.assertEqual(
            self.sql("SELECT state FROM mobilepay_connection"), [("consent_lost",)]
        )
        self.act(ids, 0)
        self.act(ids, 2)
        calls = sum(self.inspect()["requests"].values())
        self.pass_time(7 * 24, 12 * HOUR, staff.ALL)
        # nobody is asked without consent
        self.assertLessEqual(sum(self.inspect()["requests"].values()), calls + 20)
        self.run_real(
            connect,
            values=self.connection_values(),
            token=self.control("tokens", merchant_vat=MERCHANT_VAT),
        )
        self.let_days_pass(2)
        self.check_true_states()
        self.check_booked_once()
        self.assertEqual(self.check_owed(), 0)
        self.check_transfers()
        self.check_nothing_stuck()
