"""References in what Danish and Finnish banks write, and what only looks so."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilepay.banktext import (
    LONGEST_KEY,
    MOST_CHARACTERS,
    MOST_WORDS,
    Found,
    counts,
    found_in,
    keys,
    outermost,
)
from mobilepay.references import normalise, with_attempt

LONG = "Kunde/4711/Faktura/Nr/2026/000071"
PAYOUT = "04000000000012411267"
RF = "RF18 5390 0754 7034"


def names(text, reference):
    """Whether a bank's text names a reference."""
    return bool({part.key for part in found_in(text)} & set(keys(reference)))


# what is compared


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("INV/2026/00007", ("INV202600007",)),
        (LONG, ("KUNDE4711FAKTURANR2026000", "KUNDE4711FAKTURANR2026000071")),
        ("X" * 30 + "7", ("X" * 30, "X" * 30 + "7")),
        ("X" * 30 + "/-", ("X" * 30,)),
        ("/" * 30 + "INV7", ("INV7",)),
        ("Ærø 12", ("AEROE12",)),
        ("---", ()),
        ("", ()),
    ],
)
def test_what_a_reference_is_known_by(reference, expected):
    assert keys(reference) == expected


# statement texts

NAMED = [
    # the text field and the reference field as they are
    ("INV/2026/00007", "INV/2026/00007"),
    ("INV/2026/00007\nMobilePay", "INV/2026/00007"),
    ("MobilePay\nINV/2026/00007", "INV/2026/00007"),
    (f"Viite: {RF}", RF),
    # cut at 30 characters, or given whole
    (LONG[:30], LONG),
    (f"MobilePay {LONG[:30]}", LONG),
    (LONG, LONG),
    (f"{LONG.upper()}, ANNA", LONG),
    # case, and punctuation dropped or replaced
    ("inv/2026/00007", "INV/2026/00007"),
    ("inv202600007", "INV/2026/00007"),
    ("INV 2026 00007", "INV/2026/00007"),
    ("INV-2026-00007", "INV/2026/00007"),
    ("INV?2026?00007", "INV/2026/00007"),
    ("INV.2026 00007", "INV/2026/00007"),
    ("INV 2026 00007 2", "INV/2026/00007-2"),
    # umlauts lost around it, and spelled out in it
    ("K?YTT?J? INV/2026/00007 J?RGENSEN", "INV/2026/00007"),
    ("Käyttäjä: INV/2026/00007, Jørgensen", "INV/2026/00007"),
    ("K\ufffdytt\ufffdj\ufffd INV/2026/00007", "INV/2026/00007"),
    ("FAKTURA AEROE-2026-0007", "Faktura Ærø-2026-0007"),
    ("Faktura A\u030arhus-2026-0007", "Faktura Århus-2026-0007"),
    # spaces put in every four or five characters
    ("INV/ 2026 /000 07", "INV/2026/00007"),
    ("INV20 26000 07", "INV/2026/00007"),
    ("0400 0000 0000 1241 1267", PAYOUT),
    ("04000 00000 00124 11267", PAYOUT),
    (RF.replace(" ", ""), RF),
    # with words before and behind
    ("MobilePay INV/2026/00007", "INV/2026/00007"),
    ("MobilePay: INV/2026/00007, Anna", "INV/2026/00007"),
    ("MobilePay:INV/2026/00007", "INV/2026/00007"),
    ("MobilePay INV/2026/00007 Anna Jensen", "INV/2026/00007"),
    ("Betaling (INV/2026/00007)", "INV/2026/00007"),
    ("Tak for INV/2026/00007.", "INV/2026/00007"),
    ("Er det INV/2026/00007?", "INV/2026/00007"),
    ("Straks! INV/2026/00007!", "INV/2026/00007"),
    ("INV/2026/00007 - Anna", "INV/2026/00007"),
    ("INV/2026/00006,INV/2026/00007", "INV/2026/00007"),
    ("INV/2026/00007\u00a0Anna", "INV/2026/00007"),
    ("“INV/2026/00007”", "INV/2026/00007"),
    ("ref=INV/2026/00007;", "INV/2026/00007"),
    # MobilePay's transfer reference
    (PAYOUT, PAYOUT),
    (f"MobilePay {PAYOUT}", PAYOUT),
    (f"MP UDBETALING {PAYOUT} 02.03.2026", PAYOUT),
    # short ones fill their field
    ("1023", "1023"),
    ("1023.", "1023"),
    ("MobilePay\n1023\nAnna", "1023"),
    ("MobilePay: 1023", "1023"),
    ("MobilePay:\t1023", "1023"),
    ("Structured Reference (RmtInf/Strd/CdtrRefInf/Ref): 1023", "1023"),
    ("Note: Ref: 10 23", "1023"),
    ("MobilePay: Anna", "ANNA"),
    ("FAKTURA MARTS ANNA", "Faktura marts Anna"),
]

NOT_NAMED = [
    # another number, one digit longer or shorter
    ("INV/2026/000071", "INV/2026/00007"),
    ("INV/2026/0007", "INV/2026/00007"),
    ("1INV/2026/00007", "INV/2026/00007"),
    (f"{PAYOUT}1", PAYOUT),
    (f"1{PAYOUT}", PAYOUT),
    (PAYOUT[:-1], PAYOUT),
    # bound to something
    ("INV/2026/00007-2", "INV/2026/00007"),
    ("INV/2026/00007/2", "INV/2026/00007"),
    ("INV/2026/00007_2", "INV/2026/00007"),
    ("INV/2026/00007.2", "INV/2026/00007"),
    ("INV/2026/00007&2", "INV/2026/00007"),
    ("INV/2026/00007\\2", "INV/2026/00007"),
    ("INV/2026/00007--2", "INV/2026/00007"),
    ("INV/2026/00007\N{EN DASH}2", "INV/2026/00007"),
    ("INV/2026/00007@2", "INV/2026/00007"),
    ("X-INV/2026/00007", "INV/2026/00007"),
    ("X.INV/2026/00007", "INV/2026/00007"),
    ("ЖINV/2026/00007", "INV/2026/00007"),
    ("INV/2026/00007Ж", "INV/2026/00007"),
    ("INV/2026/Ж/00007", "INV/2026/00007"),
    ("INV/2026/123", "123"),
    ("INV/2026/12345678", "12345678"),
    ("INV/2026/12345678", "2026/12345678"),
    # over the end of a line
    ("INV/2026\n00007", "INV/2026/00007"),
    ("INV/2026\r00007", "INV/2026/00007"),
    ("INV/2026\u202800007", "INV/2026/00007"),
    # letters changed or dropped
    ("1NV/2026/00007", "INV/2026/00007"),
    ("INV/2026/O0007", "INV/2026/00007"),
    ("NV/2026/00007", "INV/2026/00007"),
    ("Faktura rhus-2026-0007", "Faktura Århus-2026-0007"),
    # a long reference cut earlier than at 30
    (LONG[:28], LONG),
    # short ones, or without a digit, within more
    ("MobilePay 1023", "1023"),
    ("1023 Anna", "1023"),
    ("MobilePay: 1023, Anna", "1023"),
    ("MobilePay:1023", "1023"),
    ("1023\u00a0kr", "1023"),
    ("1023 円", "1023"),
    ("円: x 1023", "1023"),
    ("-1023/7", "1023"),
    ("2026-1023", "1023"),
    ("Kontor, Anna Andersen", "Anna Andersen"),
    ("FAKTURA MARTS ANNA JENSEN", "Faktura marts Anna"),
    ("", "INV/2026/00007"),
    ("", ""),
    ("---", "---"),
]


@pytest.mark.parametrize(("text", "reference"), NAMED)
def test_a_text_that_names_the_reference(text, reference):
    assert names(text, reference)


@pytest.mark.parametrize(("text", "reference"), NOT_NAMED)
def test_a_text_that_does_not(text, reference):
    assert not names(text, reference)


@pytest.mark.parametrize("mark", ",;:()[]{}|\"'=*#+?<> \t\n’`´，：\u3000")
def test_marks_that_separate(mark):
    assert names(f"Anna{mark}INV/2026/00007{mark}2", "INV/2026/00007")


@pytest.mark.parametrize("mark", "/-._\\&")
def test_marks_that_bind_between_letters_and_digits(mark):
    assert not names(f"INV/2026/00007{mark}2", "INV/2026/00007")
    assert not names(f"Anna{mark}INV/2026/00007", "INV/2026/00007")
    assert names(f"{mark}INV/2026/00007{mark}", "INV/2026/00007")
    assert names(f"Anna {mark}INV/2026/00007{mark} 2", "INV/2026/00007")


def test_where_a_part_stands():
    text = "MobilePay: INV/2026/00007, Anna"
    (part,) = [one for one in found_in(text) if one.key == "INV202600007"]
    assert text[part.start : part.end] == "INV/2026/00007"
    assert not part.whole
    (alone,) = [one for one in found_in("A: 1023.\n7") if one.key == "1023"]
    assert alone == Found("1023", 3, 7, True)


@pytest.mark.parametrize(
    ("key", "whole", "expected"),
    [
        ("1234567", False, False),
        ("12345678", False, True),
        ("1234567", True, True),
        ("ANNAANDERSEN", False, False),
        ("ANNAANDERSEN", True, True),
        ("A", True, True),
    ],
)
def test_what_counts(key, whole, expected):
    assert counts(Found(key, 0, 9, whole)) is expected


# the longer one hides the shorter


def test_a_known_reference_hides_a_shorter_one_within_it():
    text = "MobilePay INV 2026 00007 2"
    known = {
        key
        for attempt in (1, 2)
        for key in keys(with_attempt("INV/2026/00007", attempt))
    }
    found = [part for part in found_in(text) if part.key in known]
    assert [part.key for part in found] == ["INV202600007", "INV2026000072"]
    assert [part.key for part in outermost(found)] == ["INV2026000072"]


@pytest.mark.parametrize(
    ("spans", "left"),
    [
        ([(0, 9), (0, 5)], [(0, 9)]),
        ([(4, 9), (0, 9)], [(0, 9)]),
        ([(3, 5), (0, 9)], [(0, 9)]),
        ([(0, 9), (0, 9)], [(0, 9), (0, 9)]),
        ([(0, 5), (3, 9)], [(0, 5), (3, 9)]),
        ([(5, 9), (0, 4)], [(5, 9), (0, 4)]),
        ([(2, 3), (1, 4), (0, 5)], [(0, 5)]),
        ([(0, end) for end in range(1, 10)], [(0, 9)]),
        ([], []),
    ],
)
def test_outermost(spans, left):
    found = [Found("K", start, end, False) for start, end in spans]
    kept = [(part.start, part.end) for part in outermost(iter(found))]
    assert kept == left


# bounds


def test_no_key_is_longer_than_a_reference_can_be():
    assert names("7" * LONGEST_KEY, "7" * LONGEST_KEY)
    assert not names("7" * (LONGEST_KEY + 1), "7" * (LONGEST_KEY + 1))
    pieces = " ".join(["7" * 30] * 3)
    assert max(len(part.key) for part in found_in(pieces)) == LONGEST_KEY


def test_a_cut_is_no_boundary():
    lead = "x" * (MOST_CHARACTERS - 15) + " "
    text = lead + "INV/2026/00007"
    assert len(text) == MOST_CHARACTERS and names(text, "INV/2026/00007")
    assert not names(text + "1", "INV/2026/00007")
    assert not names(" " + text, "INV/2026/0000")
    short = " " * (MOST_CHARACTERS - 5) + "1023 "
    assert names(short, "1023") and not names(short + "Anna", "1023")


def test_only_so_many_words_are_read():
    lead = "x " * (MOST_WORDS - 3)
    assert names(lead + "INV/2026/00007", "INV/2026/00007")
    assert not names("x " + lead + "INV/2026/00007", "INV/2026/00007")
    lines = "x\n" * (MOST_WORDS - 1)
    assert names(lines + "1023", "1023") and not names(lines + "1023 Anna", "1023")


def test_no_text_takes_long():
    start = time.process_time()
    for text in ("1 " * 10_000, "1-" * 10_000, "." * 1_000_000, ":\n" * 10_000):
        assert len(found_in(text)) <= MOST_WORDS * LONGEST_KEY
    assert time.process_time() - start < 5


# any reference in any text

ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
REFERENCES = (
    st.lists(st.text(ALNUM, min_size=1, max_size=8), min_size=1, max_size=6)
    .map("/".join)
    .filter(lambda text: len(text) <= 30 and len(normalise(text)) >= 8)
    .filter(lambda text: any(mark.isdigit() for mark in text))
)
WORDS = st.lists(st.text("abcdefghæøåäöÆØÅ?!.", min_size=1), max_size=5)
BREAKS = st.sampled_from([" ", "\n", ", ", ": ", " (", "; ", "#", "=", " - "])


@given(REFERENCES, WORDS, WORDS, BREAKS, BREAKS)
def test_a_reference_is_found_among_other_words(reference, before, behind, one, two):
    text = " ".join(before) + one + reference + two + " ".join(behind)
    assert names(text, reference)


@given(REFERENCES, WORDS, WORDS, st.sampled_from("0123456789"), st.booleans())
def test_with_one_more_digit_it_is_another(reference, before, behind, digit, front):
    other = digit + reference if front else reference + digit
    text = " ".join([*before, other, *behind])
    assert not names(text, reference)
    assert names(text, other)


@given(REFERENCES, st.data())
def test_it_is_found_however_a_bank_writes_it(reference, data):
    mark = st.sampled_from(["", " ", "-", ".", "?", " / "])
    pieces = [piece + data.draw(mark) for piece in reference.split("/")]
    written = "".join(pieces)
    step = data.draw(st.integers(1, 9))
    spaced = " ".join(
        written[at : at + step].strip() for at in range(0, len(written), step)
    )
    for text in (written, written.lower(), spaced, f"MobilePay {spaced} Anna"):
        assert names(text, reference), text


@given(st.text())
def test_parts_say_what_they_stand_for(text):
    for part in found_in(text):
        assert 0 <= part.start < part.end
        assert 0 < len(part.key) <= LONGEST_KEY and normalise(part.key) == part.key
        assert counts(part)


@given(st.text(st.sampled_from("aB1Æé½ /-,:\n?Ж")))
def test_a_part_is_the_text_normalised(text):
    for part in found_in(text):
        assert part.key == normalise(text[part.start : part.end])
