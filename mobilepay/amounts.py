"""Decimals as the plain digits that JSON wants, or as whole øre and cents."""

from decimal import ROUND_HALF_UP, Context, Decimal

_MOST_DIGITS = 18
_CENTS = 2
_CENT = Decimal("0.01")
_FINEST = Decimal("1E-10")
_ROOMY = Context(prec=2 * _MOST_DIGITS, rounding=ROUND_HALF_UP)


def _parts(value: Decimal) -> tuple[str, str]:
    """What stands before and after the point, without zeros at the end.

    :raises ValueError: for NaN, infinity, and more digits than money can have
    """
    if not value.is_finite() or value.adjusted() >= _MOST_DIGITS:
        raise ValueError("this is not a number that can be sent")
    before, _point, after = format(value, "f").partition(".")
    return (before if value else "0"), after.rstrip("0")


def whole_cents(value: Decimal) -> bool:
    """Whether an amount has two decimals at most."""
    return (
        value.is_finite()
        and value.adjusted() < _MOST_DIGITS
        and value == value.quantize(_CENT, context=_ROOMY)
    )


def money(value: Decimal) -> str:
    """An amount in major units with exactly two decimals: '360.00'.

    :raises ValueError: for an amount that has more: money is never rounded here
    """
    before, after = _parts(value)
    if len(after) > _CENTS:
        raise ValueError("an amount has at most two decimals")
    return f"{before}.{after.ljust(_CENTS, '0')}"


def plain(value: Decimal) -> str:
    """A number that is no amount, without exponent: '0.333', '6'.

    It has the decimals it needs, ten at most.

    :raises ValueError: for what is no number
    """
    before, after = _parts(value)
    if len(after) > -int(_FINEST.adjusted()):
        before, after = _parts(value.quantize(_FINEST, context=_ROOMY))
    return f"{before}.{after}" if after else before


def minor(value: Decimal) -> int:
    """An amount in øre or cents: 125000 for 1250.00.

    :raises ValueError: for an amount that is not whole: money is not rounded here
    """
    if not whole_cents(value):
        raise ValueError("an amount has at most two decimals")
    return int(value.scaleb(_CENTS, context=_ROOMY))


def nearest_minor(value: Decimal) -> int:
    """A number of kroner or euros in øre or cents, a half rounded away from zero.

    For what is shown beside an amount, and for parts whose sum is made right after.

    :raises ValueError: for what is no number
    """
    if not value.is_finite() or value.adjusted() >= _MOST_DIGITS:
        raise ValueError("this is not a number that can be sent")
    return int(value.quantize(_CENT, context=_ROOMY).scaleb(_CENTS, context=_ROOMY))


def major(value: int) -> Decimal:
    """Øre or cents as an amount with two decimals: 1250.00 for 125000."""
    return Decimal(value).scaleb(-_CENTS, context=_ROOMY)
