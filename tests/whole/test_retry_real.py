"""PostgreSQL refuses every commit once: Odoo, or a cron's next turn, does it again.

The refusals are real: another transaction changes a row that ours then changes, too.
What was asked of MobilePay before must not be asked again.
"""

from collections import Counter

from odoo.tests import tagged

from ..crashing import CrashCase
from ..flow_runs import cron_names, stumble
from ..flows import FLOWS

# what each cron is disturbed at; by other tests where there is nothing to repeat
CRONS = {
    "cron_send": ("send what waits", "send the same bytes again"),
    "cron_batch": ("send a batch", "send a batch in halves"),
    "cron_cancel": ("take back and send anew", "take back what is paid"),
    "cron_fallback": ("fall back to a link",),
    "cron_instalments": ("send an instalment",),
    "cron_consent": ("ask for consent",),
    "cron_process": ("hear of a payment", "adopt what is unknown"),
    "cron_poll": ("poll", "poll with a token that ran out"),
    "cron_fetch": ("take a transfer in",),
    "cron_settle": ("take a transfer in",),
    "cron_match": ("take a transfer in",),
    "cron_erase": ("erase",),
    # asks nobody, and says again what it could not say
    "cron_watch": (),
    # in test_check_real, killed after every call
    "cron_check": (),
}

# a settlement may bring the proof of a payment before MobilePay is asked for it,
# and what was made by a run that failed is told by the next one
NOT_REACHED = {
    "inbox.mobilepay_processor._each",
    "sending.mobilepay_fallback._replace_refused",
}


@tagged("post_install", "-at_install")
class TestRetry(CrashCase):
    """Done again is not done twice.

    Protects base/mobilepay_worker.py: _keep_outcome / the loop, without which an
    outcome that PostgreSQL refused is lost, and whoever begins anew calls once more.
    """

    def assert_done_once(self, name):
        """Do it while each commit fails once; MobilePay must not notice."""
        flow = FLOWS[name]
        [item] = flow.prepare(self, 1)
        ready = flow.ready(self, item)
        before = self.writes()
        stumbled = self.run_real(stumble, run=flow.run, **ready.values)
        self.recover([item])
        self.check_all_right([item])
        commits = {one for one in flow.names if " " not in one}
        self.assertEqual(commits - set(stumbled) - NOT_REACHED, set())
        asked = sum(one.endswith((" POST", " PUT")) for one in flow.names)
        self.assertEqual((self.writes() - before).total(), asked)
        return [item]

    def writes(self):
        """Return how often MobilePay was asked to change something, by path."""
        told = self.inspect()
        writes = Counter(
            {
                call: count
                for call, count in told["requests"].items()
                if not call.startswith("GET") and "/control/" not in call
            }
        )
        # what a fault has refused is not among the requests
        return writes + Counter(told["faults"]["struck"])

    def test_every_cron_is_disturbed(self):
        self.assertEqual(set(self.run_real(cron_names)), set(CRONS))
        for name in {name for names in CRONS.values() for name in names}:
            self.assertIn(name, FLOWS)

    def test_send_one(self):
        self.assert_done_once("send one")

    def test_send_what_is_refused(self):
        self.assert_done_once("send what is refused")

    def test_send_what_waits(self):
        self.assert_done_once("send what waits")

    def test_send_the_same_bytes_again(self):
        self.assert_done_once("send the same bytes again")

    def test_send_a_batch(self):
        self.assert_done_once("send a batch")

    def test_send_a_batch_in_halves(self):
        self.assert_done_once("send a batch in halves")

    def test_take_back_and_send_anew(self):
        self.assert_done_once("take back and send anew")

    def test_take_back_what_is_paid(self):
        self.assert_done_once("take back what is paid")

    def test_fall_back_to_a_link(self):
        self.check_told(self.assert_done_once("fall back to a link"))

    def test_send_an_instalment(self):
        self.assert_done_once("send an instalment")

    def test_ask_for_consent(self):
        self.assert_done_once("ask for consent")

    def test_hear_of_a_payment(self):
        self.assert_done_once("hear of a payment")

    def test_adopt_what_is_unknown(self):
        self.assert_done_once("adopt what is unknown")

    def test_poll(self):
        self.assert_done_once("poll")

    def test_poll_with_a_token_that_ran_out(self):
        self.assert_done_once("poll with a token that ran out")

    def test_take_a_transfer_in(self):
        self.assert_done_once("take a transfer in")

    def test_erase(self):
        self.assert_done_once("erase")
