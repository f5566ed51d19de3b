"""Find references in what a bank writes on a statement (section 9).

Tolerant of spaces, case, and punctuation dropped or replaced; of nothing else.
A text names many candidates; which of them are references is the caller's
knowledge: look up the keys of :func:`found_in`, keep the known ones, and take
the :func:`outermost` of these.

Banks also write references in fields of their own: with zeros put in front or
cut, over two lines, or only 16 digits of one. :func:`guesses` has those: weaker,
and worth something only where nothing was found and the amount is right.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from .references import BANK_CHARACTERS, normalise

#: Characters of a key, at most: no PaymentReference is longer (section 4).
LONGEST_KEY = 60

#: A shorter key, or one without a digit, must stand alone to count.
SHORTEST_KEY = 8

#: Digits that a number needs, besides zeros in front, to be known without them.
FEWEST_DIGITS = 4

#: So many digits are all that some banks' fields hold of a longer reference.
CUT_DIGITS = 16

#: How much of a text is read.
MOST_CHARACTERS, MOST_WORDS = 4_000, 400

_BREAKS = ",;:()[]{}|\"'’`´=*#+?<>"
_WORD = re.compile("[wx]+")
_FIELD = re.compile(r":\s")
_DAY, _MONTH, _YEAR = r"(0[1-9]|[12]\d|3[01])", r"(0[1-9]|1[0-2])", r"((19|20)\d\d)"
_DATE = re.compile(rf"({_DAY}?{_MONTH})?{_YEAR}|{_DAY}{_MONTH}\d\d")
_LINES = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
#: Stands for what was cut off: a letter that no reference holds.
_UNREAD = "\N{CYRILLIC CAPITAL LETTER ZHE}"


@dataclass(frozen=True)
class Found:
    """A part of a text that may be a reference.

    :param key: what :func:`keys` makes of such a reference
    :param start: of the part, in characters of the text in Unicode's form NFC
    :param end: one behind its last character
    :param whole: whether it fills its line, or all behind ': ' in its line
    """

    key: str
    start: int
    end: int
    whole: bool


@dataclass(frozen=True)
class _Word:
    """Letters and digits without a break, and what stands before them.

    :param key: as compared; '' where no reference can hold this word
    :param opens: whether a reference may begin here
    :param line: whether a line begins here
    :param field: whether a line begins here, or what stands behind ': '
    """

    key: str
    start: int
    end: int
    opens: bool
    line: bool
    field: bool


def keys(reference: str) -> tuple[str, ...]:
    """What a reference is known by in a bank's text.

    Its first 30 characters, normalised, and the whole of a longer one; none
    where it holds neither letter nor digit.
    """
    both = (normalise(reference[:BANK_CHARACTERS]), normalise(reference))
    return tuple(key for key in dict.fromkeys(both) if key)


def counts(found: Found) -> bool:
    """Whether a part says enough to be taken for a reference.

    '1023' or 'ANNA' within a sentence is chance; alone in its field it is not.
    """
    telling = any(mark.isdigit() for mark in found.key)
    return found.whole or (telling and len(found.key) >= SHORTEST_KEY)


def found_in(text: str) -> list[Found]:
    """Everything in a bank's text that may be a reference, and counts.

    A part begins and ends at a space, a line's end or a mark that separates,
    such as a comma. Any other mark between letters and digits, such as
    ``/ - . _``, binds them: 'INV/7' is not in 'INV/7-2'. No part goes over the
    end of a line.

    Reads 4,000 characters and 400 words; a word cut off there is none.
    """
    words = _words(text)
    starts = (at for at, word in enumerate(words) if word.opens)
    found = (part for at in starts for part in _from(words, at))
    return [part for part in found if counts(part)]


def guesses(text: str) -> list[Found]:
    """What may be a reference that a bank wrote in a narrow field.

    Digits alone in their field, and parts that go over one end of a line. The
    latter are never whole: short ones are the end of one text and the start of
    another.
    """
    words = _words(text)
    plain = unicodedata.normalize("NFC", text)
    starts = [at for at, word in enumerate(words) if word.opens]
    alone = (part for at in starts for part in _from(words, at) if part.whole)
    broken = (part for at in starts for part in _from(words, at, line_ends=1))
    return [
        *(part for part in alone if _is_number(plain, part)),
        *(part for part in broken if counts(part)),
    ]


def spellings(guess: Found) -> list[str]:
    """The keys of the references that a guess may stand for, but for cut ones.

    A number may have lost zeros in front, or got some. One that reads as a date
    is taken for a date.
    """
    if not guess.whole:
        return [guess.key]
    number = guess.key.lstrip("0")
    if len(number) < FEWEST_DIGITS or _DATE.fullmatch(guess.key):
        return []
    sizes = range(len(number), BANK_CHARACTERS + 1)
    spelled = (number.rjust(size, "0") for size in sizes)
    return [
        key for key in spelled if len(key) <= len(guess.key) or not _DATE.fullmatch(key)
    ]


def cut(guess: Found) -> tuple[str, str] | None:
    """The least and the greatest key whose first digits a guess may be."""
    if not guess.whole or len(guess.key) != CUT_DIGITS:
        return None
    return guess.key + "0", guess.key.ljust(BANK_CHARACTERS, "9")


def outermost(found: Iterable[Found]) -> list[Found]:
    """Without the parts that lie inside another part of the same text.

    For parts that are known references: the longer one is what was meant.
    """
    given = list(found)
    outer, reach = set(), -1
    spans = {(part.start, part.end) for part in given}
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end > reach:
            outer.add((start, end))
            reach = end
    return [part for part in given if (part.start, part.end) in outer]


@lru_cache(maxsize=1024)
def _shape(mark: str) -> str:
    """Word, letter no reference holds, newline, break, or a mark that binds."""
    if normalise(mark):
        return "w"
    if mark.isalnum():
        return "x"
    if mark in _LINES:
        return "n"
    plain = unicodedata.normalize("NFKC", mark)
    return "h" if mark.isspace() or mark in _BREAKS or plain in _BREAKS else "b"


def _words(text: str) -> list[_Word]:
    """The words of a text, the last an unknown one where the text was cut."""
    if len(text) > MOST_CHARACTERS:
        text = text[:MOST_CHARACTERS] + _UNREAD
    text = unicodedata.normalize("NFC", text)
    shape = "".join(map(_shape, text))
    words: list[_Word] = []
    end = 0
    for match in _WORD.finditer(shape):
        unread = len(words) == MOST_WORDS
        words.append(_word(text, shape, end, match, unread))
        if unread:
            break
        end = match.end()
    return words


def _word(text: str, shape: str, gap: int, match: re.Match[str], unread: bool) -> _Word:
    """The word of a match; what is between it and the last begins at ``gap``."""
    start, end = match.span()
    between = shape[gap:start]
    line = gap == 0 or "n" in between
    return _Word(
        key="" if unread or "x" in match[0] else normalise(text[start:end]),
        start=start,
        end=end,
        opens=line or "h" in between,
        line=line,
        field=line or bool(_FIELD.search(text, gap, start)),
    )


def _is_number(text: str, part: Found) -> bool:
    """Whether a part is digits in groups at most, and no number to call."""
    digits = "".join(text[part.start : part.end].split())
    called = part.start and text[part.start - 1] == "+"
    return digits == part.key and digits.isdigit() and not called


def _from(words: list[_Word], at: int, line_ends: int = 0) -> Iterator[Found]:
    """The parts that begin with one word and go over so many ends of lines."""
    first, key, over = words[at], "", line_ends
    for number, word in enumerate(words[at:], at + 1):
        key += word.key
        over -= word.line and word is not first
        if not word.key or len(key) > LONGEST_KEY or over < 0:
            return
        after = words[number] if number < len(words) else None
        if not over and (after is None or after.opens):
            alone = first.field and (after is None or after.line)
            yield Found(key, first.start, word.end, alone and not line_ends)
