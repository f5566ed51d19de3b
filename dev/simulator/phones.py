"""Phone numbers as MobilePay takes them (contract, section 4, ConsumerAlias)."""

from __future__ import annotations

import re

PREFIXES = {"DK": "+45", "FI": "+358"}
PATTERNS = {"DK": r"\+45\d{8}", "FI": r"\+358\d{5,12}"}


def normalise(text: str, country: str) -> str | None:
    """Return the number in E.164 form, or None when it is no phone number.

    Spaces are dropped, ``00`` is taken for ``+``, and eight bare digits are a
    Danish number for a Danish merchant.
    """
    number = re.sub(r"\s", "", text)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    if country == "DK" and re.fullmatch(r"\d{8}", number):
        number = f"+45{number}"
    return number if country_of(number) else None


def country_of(number: str) -> str | None:
    """The country of a number in E.164 form, or None for any other."""
    for country, pattern in PATTERNS.items():
        if re.fullmatch(pattern, number):
            return country
    return None
