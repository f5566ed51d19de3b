"""The reference that travels with a payment, from invoice to bank statement.

Section 4: the reference on the transfer is PaymentReference, else
InvoiceNumber; section 9: a bank statement shows its first 30 characters.
"""

import re
import unicodedata
from functools import lru_cache

#: How much of a reference a bank statement shows (section 9).
BANK_CHARACTERS = 30

_LETTERS = str.maketrans(
    {
        "Æ": "AE", "æ": "ae", "Ø": "OE", "ø": "oe", "Å": "AA", "å": "aa",
        "Ä": "AE", "ä": "ae", "Ö": "OE", "ö": "oe", "Ü": "UE", "ü": "ue",
        "ẞ": "SS", "ß": "ss", "Ð": "D", "ð": "d", "Þ": "TH", "þ": "th",
        "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Œ": "OE", "œ": "oe",
        "_": "-", "–": "-", "—": "-", "‑": "-", "\\": "/", "|": "/",
        "&": "+", "’": "'", "`": "'", "´": "'", ";": ",",
        "[": "(", "]": ")", "{": "(", "}": ")",
    }
)  # fmt: skip
_NOT_KEPT = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]+")
_MARKS = re.compile(r"[^A-Z0-9]+")


def _plain(text: str) -> str:
    """Latin letters without their marks, æøåäöü as two letters."""
    if text.isascii():
        return text.translate(_LETTERS)
    composed = unicodedata.normalize("NFC", text).translate(_LETTERS)
    decomposed = unicodedata.normalize("NFKD", composed).translate(_LETTERS)
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))


# an invoice's texts are looked at several times, by rule and by bank
@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """The text in the characters that banks carry unchanged.

    Letters, digits, space and ``/-?:().,'+``; single spaces, no double slash,
    no slash or space at either end. Other characters become a space.
    """
    kept = " ".join(_NOT_KEPT.sub(" ", _plain(text)).split())
    return re.sub(r"/{2,}", "/", kept).strip(" /")


def fits(text: str, limit: int = BANK_CHARACTERS) -> bool:
    """Whether a reference reaches the bank statement whole and unchanged."""
    return 0 < len(text) <= limit and text == clean(text)


def with_attempt(reference: str, attempt: int, limit: int = BANK_CHARACTERS) -> str:
    """The reference of the n-th attempt to send one invoice.

    The first keeps it unchanged; a later one ends in ``-2``, ``-3``, …, the
    reference before it cut where the whole would be longer than ``limit``.

    :raises ValueError: for an attempt before the first, or no room for a suffix
    """
    if attempt < 1:
        raise ValueError("attempts are counted from 1")
    if attempt == 1:
        return reference
    suffix = f"-{attempt}"
    if len(suffix) >= limit:
        raise ValueError("no room for the attempt's number")
    return reference[: limit - len(suffix)].rstrip(" -/") + suffix


def normalise(text: str) -> str:
    """What is compared in matching: capital letters and digits, nothing else."""
    return _MARKS.sub("", clean(text).upper())


def bank_text(reference: str) -> str:
    """What a bank statement shows of a reference: its first 30 characters."""
    return reference[:BANK_CHARACTERS].strip()
