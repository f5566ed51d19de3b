import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilepay.phones import mask_phones_in
from mobilepay.rules import InvalidPhone, mask_phone, normalise_phone


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("12 34 56 78", "+4512345678"),
        ("20123456", "+4520123456"),
        ("+45 20 12 34 56", "+4520123456"),
        ("+45-20123456", "+4520123456"),
        ("0045 20123456", "+4520123456"),
        ("(+45) 20 12 34 56", "+4520123456"),
        ("20\N{NO-BREAK SPACE}12\N{NARROW NO-BREAK SPACE}34 56", "+4520123456"),
        ("20\N{NON-BREAKING HYPHEN}12\N{FIGURE DASH}34\N{MINUS SIGN}56", "+4520123456"),
        # as a telephone's contacts give it to the clipboard
        ("\u202a+45 20 12 34 56\u202c", "+4520123456"),
        # MobilePay's test payers are in no numbering plan
        ("+4511111101", "+4511111101"),
        ("11111110", "+4511111110"),
    ],
)
def test_danish_numbers_as_people_write_them(text, phone):
    assert normalise_phone(text, "DK") == phone


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("040 1234567", "+358401234567"),
        ("+358 40 1234567", "+358401234567"),
        ("00358401234567", "+358401234567"),
        ("050-123 4567", "+358501234567"),
        ("+358 (0)40 1234567", "+358401234567"),
        ("+358401111101", "+358401111101"),
        ("0457 3456789", "+3584573456789"),
    ],
)
def test_finnish_mobile_numbers_as_people_write_them(text, phone):
    assert normalise_phone(text, "FI") == phone


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("", "DK"),
        ("1234567", "DK"),
        ("123456789", "DK"),
        ("+46701234567", "DK"),
        ("+358401234567", "DK"),
        ("+4520123456", "FI"),
        ("call me", "DK"),
        ("20 12 34 56 ext. 7", "DK"),
        ("2012 FOOD", "DK"),
        ("20123456;20123457", "DK"),
        ("tel:+4520123456", "DK"),
        ("2" * 500, "DK"),
        ("09 1234567", "FI"),
        ("+358 9 1234567", "FI"),
        ("0800 12345", "FI"),
        ("040", "FI"),
    ],
)
def test_numbers_no_payer_can_have(text, country):
    with pytest.raises(InvalidPhone) as caught:
        normalise_phone(text, country)
    assert not re.search(r"\d{3}", str(caught.value)), "the number is in the message"


@given(st.text(max_size=40), st.sampled_from(["DK", "FI"]))
def test_any_text_is_a_number_of_the_country_or_refused(text, country):
    try:
        phone = normalise_phone(text, country)
    except InvalidPhone:
        return
    pattern = {"DK": r"\+45\d{8}", "FI": r"\+358[45]\d{3,11}"}[country]
    assert re.fullmatch(pattern, phone, re.ASCII)
    assert normalise_phone(phone, country) == phone


@given(st.from_regex(r"[0-9]{8}", fullmatch=True))
def test_any_eight_digits_may_be_danish(digits):
    try:
        phone = normalise_phone(digits, "DK")
    except InvalidPhone:
        assert digits.startswith("0") or digits.startswith("45")
    else:
        assert phone == f"+45{digits}"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+4512345678", "+45••••••78"),
        ("+358401234567", "+358•••••••67"),
        ("12 34 56 78", "••••••78"),
        ("123", "•••"),
        ("", ""),
        ("no number", ""),
    ],
)
def test_masking(text, masked):
    assert mask_phone(text) == masked


@given(st.text())
def test_a_masked_number_shows_two_digits_at_most(text):
    shown = mask_phone(text).removeprefix("+45").removeprefix("+358")
    assert len(re.findall(r"\d", shown)) <= 2


def test_numbers_within_a_sentence_are_masked_and_ids_are_not():
    guid = "00000000-1234-4234-8234-00999999990a"
    text = f"User +4512345678 or 0045 12 34 56 78 not found, invoice {guid}, 360.00"
    masked = mask_phones_in(text)
    assert "12345678" not in masked and "12 34 56 78" not in masked
    assert guid in masked and "360.00" in masked
