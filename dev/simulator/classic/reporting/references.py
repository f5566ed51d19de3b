"""Transfer references: 20 characters in a form that a merchant may choose.

The default form is ``PC AAAAAAAA RRR DDMMYY X``: product code 04 (Invoice),
payment point 00000000, running number of the day, the day and a check digit.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import cycle

DEFAULT_FORM = "0400000000RRRDDMMYYX"
LENGTH = 20
NAMED = ["DD", "MM", "RRR", "X", "YY"]
PARTS = re.compile(r"RRR|DD|MM|YY|X|[0-9]")
RUNNING_NUMBERS = 1000


def read_form(text: str) -> str:
    """Check a merchant's own form, spaces left out; ValueError says what is wrong."""
    form = "".join(text.split()).upper()
    parts = PARTS.findall(form)
    named = sorted(part for part in parts if not part.isdigit())
    if len(form) != LENGTH or "".join(parts) != form:
        raise ValueError("a reference has 20 characters: digits, RRR, DD, MM, YY, X")
    if named != NAMED or not form.endswith("X"):
        raise ValueError("RRR, DD, MM and YY stand in it once each, X at its end")
    return form


def write_reference(form: str, number: int, day: date) -> str:
    """The reference of the day's transfer with this running number.

    RRR ends at 999: what is above is added to the form's own digits, so that
    references stay unique.
    """
    parts = PARTS.findall(form)
    carry, running = divmod(number, RUNNING_NUMBERS)
    digits = iter(_add("".join(filter(str.isdigit, parts)), carry))
    values = {"RRR": f"{running:03d}", "X": ""}
    values |= {"DD": f"{day:%d}", "MM": f"{day:%m}", "YY": f"{day:%y}"}
    body = "".join(values[part] if part in values else next(digits) for part in parts)
    return body + check_digit(body)


def check_digit(digits: str) -> str:
    """The check digit of Finnish reference numbers: weights 7, 3, 1 from the right."""
    weighted = zip(reversed(digits), cycle((7, 3, 1)))
    return str(-sum(int(digit) * weight for digit, weight in weighted) % 10)


def _add(digits: str, carry: int) -> str:
    width = len(digits)
    return str((int(digits) + carry) % 10**width).zfill(width)
