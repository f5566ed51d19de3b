"""The bank accounts that transfers go to: one of an issuer's own, always the same."""

from __future__ import annotations

import uuid

from ...records import Merchant
from ..records import Issuer

DIGITS = 14


def receiver_account(merchant: Merchant, issuer: Issuer) -> str:
    """A made-up IBAN with right check digits."""
    number = str(uuid.UUID(issuer.id).int % 10**DIGITS).zfill(DIGITS)
    letters = "".join(str(int(letter, 36)) for letter in merchant.country)
    check = 98 - int(f"{number}{letters}00") % 97
    return f"{merchant.country}{check:02d}{number}"
