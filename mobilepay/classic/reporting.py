"""Transaction reporting (section 9): which payouts, and what is in each.

Every method raises the errors of :meth:`.Transport.request`, and
BadAnswer where an answer cannot be read whole.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Protocol
from urllib.parse import quote

from .. import reading
from ..transport.transport import Answer, Transport
from ..types import PaymentPoint, Transaction, TransferSummary
from . import reporting_parts as parts
from .reporting_v3 import ReportingV3Api

_V1 = "/api/merchant/v1/paymentpoints"
_V2 = "/api/merchant/v2/paymentpoints"


class Reporting(Protocol):
    """What every version of reporting can tell."""

    def payment_points(self) -> list[PaymentPoint]:
        """The merchant's payment points."""

    def transfers(
        self, payment_point_id: str, first: date, last: date
    ) -> list[TransferSummary]:
        """The payouts of these days, the first and the last included."""

    def transactions(
        self, payment_point_id: str, transfer: TransferSummary
    ) -> list[Transaction]:
        """All that adds up to one payout."""

    def movements(
        self, payment_point_id: str, first: datetime, last: datetime
    ) -> list[Transaction]:
        """All that happened in a time, paid out or not."""


class ReportingApi:
    """Reporting v1/v2, which names the merchant's own reference on each row.

    :param transport: with the base of reporting v1/v2
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def payment_points(self) -> list[PaymentPoint]:
        """The merchant's payment points; an invoice issuer's has its id."""
        return list(parts.payment_points(self._transport.request("GET", _V1)))

    def transfers(
        self, payment_point_id: str, first: date, last: date
    ) -> list[TransferSummary]:
        """The payouts of these days, the first and the last included.

        The day is that of the transfer reference. Usually there is one payout
        a day, known on the day after.
        """
        found = (
            parts.transfer(answer, data)
            for answer in self._lists(payment_point_id, first, last)
            for data in parts.elements(answer, "transferReferences")
        )
        return parts.once(found, parts.transfer_key)

    def transactions(
        self, payment_point_id: str, transfer: TransferSummary
    ) -> list[Transaction]:
        """All that adds up to one payout, the row of the payout itself left out.

        :raises NotReady: while MobilePay is preparing the report
        :raises ValueError: for a reference that no address can carry
        """
        point = parts.identifier(payment_point_id)
        path = f"{_V2}/{point}/transfers/{_segment(transfer.reference)}"
        found = (
            row
            for answer in parts.pages(lambda token: self._page(path, token), _next)
            for row in _rows(answer, transfer)
        )
        return parts.once(found, parts.transaction_key)

    def movements(
        self, payment_point_id: str, first: datetime, last: datetime
    ) -> list[Transaction]:
        """All that happened in a time, paid out or not; payouts left out.

        :param first: aware; to the second, as :param last:
        """
        path = f"{_V2}/{parts.identifier(payment_point_id)}/transactions"
        params = {"from": parts.moment(first), "to": parts.moment(last)}
        found = (
            row
            for answer in parts.pages(
                lambda token: self._page(path, token, params), _next
            )
            for row in parts.transactions(answer)
        )
        return parts.once(found, parts.transaction_key)

    def _lists(
        self, payment_point_id: str, first: date, last: date
    ) -> Iterator[Answer]:
        path = f"{_V1}/{parts.identifier(payment_point_id)}/transfer-references"
        for start, end in parts.periods(first, last):
            params = {"from": start.isoformat(), "to": end.isoformat()}
            yield self._transport.request("GET", path, params=params)

    def _page(
        self, path: str, token: str, period: dict[str, str] | None = None
    ) -> Answer:
        params = dict(period or {})
        if token:
            params["pageToken"] = token
        return self._transport.request("GET", path, params=params or None)


def reporting_api(version: str, transport: Transport) -> Reporting:
    """The reporting of one version over a transport with that version's base.

    :param version: 'v2' (which also asks v1) or 'v3'
    :raises ValueError: for any other version
    """
    if version == "v2":
        return ReportingApi(transport)
    if version == "v3":
        return ReportingV3Api(transport)
    raise ValueError("reporting comes as v2 and v3")


def _segment(reference: str) -> str:
    """A reference as one part of a path; dots alone would lead elsewhere."""
    if not reference.strip("."):
        raise ValueError("this is no transfer reference")
    return quote(reference, safe="")


def _next(answer: Answer) -> str:
    """The token of the next page, '' on the last."""
    token = reading.read(answer.data, "nextPageToken")
    if token is not None and not isinstance(token, str):
        raise parts.bad(answer, "holds a page token that is no text")
    return reading.text(token, 10_000)


def _rows(answer: Answer, transfer: TransferSummary) -> Iterator[Transaction]:
    parts.check_transfer(answer, answer.data, transfer)
    yield from parts.transactions(answer, transfer)
