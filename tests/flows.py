"""What the addon does in steps: each boundary of sending, news, tokens and money.

A crash test ends a process at each of them; a new one that is not written down here
fails it, and so the table stays the list that it says it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

from . import flow_items as items
from .boundaries import JOB, REQUEST


@dataclass(frozen=True)
class Flow:
    """One thing that is done in steps.

    :param run: the function of ``flow_runs.py`` that does it
    :param prepare: ``prepare(case, count)`` returns so many items to do it with
    :param steps: the boundaries in their order, each with what stands after it;
        those that only ask MobilePay something are left out
    :param ready: ``ready(case, item)`` right before an item's turn; returns it
    """

    run: str
    prepare: Callable
    steps: tuple
    ready: Callable = items.nothing

    @property
    def names(self):
        """The boundaries' names, without what stands after them."""
        return [name for name, _words in self.steps]


def step(name, words):
    """Write one boundary down: who reached it, and what stands after it."""
    return name, words


_SENT_ONE = (
    step(
        "sending.mobilepay_sender._claim",
        "it is claimed, MobilePay has not heard of it",
    ),
    step("sending.mobilepay_sender._call POST", "MobilePay has it, we do not know"),
    step(
        "sending.mobilepay_sender_outcome._note_created", "the answer stands, as news"
    ),
    step("sending.mobilepay_sender_outcome._process_answer", "the news are applied"),
)
_QUEUED = step("sending.mobilepay_sender._send", "the request stands in the queue")
_ASKED_FOR = step(REQUEST, "what was asked for stands, nothing is done")
_BOOKED = step("inbox.mobilepay_processor._cron_process", "the payment is booked")
_CONFIRMED = step(
    "inbox.mobilepay_confirmer._confirm", "MobilePay confirmed the payment"
)

SENDING = {
    "send one": Flow(
        run="send",
        prepare=items.posted,
        steps=(_QUEUED, *_SENT_ONE, step(REQUEST, "the PDF is there, too")),
    ),
    "send what waits": Flow(
        run="send_queued", prepare=items.queued, steps=(_ASKED_FOR, *_SENT_ONE)
    ),
    "send the same bytes again": Flow(
        run="send_queued",
        prepare=items.lost,
        steps=(
            _ASKED_FOR,
            step("sending.mobilepay_sender._claim", "it is claimed as unconfirmed"),
            step(
                "sending.mobilepay_sender._call POST", "MobilePay said that it has them"
            ),
            step(
                "sending.mobilepay_sender_outcome._note_failure", "and so it is noted"
            ),
        ),
    ),
    "send what is refused": Flow(
        run="send_in_vain",
        prepare=items.posted,
        ready=items.refuse_one,
        steps=(
            _QUEUED,
            step("sending.mobilepay_sender._claim", "it is claimed"),
            step("sending.mobilepay_sender._call POST", "MobilePay refused"),
            step(
                "sending.mobilepay_sender_outcome._note_failure", "and so it is noted"
            ),
            step(
                "sending.mobilepay_sender_outcome._process_answer",
                "the news are applied",
            ),
        ),
    ),
    "send a batch": Flow(
        run="send_batch",
        prepare=items.posted_pairs,
        steps=(
            _ASKED_FOR,
            step("sending.mobilepay_batch_sender._cron_batch", "each has its request"),
            step("sending.mobilepay_batch_sender._claim", "they are claimed"),
            step("sending.mobilepay_batch_sender._call POST", "MobilePay has them"),
            step("sending.mobilepay_batch_sender._call", "its answer for each is kept"),
            step(JOB, "the next look is planned"),
        ),
    ),
    "send a batch in halves": Flow(
        run="send_batch",
        prepare=items.posted_pairs,
        ready=items.refuse_whole,
        steps=(
            _ASKED_FOR,
            step("sending.mobilepay_batch_sender._cron_batch", "each has its request"),
            step("sending.mobilepay_batch_sender._claim", "they are claimed"),
            step("sending.mobilepay_batch_sender._call POST", "the whole was refused"),
            step("sending.mobilepay_batch_sender._call POST", "MobilePay has one half"),
            step("sending.mobilepay_batch_sender._call", "its answer is kept"),
            step(
                "sending.mobilepay_batch_sender._call POST",
                "MobilePay has the other, too",
            ),
            step("sending.mobilepay_batch_sender._call", "its answer is kept"),
            step(JOB, "the next look is planned"),
        ),
    ),
    "take back and send anew": Flow(
        run="take_back",
        prepare=items.unwanted,
        steps=(
            _ASKED_FOR,
            step("takeback.mobilepay_canceler._call PUT", "MobilePay has canceled it"),
            step("takeback.mobilepay_canceler._call", "and so it is noted"),
            _QUEUED,
            *_SENT_ONE,
            step(JOB, "the next look is planned"),
        ),
    ),
    "take back what is paid": Flow(
        run="take_back",
        prepare=items.unwanted,
        ready=items.accept,
        steps=(
            _ASKED_FOR,
            step("takeback.mobilepay_canceler._call PUT", "MobilePay refused"),
            step("takeback.mobilepay_canceler._ask_why", "its status stands, as news"),
            step(JOB, "the next look is planned"),
        ),
    ),
    "fall back to a link": Flow(
        run="fall_back",
        prepare=items.refused_by_payer,
        ready=items.hear_refusal,
        steps=(
            _QUEUED,
            *_SENT_ONE,
            step("sending.mobilepay_fallback._replace_refused", "a person is told"),
        ),
    ),
    "send an instalment": Flow(
        run="send_instalments",
        prepare=items.posted,
        ready=items.ask_for_two_of_three,
        steps=(_QUEUED, *_SENT_ONE),
    ),
    "ask for consent": Flow(
        run="ask_for_consent",
        prepare=items.posted,
        ready=items.make_link,
        steps=(
            step("consent.mobilepay_consent._ask_once", "it is noted that we asked"),
            step("consent.mobilepay_consent._ask POST", "MobilePay will ask"),
            step("consent.mobilepay_consent._ask", "the question is kept"),
        ),
    ),
}

NEWS = {
    "hear of a payment": Flow(
        run="hear",
        prepare=items.paid_news,
        steps=(
            step(REQUEST, "the callback is stored"),
            step(
                "inbox.mobilepay_processor._cron_process", "it is linked to its request"
            ),
            _CONFIRMED,
            _BOOKED,
        ),
    ),
    "adopt what is unknown": Flow(
        run="hear",
        prepare=items.lost_news,
        steps=(
            step(REQUEST, "the callback is stored"),
            step(
                "inbox.mobilepay_processor_adopt._adopt_each",
                "MobilePay named the request",
            ),
            step("inbox.mobilepay_processor._cron_process", "it is applied"),
        ),
    ),
    "book what was left over": Flow(
        run="hear",
        prepare=items.paid_news,
        ready=items.leave_unbooked,
        steps=(step("booking.mobilepay_booking._book_left_over", "it is booked"),),
    ),
    "poll": Flow(
        run="poll",
        prepare=items.paid,
        steps=(
            _ASKED_FOR,
            step(
                "inbox.mobilepay_poller._poll_connection", "the status stands, as news"
            ),
            step(JOB, "the processor is woken"),
            _CONFIRMED,
            _BOOKED,
        ),
    ),
    "poll with a token that ran out": Flow(
        run="poll",
        prepare=items.paid,
        ready=items.expire,
        steps=(
            _ASKED_FOR,
            step(
                "connection.mobilepay_token._renew POST",
                "the only refresh token is lost",
            ),
            step("connection.mobilepay_token._alone", "the new tokens are kept"),
            step(
                "inbox.mobilepay_poller._poll_connection", "the status stands, as news"
            ),
            step(JOB, "the processor is woken"),
            _CONFIRMED,
            _BOOKED,
        ),
    ),
}

MONEY = {
    "take a transfer in": Flow(
        run="settle",
        prepare=items.sent,
        ready=items.pay_out,
        steps=(
            step(
                "settlement.mobilepay_reporter._fetch",
                "the transfer and its payments stand",
            ),
            step(
                "settlement.mobilepay_reporter._fetch_contents",
                "its transactions stand",
            ),
            step(JOB, "settler and processor are woken"),
            _BOOKED,
            step(
                "settlement.mobilepay_settler._settle_one",
                "entry and refund are posted",
            ),
            step(JOB, "the matcher is woken"),
            step(
                "bank.mobilepay_matcher._match_chunk",
                "the bank's line is matched",
            ),
        ),
    ),
    "erase": Flow(
        run="erase",
        prepare=items.paid_news,
        ready=items.paid_long_ago,
        steps=(
            step("health.mobilepay_eraser._cron_erase", "payload and number are gone"),
        ),
    ),
}

FLOWS = {**SENDING, **NEWS, **MONEY}
# where a rotated refresh token is lost, nobody but the merchant can help
LOST_CONSENT = "connection.mobilepay_token._renew POST"


def places(name, everywhere):
    """Return the places of a flow's steps at which a test is to end it.

    :param everywhere: all of them; else those that no flow before it has, and
        the answers to calls that changed something at MobilePay
    """
    others = list(FLOWS)[: list(FLOWS).index(name)]
    known = {step for other in others for step in FLOWS[other].names}
    return [
        place
        for place, step in enumerate(FLOWS[name].names)
        if everywhere or step not in known or step.endswith((" POST", " PUT"))
    ]
