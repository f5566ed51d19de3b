"""Questions asked at the same time: how many, for how long, with what outcome."""

import threading

from mobilepay.errors import NotFound, Unauthorized
from mobilepay.transport.together import ask_together

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
