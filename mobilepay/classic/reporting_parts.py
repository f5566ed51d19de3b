"""The parts in which reporting is asked and answered, whatever its version.

Section 9: periods, pages, elements, rows. Nothing about money is skipped in
silence: what cannot be read is a BadAnswer.
"""

import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeVar

from .. import reading
from ..errors import BadAnswer
from ..phones import mask_phone, mask_phones_in
from ..transport.transport import Answer
from ..types import PaymentPoint, Transaction, TransactionType, TransferSummary

#: Days asked for at once: MobilePay answers 400 to what would yield too much.
LONGEST_PERIOD = 31

#: Pages of one list, at most; a page holds 1000 rows.
MOST_PAGES = 10_000

_T = TypeVar("_T")
_TYPES = {kind.value.lower(): kind for kind in TransactionType}
_PHONES = ("userphonenumber", "userindicator")
_REFERENCES = (
    "externaltransactionid",
    "merchantreference",
    "paymentid",
    "paymenttransactionid",
    "refundid",
    "transferreference",
)


def identifier(value: str) -> str:
    """A GUID as part of an address; ValueError for anything else."""
    return str(uuid.UUID(value))


def bad(answer: Answer, what: str) -> BadAnswer:
    """The error for an answer that is not what the contract says."""
    message = f"MobilePay's answer {what}"
    return BadAnswer(message, correlation_id=answer.correlation_id)


def periods(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The days from ``first`` to ``last``, both inclusive, in askable pieces."""
    while first <= last:
        end = min(last, first + timedelta(days=LONGEST_PERIOD - 1))
        yield first, end
        first = end + timedelta(days=1)


def pages(
    ask: Callable[[str], Answer],
    following: Callable[[Answer], str],
    *,
    start: str = "",
) -> Iterator[Answer]:
    """Every page of a list.

    :param ask: gets the page of a token
    :param following: the token that a page gives for the next, '' on the last
    :param start: token of the first page
    :raises BadAnswer: where a token comes again, or the pages do not end
    """
    token, seen = start, {start}
    for _page in range(MOST_PAGES):
        answer = ask(token)
        yield answer
        token = following(answer)
        if not token:
            return
        if token in seen:
            break
        seen.add(token)
    raise BadAnswer("the pages of the report do not end")


def moment(value: datetime) -> str:
    """A moment as section 9 wants it: UTC, to the second."""
    return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def once(found: Iterable[_T], key: Callable[[_T], Hashable | None]) -> list[_T]:
    """What was found, in its order, each key once; None is no key."""
    kept: list[_T] = []
    seen: set[Hashable] = set()
    for item in found:
        known = key(item)
        if known is None or known not in seen:
            kept.append(item)
            seen.add(known)
    return kept


def elements(answer: Answer, name: str) -> list[Any]:
    """The list of an answer; BadAnswer where there is none."""
    found = reading.read(answer.data, name)
    if not isinstance(found, list):
        raise bad(answer, f"holds no list of {name}")
    return found


def payment_points(answer: Answer) -> Iterator[PaymentPoint]:
    """The payment points of one page."""
    for data in elements(answer, "paymentPoints"):
        point_id = reading.guid(reading.read(data, "paymentPointId", "id"))
        if not point_id:
            raise bad(answer, "holds a payment point without an id")
        name = reading.text(reading.read(data, "paymentPointName", "name"))
        yield PaymentPoint(point_id, name)


def transfer(answer: Answer, data: Any) -> TransferSummary:
    """One payout of a list."""
    reference = reading.text(reading.read(data, "transferReference", "reference"))
    day = reading.day(reading.read(data, "transferReferenceDate", "date"))
    total = reading.number(reading.read(data, "totalTransferredAmount"))
    if not reference.strip(".") or day is None or total is None:
        raise bad(answer, "holds a transfer without reference, date or total")
    return TransferSummary(
        reference=reference,
        date=day,
        total=total,
        currency=reading.text(reading.read(data, "currencyCode"), 8).upper(),
        id=reading.guid(reading.read(data, "id")),
        raw=reading.as_json(data),
    )


def transfer_key(found: TransferSummary) -> Hashable:
    """Payouts that say the same are one."""
    return found.id, found.reference, found.date, found.total, found.currency


def transactions(
    answer: Answer, of: TransferSummary | None = None
) -> Iterator[Transaction]:
    """The rows of one page, of one payout or of any; no payout itself."""
    for data in elements(answer, "transactions"):
        row = _transaction(answer, data, of)
        if row is not None:
            yield row


def transaction_key(row: Transaction) -> Hashable | None:
    """What a row is known by when a page repeats it; None where it has no id."""
    if not row.transaction_id:
        return None
    return row.transaction_id, row.word.lower(), row.amount, row.timestamp


def check_transfer(answer: Answer, data: Any, of: TransferSummary) -> None:
    """BadAnswer where a report or a row names another payout than asked for."""
    named = reading.text(reading.read(data, "transferReference"))
    if named and named.casefold() != of.reference.casefold():
        raise bad(answer, "is about another transfer")


def _transaction(
    answer: Answer, data: Any, of: TransferSummary | None
) -> Transaction | None:
    """One row; None for the payout itself, which would make the sum zero."""
    word = reading.text(reading.read(data, "type"), 64)
    kind = _TYPES.get(word.lower(), TransactionType.OTHER)
    if kind is TransactionType.TRANSFER:
        return None
    amount = reading.number(reading.read(data, "amount"))
    timestamp = reading.moment(reading.read(data, "timestamp"))
    if amount is None or timestamp is None:
        raise bad(answer, "holds a transaction without amount or timestamp")
    if of is not None:
        check_transfer(answer, data, of)
    currency = reading.text(reading.read(data, "currencyCode"), 8).upper()
    names = ("paymentTransactionId", "refundId", "paymentId")
    own = reading.read(data, "merchantReference", "externalTransactionId")
    said = reading.read(data, "message", "senderComment")
    return Transaction(
        type=kind,
        amount=amount,
        currency=currency or (of.currency if of else ""),
        timestamp=timestamp,
        transaction_id=reading.text(reading.read(data, *names)),
        merchant_reference=reading.text(own),
        message=mask_phones_in(reading.text(said)),
        word=word,
        raw=_raw(data),
    )


def _raw(data: Any) -> str:
    """The JSON text of a row without phone numbers; '' for endless nesting."""
    try:
        return reading.as_json(_masked("", data))
    except RecursionError:
        return ""


def _masked(name: str, value: Any) -> Any:
    """A value without phone numbers; ids and references stay whole."""
    if isinstance(value, dict):
        return {key: _masked(reading.plain(key), held) for key, held in value.items()}
    if isinstance(value, list):
        return [_masked(name, held) for held in value]
    if name in _PHONES and value is not None:
        return mask_phone(reading.text(value))
    if isinstance(value, str) and name not in _REFERENCES:
        return mask_phones_in(value)
    return value
