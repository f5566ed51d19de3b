"""Decimals as the plain digits that JSON wants, exact and never rounded."""

from decimal import Decimal

_MOST_DIGITS = 18
_CENTS = 2


def _parts(value: Decimal) -> tuple[str, str]:
    """What stands before and after the point, without zeros at the end.

    :raises ValueError: for NaN, infinity, and more digits than money can have
    """
    if not value.is_finite() or value.adjusted() >= _MOST_DIGITS:
        raise ValueError("this is not a number that can be sent")
    before, _point, after = format(value, "f").partition(".")
    if len(after.rstrip("0")) > _MOST_DIGITS:
        raise ValueError("this number has too many decimals to be sent")
    return (before if value else "0"), after.rstrip("0")


def whole_cents(value: Decimal) -> bool:
    """Whether an amount has two decimals at most."""
    try:
        return len(_parts(value)[1]) <= _CENTS
    except ValueError:
        return False


def money(value: Decimal) -> str:
    """An amount in major units with exactly two decimals: '360.00'.

    :raises ValueError: for an amount that has more
    """
    if not whole_cents(value):
        raise ValueError("an amount has at most two decimals")
    before, after = _parts(value)
    return f"{before}.{after.ljust(_CENTS, '0')}"


def plain(value: Decimal) -> str:
    """A number with the decimals it needs, no exponent: '0.333', '6'.

    :raises ValueError: for what is no number
    """
    before, after = _parts(value)
    return f"{before}.{after}" if after else before
