"""Go-live check with real callbacks over HTTP, and in processes that die."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from odoo.tests import tagged

from ..boundaries import Boundaries
from ..checking import payer_user
from ..common import ANNA, MERCHANT_VAT
from ..flow_runs import hear
from ..real import RealDatabaseCase, connect

WRITES = (" POST", " PUT", " DELETE")
STEPS = (
    "SELECT s.key, s.state, s.answer FROM mobilepay_check_step s WHERE s.check_id = %s"
    " AND s.state NOT IN ('passed', 'by_hand') ORDER BY s.number"
)
# a link whose answer was lost is made anew: not every time
DEATHS_OF_A_KIND = 4


class CheckRealCase(RealDatabaseCase):
    def setUp(self):
        super().setUp()
        self.control("settings", access_token_seconds=86400)
        self.check_id = self.run_real(prepare, user=payer_user())

    def unfinished(self):
        """Return the steps that are not passed, with what they say."""
        return self.sql(STEPS, self.check_id)

    def state(self):
        return self.sql(
            "SELECT state, result FROM mobilepay_check WHERE id = %s", self.check_id
        )


@tagged("post_install", "-at_install")
class TestCheckReal(CheckRealCase):
    def test_callbacks_come_by_themselves(self):
        """The whole of it: MobilePay posts to Odoo's address, and is heard."""
        server = self.serve()
        self.connection_id = self.run_real(
            connect,
            values=self.connection_values(base_url=server.url),
            token=self.control("tokens", merchant_vat=MERCHANT_VAT),
        )
        # on a fast machine they are there before its first look is over
        self.run_real(drive, check_id=self.check_id)
        told = self.control("callbacks/flush")
        self.assertEqual(told["failed"], 0)
        self.run_real(drive, check_id=self.check_id)
        self.assertEqual(self.unfinished(), [])
        self.assertEqual(self.state(), [("done", "passed")])


@tagged("post_install", "-at_install")
class TestCheckKilled(CheckRealCase):
    def test_killed_after_every_call_it_ends_well_and_does_nothing_twice(self):
        # models/mobilepay_checker*.py: each _commit before a call, each look at
        # what is done already
        self.control("callbacks/pause")
        deaths = []
        while self.died(deaths) or self.state() == [("running", None)]:
            # as after three minutes; and MobilePay has its say
            self.sql("UPDATE mobilepay_check SET busy_until = NULL")
            self.tell()
        self.assertEqual(len(set(deaths)), 8, deaths)
        self.assertEqual(self.unfinished(), [])
        self.assertEqual(self.state(), [("done", "passed")])
        self.check_done_once()

    def died(self, deaths):
        """Continue in a process that is killed at a call that writes; note which."""
        spared = [name for name in deaths if deaths.count(name) == DEATHS_OF_A_KIND]
        with NamedTemporaryFile("r") as note:
            call = {"spared": spared, "note": note.name}
            [outcome] = self.race(drive_to_death, [call], check_id=self.check_id)
            deaths += note.read().splitlines()
        self.assertIn(outcome.error, ("", "Died"), f"{outcome.message}\n{self._tail()}")
        return outcome.error == "Died"

    def tell(self):
        self.control("callbacks/flush")
        news = [one for row in self.inspect()["invoices"] for one in row["history"]]
        self.run_real(hear, elements=news)

    def check_done_once(self):
        # twice the answer with a link was lost, and the link with it: made anew
        self.assertEqual(self.create_calls(), 7 + 2)
        invoices = self.inspect()["invoices"]
        self.assertEqual(len(invoices), 9 + 2)
        self.assertEqual(len({invoice["number"] for invoice in invoices}), 9)
        moves = self.sql(
            "SELECT state, count(*) FROM account_move"
            " WHERE mobilepay_check_step_id IS NOT NULL GROUP BY state"
        )
        self.assertEqual(moves, [("cancel", 9)])
        acts = {"accept": 0, "reject": 0, "directinvoiceconsent": 0}
        for call, count in self.inspect()["requests"].items():
            for act in acts:
                if call.startswith("PUT ") and "/consumers/" in call and act in call:
                    acts[act] += count
        self.assertEqual(acts, {"accept": 2, "reject": 1, "directinvoiceconsent": 1})


# ------------------------------------------------- what runs in the other process


def prepare(env, user):
    """Press Go-live check, name the test payer; return the check's id."""
    env["mobilepay.check"].search([("state", "!=", "done")]).state = "done"
    connection = env["mobilepay.connection"].search([])
    check = env["mobilepay.check"].browse(connection.action_check()["res_id"])
    check.write({"payer_phone": ANNA, "payer_user": user})
    return check.id


def drive(env, check_id):
    """Press Start, or Continue as long as there is something to go on with."""
    check = env["mobilepay.check"].browse(check_id)
    if check.state == "draft":
        return check.action_start()
    return check.action_continue() if check.state == "running" else None


class _Deadly(Boundaries):
    """Kills the process right after its first call that changes MobilePay.

    :param spared: names of calls that kill no more
    :param note: a file that the name of the deadly call is written into
    """

    def __init__(self, spared, note):
        super().__init__()
        self._spared, self._note = spared, note

    def _reach(self, name):
        if name.endswith(WRITES) and name not in self._spared:
            Path(self._note).write_text(name)
            self._end = [name, self.names.count(name) + 1]
        return super()._reach(name)


def drive_to_death(env, check_id, spared, note):
    """Continue until MobilePay is told to do something, and be killed there."""
    _Deadly(spared, note).watch()
    drive(env, check_id)
