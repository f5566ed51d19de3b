"""Reporting v3 (section 9): totals and fees, without the merchant's references.

The same questions as :mod:`.reporting`. Needs a bearer only, an API key or an
access token: make its transport with ``gateway=False`` of :func:`.connect`.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from .. import reading
from ..transport.transport import Answer, Transport
from ..types import PaymentPoint, Transaction, TransferSummary
from . import reporting_parts as parts

_BASE = "/v3/reporting"
_PAGE_SIZE = "1000"


class ReportingV3Api:
    """Reporting v3; a row names the merchant's reference for no invoice.

    :param transport: with the base of reporting v3
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def payment_points(self) -> list[PaymentPoint]:
        """The merchant's payment points of all products."""
        found = (
            point
            for answer in self._pages("/paymentpoints", {})
            for point in parts.payment_points(answer)
        )
        return parts.once(found, lambda point: point.id)

    def transfers(
        self, payment_point_id: str, first: date, last: date
    ) -> list[TransferSummary]:
        """The payouts of these days, the first and the last included."""
        point = parts.identifier(payment_point_id)
        found = (
            _transfer(answer, data, point)
            for start, end in parts.periods(first, last)
            for answer in self._pages("/transfers", _period(point, start, end))
            for data in parts.elements(answer, "transfers")
        )
        return parts.once(found, parts.transfer_key)

    def transactions(
        self, payment_point_id: str, transfer: TransferSummary
    ) -> list[Transaction]:
        """All that adds up to one payout, the row of the payout itself left out.

        :param transfer: of :meth:`transfers`: v3 knows a payout by its id
        :raises ValueError: for one without an id
        """
        params = {
            "transferid": parts.identifier(transfer.id),
            "paymentpointid": parts.identifier(payment_point_id),
            "sortdirection": "asc",
        }
        found = (
            row
            for answer in self._pages("/transactions", params)
            for row in parts.transactions(answer, transfer)
        )
        return parts.once(found, parts.transaction_key)

    def movements(
        self, payment_point_id: str, first: datetime, last: datetime
    ) -> list[Transaction]:
        """All that happened in a time, paid out or not; payouts left out."""
        params = {
            "paymentpointid": parts.identifier(payment_point_id),
            "startdate": parts.moment(first),
            "enddate": parts.moment(last),
            "sortdirection": "asc",
        }
        found = (
            row
            for answer in self._pages("/transactions", params)
            for row in parts.transactions(answer)
        )
        return parts.once(found, parts.transaction_key)

    def _pages(self, path: str, params: dict[str, str]) -> Iterator[Answer]:
        return parts.pages(
            lambda number: self._page(path, {**params, "pagenumber": number}),
            _next,
            start="1",
        )

    def _page(self, path: str, params: dict[str, str]) -> Answer:
        params["pagesize"] = _PAGE_SIZE
        return self._transport.request("GET", _BASE + path, params=params)


def _period(point: str, first: date, last: date) -> dict[str, str]:
    return {
        "paymentpointid": point,
        "startdate": first.isoformat(),
        "enddate": last.isoformat(),
        "sortdirection": "asc",
    }


def _next(answer: Answer) -> str:
    """The number of the next page, '' on the last."""
    value = reading.read(answer.data, "nextPageNumber")
    number = reading.number(value)
    if value is None:
        return ""
    if number is None or number < 1 or number % 1:
        raise parts.bad(answer, "holds a page number that is none")
    return str(int(number))


def _transfer(answer: Answer, data: Any, point: str) -> TransferSummary:
    """One payout, of the payment point that was asked for."""
    transfer = parts.transfer(answer, data)
    if not transfer.id:
        raise parts.bad(answer, "holds a transfer without an id")
    if reading.guid(reading.read(data, "paymentPointId")) not in ("", point):
        raise parts.bad(answer, "holds a transfer of another payment point")
    return transfer
