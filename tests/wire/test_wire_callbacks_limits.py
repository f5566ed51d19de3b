"""Where a delivery ends, to the last bracket, and that a wrong key tells nothing."""

import base64
import json
import sys
from collections import Counter

import pytest

from mobilepay.classic.callbacks import DEEPEST, SHORTEST_SECRET, authentic, parse
from mobilepay.errors import BadDelivery
from mobilepay.types import BadNews, StatusNews

KEY, OLD = "k" * 32, "o" * 32
GOOD = {
    "InvoiceId": "89a140f4-8433-4196-b25f-690871be5b3d",
    "Status": "paid",
    "Date": "2018-04-24T07:29:47Z",
    "Sequence": 2,
}


def nested(depth, opening, closing):
    """A delivery of one element that is so deep, and of a good one."""
    element = opening * depth + "0" + closing * depth
    return f"[{element},{json.dumps(GOOD)}]".encode()


@pytest.mark.parametrize(("opening", "closing"), ["[]", ('{"a":', "}")])
def test_the_deepest_element(opening, closing):
    # protects callbacks.py: _check_depth, called by parse
    found = parse(nested(DEEPEST, opening, closing))
    assert [type(news) for news in found] == [BadNews, StatusNews]
    with pytest.raises(BadDelivery):
        parse(nested(DEEPEST + 1, opening, closing))


def test_the_deepest_element_needs_little_stack():
    # Python's own limit is what is left of the stack, and Odoo is deep in it
    def below(frames):
        if frames:
            return below(frames - 1)
        return parse(nested(DEEPEST, "[", "]"))

    assert len(below(sys.getrecursionlimit() - DEEPEST - 150)) == 2


def test_brackets_within_words_are_not_counted():
    words = {**GOOD, "ErrorMessage": '["' + "[{" * 2 * DEEPEST + '\\"'}
    assert [type(news) for news in parse(json.dumps([words]).encode())] == [StatusNews]
    flat = {**GOOD, "More": [[], {}] * 2 * DEEPEST}
    assert [type(news) for news in parse(json.dumps([flat]).encode())] == [StatusNews]


@pytest.mark.parametrize("body", ['["' + '\\"' * 700_000, '"\\"' * 700_000])
def test_a_word_without_an_end_is_looked_through_once(body):
    # protects the last "? of callbacks.py: _STRING_OR_BRACKET, without which
    # pytest's time limit ends this
    with pytest.raises(BadDelivery):
        parse(body.encode())


def test_the_most_elements():
    assert len(parse(b"[" + b"0," * 49_999 + b"0]")) == 50_000
    with pytest.raises(BadDelivery):
        parse(b"[" + b"0," * 50_000 + b"0]")


def test_no_weak_secret_opens_anything():
    # protects the `strong and` of callbacks.py: _hit
    for length in range(SHORTEST_SECRET):
        weak = "w" * length
        pair = base64.b64encode(f"odoo:{weak}".encode()).decode()
        for header in (weak, f"Basic {pair}"):
            for method in ("apikey", "basic"):
                assert not authentic(
                    header, method=method, secrets=[weak] * 3, username="odoo"
                )


def compared(header, **known):
    """How often each function was called that could tell by its time."""
    calls = Counter()

    def note(_frame, event, function):
        if event == "c_call":
            calls[function.__name__] += 1

    sys.setprofile(note)
    try:
        assert not authentic(header, **known)
    finally:
        sys.setprofile(None)
    return {name: calls[name] for name in ("compare_digest", "openssl_sha256")}


@pytest.mark.parametrize("header", [None, "", "x", "x" * 64, "Basic eDp5", "x" * 9999])
def test_the_same_work_for_whatever_is_known(header):
    # protects callbacks.py: _hit (the decoy) and authentic (no early return): what
    # is compared depends on nothing but the header, so neither does the time
    knowledge = [
        {"method": "apikey", "secrets": [KEY, "", OLD], "username": "odoo"},
        {"method": "basic", "secrets": [KEY, OLD, KEY], "username": "odoo"},
        {"method": "basic", "secrets": ["", "", ""], "username": ""},
        {"method": "apikey", "secrets": ["short", "", ""], "username": "odoo-False"},
    ]
    [work] = {tuple(compared(header, **known).items()) for known in knowledge}
    assert dict(work)["compare_digest"] == 7
