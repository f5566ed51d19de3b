"""References in a bank's narrow fields: zeros, two lines, sixteen digits."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilepay.banktext import counts, cut, found_in, guesses, keys, spellings

PAYOUT = "04000000000012411267"
INVOICE = "20260000112344"


def may_name(text, reference):
    """Whether a bank's text may name a reference, written as narrow fields do."""
    (key, *_whole) = keys(reference)
    for guess in guesses(text):
        least, greatest = cut(guess) or ("", "")
        if key in spellings(guess) or least <= key <= greatest:
            return True
    return False


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        # zeros in front, added
        ("00000020260000112344", INVOICE),
        ("0000 0020 2600 0011 2344", INVOICE),
        ("Viite: 00000020260000112344", INVOICE),
        ("MobilePay\n00000020260000112344\nAnna", INVOICE),
        ("00000000000000001023", "1023"),
        ("0010526", "10526"),
        # and cut
        (PAYOUT.lstrip("0"), PAYOUT),
        ("4 0000 0000 0012 4112 67", PAYOUT),
        ("10230", "00010230"),
        ("0020260000112344", "000020260000112344"),
        # over the end of a line
        ("INV/2026\n00007", "INV/2026/00007"),
        ("INV/2026/\r\n00007", "INV/2026/00007"),
        ("INV/2026/000\n07", "INV/2026/00007"),
        ("Betaling INV/2026\n00007 Anna", "INV/2026/00007"),
        (f"{PAYOUT[:12]}\n{PAYOUT[12:]}", PAYOUT),
        # the first sixteen digits
        (PAYOUT[:16], PAYOUT),
        ("0400 0000 0000 1241", PAYOUT),
        (f"Ref: {PAYOUT[:16]}", PAYOUT),
    ],
)
def test_what_may_be_a_reference(text, reference):
    assert may_name(text, reference)
    assert not {part.key for part in found_in(text)} & set(keys(reference))


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        # dates
        ("010526", "10526"),
        ("01052026", "1052026"),
        ("10526", "010526"),
        ("1052026", "01052026"),
        ("052026", "52026"),
        ("2026", "002026"),
        # a number to call, of an account, an amount
        ("+004520260000112344", "4520260000112344"),
        ("0040-0440116243", "400440116243"),
        ("0020.260.000.112.344", INVOICE),
        # within a text, and too short
        ("MobilePay 00000020260000112344", INVOICE),
        ("00000020260000112344, Anna", INVOICE),
        ("000000102", "102"),
        ("0000", "00000"),
        # more digits, others, or zeros elsewhere
        ("00000020260000112344", INVOICE + "0"),
        ("00000120260000112344", INVOICE),
        ("2026000112344", INVOICE),
        ("INV/2026/7", "INV/2026/00007"),
        ("0INV/2026/00007", "INV/2026/00007"),
        # over more than one line's end, or cut elsewhere
        ("INV\n2026\n00007", "INV/2026/00007"),
        ("INV/2026\n00007-2", "INV/2026/00007"),
        ("INV/2026\n\N{CYRILLIC CAPITAL LETTER ZHE}00007", "INV/2026/00007"),
        ("10\n23", "1023"),
        (PAYOUT[:15], PAYOUT),
        (PAYOUT[:17], PAYOUT),
        (PAYOUT[-16:], PAYOUT),
        ("Kunde4711Faktura", "Kunde4711Faktura2026"),
    ],
)
def test_what_is_something_else(text, reference):
    assert not may_name(text, reference)


def test_a_cut_number_is_between_its_bounds():
    [guess] = guesses(PAYOUT[:16])
    least, greatest = cut(guess)
    assert least <= PAYOUT <= greatest
    assert not least <= PAYOUT[:16] <= greatest


def test_no_text_takes_long():
    start = time.process_time()
    for text in ("1 " * 10_000, "1\n" * 10_000, "1 1\n" * 10_000, ":\n" * 10_000):
        assert all(len(spellings(guess)) <= 30 for guess in guesses(text))
    assert time.process_time() - start < 5


NUMBERS = st.from_regex("[1-9][0-9]{8,19}", fullmatch=True)
ZEROS = st.integers(0, 9).map("0".__mul__)
WORDS = st.lists(st.text("abcdæøåÆ?!.", min_size=1), max_size=4).map(" ".join)


@given(NUMBERS, ZEROS, ZEROS)
def test_zeros_in_front_say_nothing(number, known, written):
    assert may_name(written + number, known + number)


@given(NUMBERS, NUMBERS, ZEROS, ZEROS)
def test_other_digits_are_another_number(number, other, known, written):
    digits = (written + number)[:16]
    beginning = len(digits) == 16 and other.startswith(digits)
    if number != other and not beginning:
        assert not may_name(written + number, known + other)


@given(NUMBERS, st.data(), WORDS, WORDS)
def test_a_reference_over_a_line_s_end(number, data, before, behind):
    at = data.draw(st.integers(1, len(number) - 1))
    text = f"{before} {number[:at]}\n{number[at:]} {behind}"
    assert may_name(text, number)
    # a line of sixteen digits is a beginning by itself
    if 16 not in (at, len(number) - at):
        assert not may_name(text, number + "1")


@given(st.text(st.sampled_from("aB1Æé½0 /-,:\n?Ж+")))
def test_guesses_say_what_they_stand_for(text):
    for guess in guesses(text):
        assert counts(guess)
        assert guess.key.isdigit() or not guess.whole
        for key in spellings(guess):
            assert key.lstrip("0") == guess.key.lstrip("0")
