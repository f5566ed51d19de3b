"""A process is killed (-9) at every boundary; then the crons put all right."""

from odoo.tests import tagged

from ..crashing import CrashCase
from ..flows import FLOWS, LOST_CONSENT, places
from ..scale import scaled
from ..sources import calling_methods, committing_methods

_PROGRESS = "Odoo's count of what is done, and what the steps before have written"
_BUTTON = "a person's button: nothing follows that a crash could leave half done"
_TESTED = "by test_oidc_flow, test_oidc_failures and test_callback_secret"
_CHECK = "by test_check_real, killed after every call that writes"
OTHER_COMMITS = {
    "base.mobilepay_worker._commit": "what commits for the others",
    "base.mobilepay_worker._keep_outcome": "what commits for the others",
    "sending.mobilepay_sender._cron_send": _PROGRESS,
    "sending.mobilepay_sender_outcome._mail_later": "after the call and its outcome,"
    " which are committed; lost, the invoice says that nobody was given the link",
    "inbox.mobilepay_poller._cron_poll": _PROGRESS,
    "consent.mobilepay_consent._cron_sync": _PROGRESS,
    "takeback.mobilepay_canceler._cron_cancel": _PROGRESS,
    "takeback.mobilepay_canceler._renew_some": _PROGRESS,
    "sending.mobilepay_fallback._cron_fallback": _PROGRESS,
    "sending.mobilepay_instalments._cron_instalments": _PROGRESS,
    "sending.mobilepay_instalments._send_due": _PROGRESS,
    "bank.mobilepay_matcher._cron_match": _PROGRESS,
    "bank.mobilepay_matcher._match_connection": _PROGRESS,
    "settlement.mobilepay_reporter._cron_fetch": _PROGRESS,
    "settlement.mobilepay_settler._cron_settle": _PROGRESS,
    "settlement.mobilepay_reporter._fetch_all": (
        "a problem that is noted; else _fetch has done it"
    ),
    "sending.mobilepay_sender._note_unexpected": (
        "words; without them it is tried the sooner"
    ),
    "base.mobilepay_worker._hold_back": "pauses; without them each asks for itself",
    "sending.mobilepay_sender._drop": (
        "of a request that was never sent, nor ever will be"
    ),
    "sending.mobilepay_sender_unconfirmed._end": (
        "a request that is over; said again if lost"
    ),
    "health.mobilepay_watcher._cron_watch": _PROGRESS,
    "inbox.mobilepay_invoice.action_refresh_status": _BUTTON,
    "connection.mobilepay_login._take_up": _TESTED,
    "connection.mobilepay_connection_callback.action_renew_callback_secret": _TESTED,
    "connection.mobilepay_connection_life._note_consent_lost": (
        "the flow of a lost token's end"
    ),
    "golive.mobilepay_checker._cron_check": _PROGRESS,
    **dict.fromkeys(
        (
            "golive.mobilepay_checker._claim",
            "golive.mobilepay_checker._let_go",
            "golive.mobilepay_checker._take_step",
            "golive.mobilepay_checker._process_news",
            "golive.mobilepay_checker_books._take_back",
            "golive.mobilepay_checker_books._cancel_entries",
            "golive.mobilepay_checker_requests._do_cancel",
            "golive.mobilepay_checker_requests._give_up_lost",
            "golive.mobilepay_checker_payer._asked_consent",
            "golive.mobilepay_checker_payer._do_handled",
            "golive.mobilepay_checker_news._do_status",
        ),
        _CHECK,
    ),
}
OTHER_CALLS = {
    "connection.mobilepay_login._exchange": _TESTED,
    "connection.mobilepay_connection_life.action_connect": _TESTED,
    "connection.mobilepay_connection_life._introduce": _TESTED,
    "connection.mobilepay_connection_callback._register_callback": _TESTED,
    "connection.mobilepay_connection_life.action_refresh_issuers": _BUTTON,
    "connection.mobilepay_connection_life.action_test_connection": _BUTTON,
    "golive.mobilepay_checker_books._withdraw_consents": _CHECK,
    "golive.mobilepay_checker_payer._consent_given": _CHECK,
    "golive.mobilepay_checker_payer._payer_acts": _CHECK,
    "golive.mobilepay_checker_payer._pay": _CHECK,
    # they ask and change nothing at MobilePay: a crash leaves what was before
    "takeback.mobilepay_canceler._status": "asks",
    "consent.mobilepay_consent._sync": "asks",
    "inbox.mobilepay_asker._details": "asks",
    "inbox.mobilepay_poller._status": "asks",
    "inbox.mobilepay_processor_adopt._ask": "asks",
    "settlement.mobilepay_reporter._asked": "asks",
    "settlement.mobilepay_reporter._check_reached": "asks",
    "settlement.mobilepay_reporter._fetch_one": "asks",
    "settlement.mobilepay_reporter._hear_payments": "asks",
    "golive.mobilepay_checker_requests._do_cancel": "asks",
    "golive.mobilepay_checker_payer._status_of": "asks",
    "golive.mobilepay_checker_news._do_reporting": "asks",
    "golive.mobilepay_checker_news._reported": "asks",
}

# under --slow at each step of each flow, and the crons run after each kill; else at
# each boundary once and at every write, and several crashes come before the crons
EVERYWHERE = scaled(False, True)


@tagged("post_install", "-at_install", "mobilepay_scaled")
class TestCrash(CrashCase):
    """After any crash and some crons: nothing is lost, nothing is there twice.

    Protects each commit of the table in flows.py, which is missed where it is taken
    out: before a call that of sending/mobilepay_sender.py: _claim and
    sending/mobilepay_batch_sender.py: _claim, after it that of
    base/mobilepay_worker.py:
    _keep_outcome, and the cursor of its own in connection/mobilepay_token.py: _alone.
    """

    def assert_survives(self, name):
        """Do it once undisturbed, then die at each of its boundaries."""
        flow = FLOWS[name]
        chosen = places(name, EVERYWHERE)
        # by the crons after each kill those that wait for theirs would be done, too
        items = [] if EVERYWHERE else flow.prepare(self, 1 + len(chosen))[::-1]
        done = [items.pop() if items else flow.prepare(self, 1)[0]]
        reached = self.record(flow, done[0])
        self.assertEqual(
            [one for one in reached if not one.endswith(" GET")], flow.names
        )
        for place in chosen:
            item = items.pop() if items else flow.prepare(self, 1)[0]
            done.append(item)
            self.end_at(flow, place, item)
            if EVERYWHERE:
                # sent again before the news of it come, or adopted by them
                self.recover([item], news_first=[item] if place % 2 else [])
                self.check_all_right([item])
        self.recover(done, news_first=done[1::2])
        self.check_all_right(done)
        return done

    def end_at(self, flow, place, item):
        """End a process that does it right after the step of this place."""
        names = flow.names[: place + 1]
        self.kill(flow, item, [names[-1], names.count(names[-1])])
        if names[-1] == LOST_CONSENT:
            self.connect_again()

    def test_every_boundary_is_in_the_table(self):
        """What commits or calls is a step of a flow, or said to be none."""
        steps = {name.split()[0] for flow in FLOWS.values() for name in flow.names}
        for found, others in (
            (committing_methods(), OTHER_COMMITS),
            (calling_methods(), OTHER_CALLS),
        ):
            self.assertEqual(found - steps - others.keys(), set(), "not in the table")
            self.assertEqual(others.keys() - found, set(), "not there any more")

    def test_send_one(self):
        self.assert_survives("send one")

    def test_send_what_waits(self):
        self.assert_survives("send what waits")

    def test_send_the_same_bytes_again(self):
        self.assert_survives("send the same bytes again")

    def test_send_what_is_refused(self):
        self.assert_survives("send what is refused")

    def test_send_a_batch(self):
        self.assert_survives("send a batch")

    def test_send_a_batch_in_halves(self):
        self.assert_survives("send a batch in halves")

    def test_take_back_and_send_anew(self):
        self.assert_survives("take back and send anew")

    def test_take_back_what_is_paid(self):
        self.assert_survives("take back what is paid")

    def test_fall_back_to_a_link(self):
        # protects: sending/mobilepay_fallback.py: _cron_fallback / _tell_links
        self.check_told(self.assert_survives("fall back to a link"))

    def test_ask_for_consent(self):
        self.assert_survives("ask for consent")

    def test_hear_of_a_payment(self):
        self.assert_survives("hear of a payment")

    def test_adopt_what_is_unknown(self):
        self.assert_survives("adopt what is unknown")

    def test_book_what_was_left_over(self):
        self.assert_survives("book what was left over")

    def test_poll(self):
        self.assert_survives("poll")

    def test_poll_with_a_token_that_ran_out(self):
        self.assert_survives("poll with a token that ran out")

    def test_take_a_transfer_in(self):
        self.assert_survives("take a transfer in")

    def test_send_an_instalment(self):
        self.assert_survives("send an instalment")

    def test_erase(self):
        self.assert_survives("erase")
