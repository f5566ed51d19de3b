import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilepay.references import bank_text, clean, fits, normalise, with_attempt

KEPT = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("INV/2025/00001", "INV/2025/00001"),
        ("  INV  2025\t1 ", "INV 2025 1"),
        ("Årsfaktur Ærø Øst", "AArsfaktur AEroe OEst"),
        ("A\u030arsfaktur", "AArsfaktur"),
        ("Müller & Söhne", "Mueller + Soehne"),
        ("Straße", "Strasse"),
        ("Café", "Cafe"),
        ("INV_1#2*3", "INV-1 2 3"),
        ("RF18 5390 0754 7034", "RF18 5390 0754 7034"),
        ("a//b/", "a/b"),
        ("発票", ""),
        ("", ""),
    ],
)
def test_characters_that_banks_carry(text, cleaned):
    assert clean(text) == cleaned


@given(st.text())
def test_clean_is_stable_and_keeps_only_what_banks_carry(text):
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert KEPT.fullmatch(cleaned)
    assert "  " not in cleaned and "//" not in cleaned


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("INV/2025/00001", True),
        ("X" * 30, True),
        ("X" * 31, False),
        ("", False),
        ("Ærø", False),
        ("two  spaces", False),
        (" INV", False),
    ],
)
def test_what_reaches_the_statement_whole(text, whole):
    assert fits(text) is whole


@pytest.mark.parametrize(
    ("reference", "attempt", "limit", "result"),
    [
        ("INV/1", 1, 30, "INV/1"),
        ("INV/1", 2, 30, "INV/1-2"),
        ("X" * 30, 2, 30, "X" * 28 + "-2"),
        ("X" * 30, 12, 30, "X" * 27 + "-12"),
        ("X" * 27 + "-99", 2, 30, "X" * 27 + "-2"),
        ("X" * 40, 1, 30, "X" * 40),
    ],
)
def test_a_later_attempt_ends_in_its_number(reference, attempt, limit, result):
    assert with_attempt(reference, attempt, limit) == result


@pytest.mark.parametrize(("attempt", "limit"), [(0, 30), (-1, 30), (2, 2), (10, 3)])
def test_attempts_that_cannot_be(attempt, limit):
    with pytest.raises(ValueError):
        with_attempt("INV/1", attempt, limit)


@given(st.text().map(clean).filter(fits), st.integers(2, 9999), st.integers(2, 9999))
def test_attempts_fit_and_differ(reference, one, other):
    first, second = with_attempt(reference, one), with_attempt(reference, other)
    assert fits(first) and fits(second)
    assert (first == second) is (one == other)


@pytest.mark.parametrize(
    ("ours", "banks"),
    [
        ("INV/2025/00001", "inv 2025 00001"),
        ("RF18 5390 0754", "RF1853900754"),
        ("Ærø 1", "AEROE1"),
        ("Müller-7", "MUELLER7"),
    ],
)
def test_what_is_compared_is_the_same_on_both_sides(ours, banks):
    assert normalise(ours) == normalise(banks)


@given(st.text())
def test_comparing_ignores_what_a_bank_may_change(text):
    compared = normalise(text)
    assert re.fullmatch(r"[A-Z0-9]*", compared)
    assert compared == normalise(clean(text)) == normalise(compared)
    assert compared == normalise(clean(text).lower())


def test_the_statement_shows_thirty_characters():
    assert bank_text("X" * 60) == "X" * 30
    assert bank_text("INV/1") == "INV/1"
    assert bank_text("X" * 29 + " tail") == "X" * 29
