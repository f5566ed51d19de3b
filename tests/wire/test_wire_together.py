"""Questions asked at the same time: how many, for how long, with what outcome."""

import threading
import time

import pytest

from mobilepay.errors import NotFound, RateLimited, Unauthorized
from mobilepay.transport.together import ask_each, ask_together

NAMES = [f"invoice {number}" for number in range(30)]
LONG = 60.0


def test_each_name_is_asked_once_and_has_its_own_answer():
    asked = []

    def ask(name):
        asked.append(name)
        return name.upper()

    found = ask_together([ask] * 4, [*NAMES, *NAMES], LONG)
    assert found == {name: name.upper() for name in NAMES}
    assert sorted(asked) == sorted(NAMES)


def test_as_many_are_asked_at_the_same_time_as_there_are_askers():
    # breaks unless exactly so many meet, time and again
    meeting = threading.Barrier(3, timeout=20)

    def ask(name):
        meeting.wait()
        return name

    assert len(ask_together([ask] * 3, NAMES, LONG)) == len(NAMES)


def test_an_error_is_the_answer_of_its_own_name_only():
    def ask(name):
        if name == NAMES[3]:
            raise NotFound("MobilePay does not know it")
        return name

    found = ask_together([ask] * 2, NAMES, LONG)
    assert isinstance(found.pop(NAMES[3]), NotFound)
    assert found == {name: name for name in NAMES if name != NAMES[3]}


def test_nothing_more_is_asked_once_the_credentials_were_refused():
    def ask(name):
        raise Unauthorized("the access token was not accepted")

    found = ask_together([ask], NAMES, LONG)
    assert list(found) == NAMES[:1]


def test_no_question_begins_when_time_is_up():
    assert ask_together([str], NAMES, 0.0) == {}


def test_what_cannot_be_understood_is_the_answer_of_its_own_name_only():
    def ask(name):
        if name == NAMES[3]:
            raise KeyError(name)
        return name

    found = ask_together([ask] * 2, NAMES, LONG)
    assert isinstance(found.pop(NAMES[3]), KeyError)
    assert len(found) == len(NAMES) - 1


def test_answers_come_while_others_are_still_asked():
    go_on = threading.Event()

    def ask(name):
        if name == NAMES[1]:
            assert go_on.wait(20)
        return name

    answers = ask_each([ask] * 2, NAMES[:2], LONG)
    assert next(answers) == (NAMES[0], NAMES[0])
    go_on.set()
    assert list(answers) == [(NAMES[1], NAMES[1])]


@pytest.mark.parametrize("said", [0.05, 0])
def test_too_many_calls_are_made_again_by_and_by(said):
    """Whether MobilePay says how long to wait, or not."""
    tried = []

    def ask(name):
        tried.append(name)
        if tried.count(name) < 3:
            raise RateLimited("too many", retry_after=said)
        return name

    answers = ask_each([ask] * 2, NAMES[:2], LONG, first_pause=0.01)
    assert dict(answers) == {name: name for name in NAMES[:2]}
    assert len(tried) == 6


def test_nobody_is_asked_while_mobilepay_wants_us_to_wait():
    begun = []

    def ask(name):
        begun.append(time.monotonic())
        if len(begun) == 1:
            raise RateLimited("too many", retry_after=0.3)
        return name

    dict(ask_each([ask], NAMES[:3], LONG))
    assert begun[1] - begun[0] >= 0.3


def test_a_burst_that_is_turned_away_is_one_reason_to_wait():
    """Else ten at once would wait for a thousand times as long as one."""
    meeting, tried = threading.Barrier(8, timeout=20), []

    def ask(name):
        tried.append(name)
        if tried.count(name) == 1:
            meeting.wait()
            raise RateLimited("too many")
        return name

    begun = time.monotonic()
    assert len(dict(ask_each([ask] * 8, NAMES[:8], LONG, first_pause=0.2))) == 8
    assert time.monotonic() - begun < 0.2 * 8


def test_where_there_is_no_time_to_wait_the_rest_is_not_asked():
    def ask(name):
        raise RateLimited("too many", retry_after=3600)

    begun = time.monotonic()
    found = dict(ask_each([ask], NAMES, 30.0))
    assert time.monotonic() - begun < 10
    assert list(found) == NAMES[:1]
    assert found[NAMES[0]].retry_after == 3600


def test_who_stops_listening_stops_the_asking():
    asked, closing = [], threading.Event()

    def ask(name):
        asked.append(name)
        # the second is not done before nobody listens any more
        assert len(asked) == 1 or closing.wait(20)
        return name

    answers = ask_each([ask], NAMES, LONG)
    next(answers)
    threading.Timer(0.1, closing.set).start()
    answers.close()
    assert len(asked) <= 2


def test_who_stops_listening_does_not_wait_for_a_pause():
    def ask(name):
        if name == NAMES[1]:
            raise RateLimited("too many", retry_after=20)
        return name

    begun = time.monotonic()
    answers = ask_each([ask], NAMES, LONG)
    next(answers)
    answers.close()
    assert time.monotonic() - begun < 10
