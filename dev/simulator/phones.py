"""Phone numbers as MobilePay takes them (contract, section 4, ConsumerAlias)."""

from __future__ import annotations

import re

PATTERNS = {
    "DK": r"\+45\d{8}",
    "FI": r"\+358\d{5,12}",
    "NO": r"\+47\d{8}",
    "SE": r"\+46\d{7,10}",
}
PREFIXES = {"DK": "+45", "FI": "+358", "NO": "+47", "SE": "+46"}
#: Where MobilePay Invoice was; Vipps MobilePay's app is in all of them.
CLASSIC_COUNTRIES = ("DK", "FI")


def normalise(text: str, country: str) -> str | None:
    """Return the number in E.164 form, or None when it is no phone number.

    Spaces are dropped, ``00`` is taken for ``+``, and eight bare digits are a
    Danish number for a Danish merchant. Other countries' numbers are none here.
    """
    number = re.sub(r"\s", "", text)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if country == "DK" and re.fullmatch(r"\d{8}", number):
        number = f"+45{number}"
    return number if country_of(number) in CLASSIC_COUNTRIES else None


def country_of(number: str) -> str | None:
    """The country of a number in E.164 form, or None for any other."""
    for country, pattern in PATTERNS.items():
        if re.fullmatch(pattern, number):
            return country
    return None


def read_number(text: str, country: str) -> str | None:
    """The number of anybody with the app, as a person writes it, in E.164 form.

    A number without a prefix is one of ``country``; None for what is no number.
    """
    digits = re.sub(r"[\s()-]", "", text)
    digits = re.sub(r"^00", "+", digits)
    national = f"{PREFIXES[country]}{digits.lstrip('0')}"
    candidates = (digits, f"+{digits}", national)
    return next((number for number in candidates if country_of(number)), None)
