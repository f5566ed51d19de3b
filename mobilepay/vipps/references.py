"""The names of payments: for MobilePay, and for people (section 3)."""

import re

from ..references import clean

#: Characters of a reference; older copies of the contract say 50.
LONGEST = 64
SHORTEST = 8
#: Characters of a description.
LONGEST_DESCRIPTION = 100
SHORTEST_DESCRIPTION = 3

_REFERENCE = re.compile(r"[a-zA-Z0-9-]{8,64}", re.ASCII)
_UNIQUE = re.compile(r"[a-zA-Z0-9]{4,24}", re.ASCII)
_UNFIT = re.compile(r"[^A-Za-z0-9]+")
# three digits: what is unique has four characters at least, and is told from it
_LAST_ATTEMPT = 999
#: Before a number that begins with a digit: MobilePay warns of leading zeros and of
#: references of digits only.
_PREFIX = "INV-"


def is_reference(text: str) -> bool:
    """Whether MobilePay takes it as a reference."""
    return bool(_REFERENCE.fullmatch(text))


def make_reference(invoice_number: str, *, unique: str, attempt: int = 0) -> str:
    """``INV-2026-00012-k3f9``, for its second attempt ``INV-2026-00012-k3f9-2``.

    Of a number that is too long, the end stays: it tells invoices apart.

    :param unique: what no other request of the sales unit ever had
    :param attempt: of a payer to pay it, from 1; 0 for the request itself
    :raises ValueError: for another ``unique`` or ``attempt``
    """
    if not _UNIQUE.fullmatch(unique):
        raise ValueError("what makes a reference unique is 4 to 24 letters or digits")
    if not 0 <= attempt <= _LAST_ATTEMPT:
        raise ValueError("attempts are counted from 1")
    ending = f"-{unique}-{attempt}" if attempt else f"-{unique}"
    name = _UNFIT.sub("-", clean(invoice_number)).strip("-")
    room = LONGEST - len(_PREFIX) - len(ending)
    name = name[-room:].strip("-")
    if not name[:1].isalpha() or len(name + ending) < SHORTEST:
        name = (_PREFIX + name).rstrip("-")
    return name + ending


def describe(invoice_number: str, words: str) -> str:
    """What a payer reads of a payment: the invoice number first.

    Shown in the app, in the merchant's portal and in settlements.
    """
    number, rest = _one_line(invoice_number), _one_line(words)
    if not rest.startswith(number):
        rest = f"{number}, {rest}" if rest else number
    if len(rest) > LONGEST_DESCRIPTION:
        rest = rest[: LONGEST_DESCRIPTION - 1].rstrip() + "…"
    return rest.ljust(SHORTEST_DESCRIPTION, ".")


def _one_line(text: str) -> str:
    return " ".join(text.split())
