from pathlib import Path
from tempfile import mkdtemp

import requests

from odoo.tests import tagged

from .. import staff
from ..faults import CANCELED, OTHERWISE, TWICE, FaultsCase, Payers, all_faults
from ..scale import scaled

# isort: split
from simulator.faults import KINDS

SEED = 5


@tagged("post_install", "-at_install", "mobilepay_scaled")
class TestFaultsReal(FaultsCase):
    """MobilePay has every fault the simulator knows, while four workers work.

    Afterwards each invoice is in its true state, each payment booked once, none
    sent twice, none stuck.
    """

    INVOICES = scaled(40, 500)
    ROUNDS = scaled(2, 5)
    # rounds without new invoices, for faults that have not struck yet
    PATIENCE = 12

    def test_all_faults_at_once(self):
        # protects: sending/mobilepay_sender.py: _due / unconfirmed, which has the same
        # bytes
        # sent again. What adoption or polling would miss, settlement and the end of
        # time find here: test_processor_confirm.py and test_silence_real.py miss them
        self.prepare_company()
        moves = self.run_real(staff.make_both_kinds, count=self.INVOICES)
        fates = self.make_fates(moves, SEED)
        self.control("faults", seed=SEED, rules=all_faults())
        payers = Payers(self, fates)
        lost = 0
        with payers:
            for number in range(self.ROUNDS + self.PATIENCE):
                if number >= self.ROUNDS and not self.spared():
                    break
                chunk = moves[number :: self.ROUNDS] if number < self.ROUNDS else []
                self.work_round(chunk, fates)
                lost += self.reconnect_if_lost()
        self.end_faults()
        self.assertGreater(lost, 0)
        self.finish(payers)

    # -------------------------------------------------------------------- phases

    def prepare_company(self):
        """Connect; the first time the ID token is refused, as its clock is wrong."""
        self.control(
            "settings",
            daily_limit=10 * self.INVOICES,
            access_token_seconds=32,
            callback_interval_seconds=0.3,
            callback_batch_limit=5,
        )
        rule = {"kind": "id_token_skew", "seconds": 7200, "times": 1}
        self.control("faults", rules=[rule])
        self.office.connect(self.connection_id)
        self.assertEqual(self.state(), "not_connected")
        self.control("keys/rotate", keep_old=False)
        self.office.connect(self.connection_id)
        self.assertEqual(self.state(), "connected")
        self.run_real(staff.use_daily_issuer)

    def work_round(self, moves, fates):
        """Two send, two hear and book, at the same time."""
        folder = Path(mkdtemp())
        files = [str(folder / name) for name in ("first", "second")]
        by_fate = {
            name: [id for id, number in moves if fates[number] in wanted]
            for name, wanted in (
                ("cancel", (CANCELED,)),
                ("otherwise", (OTHERWISE, TWICE)),
            )
        }
        ids = [id for id, _number in moves]
        third = len(ids) // 3
        calls = [
            {"together": ids[:third], "singly": ids[third : 2 * third]},
            {"singly": ids[2 * third :], **by_fate},
            {"steps": (*staff.SENDING, *staff.HEARING)},
            {"steps": (*staff.HEARING, *staff.SETTLING)},
        ]
        for call, file in zip(calls, files, strict=False):
            call["done"] = file
        for call in calls[2:]:
            call["until"] = files
        for outcome in self.race(play, calls):
            self.assertEqual(outcome.error, "", f"{outcome.message}\n{self._tail()}")

    def end_faults(self):
        """End all faults; each kind and each single rule of the mix has struck."""
        self.assertEqual(self.spared(), [])
        self.assertEqual(set(self.faults()["struck"]), set(KINDS))
        answer = requests.delete(f"{self.control_url}/faults", timeout=60)
        answer.raise_for_status()
        self.reconnect_if_lost()

    def finish(self, payers):
        """Let time pass until all is over; compare with MobilePay on the way."""
        self.run_real(staff.send_refused)
        payers.look()
        self.let_days_pass(12)
        self.run_real(staff.send_refused)
        payers.look()
        payers.pay_last()
        self.control("callbacks/flush")
        self.let_days_pass(1, hours=0.01)
        self.check_booked_once()
        self.assertGreater(self.check_owed(), 0)
        self.let_days_pass(4, hours=24 * 16)
        self.let_days_pass(9)
        self.check_true_states()
        self.check_all_sent()
        self.check_sent_once()
        self.check_booked_once()
        self.assertEqual(self.check_owed(), 0)
        self.check_nothing_stuck()
        self.check_foreign_news()


def play(env, **values):
    """Be one of the staff, or some of the crons."""
    (staff.work if "steps" in values else staff.staff)(env, **values)
