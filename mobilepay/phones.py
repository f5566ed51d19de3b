"""Telephone numbers as MobilePay knows a payer by them (section 4)."""

import re
import unicodedata
from collections.abc import Callable

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from .environments import COUNTRIES

_WRITTEN = re.compile(r"[0-9 ()+\-./]{1,40}")
_DANISH_DIGITS = 8
_FINNISH_MOBILE = re.compile(r"(?:4|50)[0-9]+")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
#: Where payers of Vipps MobilePay live, whatever country the merchant is in.
_NORDIC = {45: "DK", 46: "SE", 47: "NO", 358: "FI"}
_CALLING_CODES = tuple(f"+{code}" for code in _NORDIC)
_IN_TEXT = re.compile(r"(?<![\w.,-])(?:\+|00)[0-9](?:[ -]?[0-9]){6,13}(?![\w-])")


class InvalidPhone(ValueError):
    """A text is not a number that a payer of this country can have."""


def _plain(text: str) -> str:
    """What a person sees: any dash is one, marks that turn the writing are none."""
    plain = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-")
    seen = [sign for sign in plain if unicodedata.category(sign) != "Cf"]
    return "".join("-" if unicodedata.category(s) == "Pd" else s for s in seen)


def _parsed(text: str, country: str) -> PhoneNumber:
    written = _plain(text).strip()
    if not _WRITTEN.fullmatch(written):
        raise InvalidPhone("this is not a telephone number")
    try:
        return phonenumbers.parse(written, country)
    except NumberParseException:
        raise InvalidPhone("this is not a telephone number") from None


def _danish(number: PhoneNumber, national: str) -> bool:
    """Eight digits: Denmark does not tell mobile from fixed lines apart.

    MobilePay's test payers (+4511111101, …) are outside the numbering plan, so
    a possible number is enough; MobilePay itself knows who is a user.
    """
    return len(national) == _DANISH_DIGITS and phonenumbers.is_possible_number(number)


def _finnish(number: PhoneNumber, national: str) -> bool:
    """A mobile number, or a possible one in the mobile ranges 04 and 050."""
    if phonenumbers.is_valid_number(number):
        return phonenumbers.number_type(number) in _MOBILE
    possible = phonenumbers.is_possible_number(number)
    return possible and bool(_FINNISH_MOBILE.fullmatch(national))


def _possible_mobile(beginning: str) -> Callable[[PhoneNumber, str], bool]:
    """A possible number in the mobile ranges: test payers are outside of the plan."""

    def _fits(number: PhoneNumber, national: str) -> bool:
        mobile = bool(re.match(beginning, national))
        return mobile and phonenumbers.is_possible_number(number)

    return _fits


_PAYER = {
    "DK": _danish,
    "FI": _finnish,
    "NO": _possible_mobile("[49]|59"),
    "SE": _possible_mobile("7"),
}


def normalise_phone(text: str, country: str) -> str:
    """The E.164 form (with ``+``) of a payer's number, as section 4 wants it.

    :param text: as people write it: '12 34 56 78', '0045…', '+45…', '040 1234567'
    :param country: the merchant's country, 'DK' or 'FI'; payers are of the same
    :raises InvalidPhone: for any other number; the message does not repeat it
    """
    number = _parsed(text, country)
    national = phonenumbers.national_significant_number(number)
    prefix = COUNTRIES[country].phone_prefix
    if f"+{number.country_code}" != prefix or not _PAYER[country](number, national):
        raise InvalidPhone(f"this is not a number that a payer in {country} can have")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_nordic_phone(text: str, country: str) -> str:
    """The E.164 form (with ``+``) of the number of a payer in any Nordic country.

    :param text: as people write it; without a country's code it is of ``country``
    :param country: the merchant's, 'DK', 'FI' or 'NO'
    :raises InvalidPhone: for any other number; the message does not repeat it
    """
    number = _parsed(text, country)
    home = _NORDIC.get(number.country_code or 0, "")
    national = phonenumbers.national_significant_number(number)
    if not home or not _PAYER[home](number, national):
        raise InvalidPhone("this is not a number that a payer can have")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask_phone(text: str) -> str:
    """A number fit for logs and lists: '+45••••••78'.

    The calling code of a Nordic country and the last two digits stay.
    """
    bare = "".join(re.findall(r"[0-9+]", text))
    prefix = next((code for code in _CALLING_CODES if bare.startswith(code)), "")
    rest = bare[len(prefix) :].replace("+", "")
    shown = rest[-2:] if len(rest) > 4 else ""
    return prefix + "•" * (len(rest) - len(shown)) + shown


def mask_phones_in(text: str) -> str:
    """A sentence with every international number in it masked."""
    return _IN_TEXT.sub(lambda match: mask_phone(match[0]), text)
