"""What models speak to: one service of MobilePay's, whichever it is.

Models get a :class:`Service` from ``connection._service()`` and speak to it in the
values of :mod:`.types`. By what services differ, they ask its :class:`Abilities`;
no model asks which service it is.

Each method says when it is called, what may have happened before, and what must not
happen in it. For all of them:

* An error is one of :mod:`.errors`; its class says what the caller may do next.
* A method that asks (``details``, ``status``, ``transfers``, …) changes nothing at
  MobilePay. It may be called again at any time, also after a crash.
* A method that changes something is called after a row that says so was committed.
  It never sends twice by itself: a lost answer is :class:`.OutcomeUnknown`, and the
  caller finds out what happened.
* Nothing here reads or writes a database. What a service has to remember, its caller
  keeps.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import Protocol

from .types import (
    BadNews,
    BatchResult,
    Consent,
    Created,
    InvoiceDetails,
    InvoiceRequest,
    Issuer,
    Kind,
    PaymentPoint,
    Status,
    StatusNews,
    Transaction,
    TransferSummary,
)


@dataclass(frozen=True)
class Abilities:
    """By what services differ. Each value is the same for all of a service's users.

    :param largest_batch: requests in one call of ``create_batch``
    :param consents: a payer may be asked for consent; later requests then reach the
        payer's app directly, and the payer accepts each of them
    :param agreements: a payer may enter into an agreement; later requests are then
        charged by themselves on their day
    :param direct_by_phone: a phone number is enough to reach a payer's app
    :param lasting_links: the address of a link works as long as the request does;
        without it, each press of a payer makes a payment of a few minutes
    :param captures: money that a payer has accepted is only reserved, and is ours
        after we have captured it
    :param partial_cancel: a part of a request can be taken back
    :param refunds: money can be paid back by a call; without it, a person pays it
        back in MobilePay's portal
    :param idempotent_create: a create call that is sent again answers as it did at
        first; without it, it is refused as a double
    """

    largest_batch: int
    consents: bool
    agreements: bool
    direct_by_phone: bool
    lasting_links: bool
    captures: bool
    partial_cancel: bool
    refunds: bool
    idempotent_create: bool


class TestPayer(Protocol):
    """One payer of MobilePay's test system. There is none in production."""

    def accept(self, invoice_id: str, day: date) -> str:
        """Pay a request, today or on a later day.

        Called by the go-live check once a request is ``created``. A step that was
        interrupted may have done it before: the caller asks for the status first.

        :return: MobilePay's word for the status, '' if it gave none
        :raises Rejected: the request is over, or the payment failed
        """

    def reject(self, invoice_id: str) -> None:
        """Turn a request down. Called as ``accept`` is."""

    def answer_consent(self, consent_id: str, granted: bool) -> None:
        """Say yes or no to direct requests. Called after the payer was asked."""

    def withdraw_consent(self, consent_id: str) -> None:
        """Take a consent back. Called at the end of a check.

        :raises NotFound: it was withdrawn before
        """


class Service(Protocol):
    """One service of MobilePay's, spoken to as one merchant.

    Use it as a context manager: it connects at its first call, and the end of the
    ``with`` block gives its connections back. It is made for one thread.
    """

    @property
    def abilities(self) -> Abilities:
        """By what this service differs from others. Asks nobody."""

    def __enter__(self) -> "Service":
        """Begin to use it. Nothing is read or sent yet."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the connections back."""

    # ------------------------------------------------------------- the merchant

    def merchant(self) -> str:
        """MobilePay's id of the merchant who gave us access.

        Called while a connection is made, and when a person tests it.
        """

    def issuers(self) -> list[Issuer]:
        """In whose name the merchant can send, enabled or not.

        Called while a connection is made, and when a person refreshes the list. An
        answer without a list is an error: it must not be taken for an empty one,
        which would disable every issuer.
        """

    def is_reached(self) -> bool:
        """Whether MobilePay is at this address and knows the merchant.

        Called after a :class:`.NotFound`, to tell a request that is unknown there
        from an address that is wrong.
        """

    # ----------------------------------------------------------------- requests

    def encode(self, request: InvoiceRequest) -> str:
        """The exact text that ``create`` sends for a request. Asks nobody.

        Called once, when the row of a request is made; the text is stored with it.
        Equal requests must give equal texts, or a double could not be recognised.
        """

    def create(self, kind: Kind, payload: str) -> Created:
        """Create one request from a text of ``encode``.

        Called after its row was committed as ``sending``, or as ``unconfirmed``
        where an earlier call was lost: the same text may have been taken before.

        :raises Rejected: MobilePay itself refused it, or has it already
        :raises OutcomeUnknown: it may exist
        """

    def create_batch(self, kind: Kind, payloads: Sequence[str]) -> BatchResult:
        """Create many requests by one call; answers are paired by invoice number.

        Called after the rows were committed as ``sending``. Of a line that the
        result does not name, the outcome is unknown. A line that was accepted may
        still be refused later, by news.

        :raises ValueError: for more than ``abilities.largest_batch``
        :raises Rejected: the whole was refused, nothing was created
        :raises OutcomeUnknown: any of the lines may exist
        """

    def cancel(self, invoice_id: str) -> None:
        """Take a request back.

        Called after the wish was committed, and again until it is settled. An
        earlier call may have done it; the payer may have paid meanwhile.

        :raises Rejected: it is paid, rejected or over; the status says which
        :raises NotFound: MobilePay does not know it
        """

    def status(self, invoice_id: str) -> Status:
        """The status of a request.

        Called by polls, before a payer of the test system acts, and after a refused
        ``cancel``. It is news as any other: only the event processor applies it.

        :raises NotFound: a line of a batch is not known until it is validated
        """

    def details(self, invoice_id: str) -> InvoiceDetails:
        """What MobilePay says of a request: the proof that it is paid.

        Called before money is booked, and for news of a request that is not known
        here. Must be about the request that was asked for, else it is an error.
        """

    def details_of(
        self,
        invoice_ids: Sequence[str],
        *,
        at_once: int,
        seconds: float,
        renew: bool = False,
    ) -> Mapping[str, InvoiceDetails | Exception]:
        """``details`` of many requests, several asked at the same time.

        Called when many payments wait to be confirmed. One access token is read in
        the caller's thread before the first question; the other threads must not
        reach the caller's database. A request is missing in the result where time
        was up, or where another one was refused for its token before it was asked.

        :param at_once: how many questions at the same time
        :param seconds: no question begins later than this
        :param renew: with a fresh token, since the last one was refused
        """

    # ----------------------------------------------------------------- consents

    def ask_consent(self, invoice_id: str) -> Consent:
        """Have the payer of a link asked for consent.

        Called once for a link, after that was committed; a question that may have
        been put before is not put again. Needs ``abilities.consents``.
        """

    def consents(self, issuer_id: str) -> Iterator[Consent]:
        """All granted consents to an issuer.

        Called by a scheduled action. A list that is not whole must end in an error:
        a consent that is missing counts as withdrawn.
        """

    def consent(self, consent_id: str) -> Consent:
        """One consent. Called by the go-live check."""

    # --------------------------------------------------------------------- news

    def register_callback(self, url: str, secret: str, username: str = "") -> None:
        """Have news sent to ``url``, proved by ``secret``.

        Called while a connection is made, and when the secret is renewed; ``secret``
        was committed before, because MobilePay may use it from this moment on. No
        error may repeat the secret or the address.

        :param username: with it, MobilePay uses Basic authentication
        """

    def is_authentic(
        self,
        authorization: str | None,
        *,
        method: str,
        secrets: Sequence[str],
        username: str = "",
    ) -> bool:
        """Whether MobilePay sent a delivery. Asks nobody.

        Called for each delivery before anything of it is read, also for an address
        that nobody listens at. It must not raise, and the time it takes must not
        depend on the secrets.

        :param method: what was registered, 'apikey' or 'basic'
        :param secrets: all that MobilePay may use at the moment; '' for none
        """

    def parse(self, body: bytes) -> list[StatusNews | BadNews]:
        """What a delivery says, in its order. Asks nobody.

        Called after ``is_authentic``, and again for stored elements that an earlier
        version could not read. One bad element must not cost the others: it becomes
        a :class:`.BadNews`.

        :raises BadDelivery: the whole cannot be read
        """

    # --------------------------------------------------------------- settlement

    def payment_points(self) -> list[PaymentPoint]:
        """Where the merchant is paid.

        Called after ``transfers`` knew nothing, to tell an unknown issuer from a
        wrong address, and by the go-live check.
        """

    def transfers(
        self, payment_point_id: str, first: date, last: date
    ) -> list[TransferSummary]:
        """The payouts of these days, the first and the last included.

        Called by a scheduled action for days that overlap the last ones it asked
        for: it sees most payouts several times. Nothing may be left out silently.
        """

    def transactions(
        self, payment_point_id: str, transfer: TransferSummary
    ) -> list[Transaction]:
        """All that adds up to one payout, without the payout itself.

        Called until the sum is the payout's total; only then it is entered.

        :raises NotReady: MobilePay is still preparing it
        """

    def movements(
        self, payment_point_id: str, first: datetime, last: datetime
    ) -> list[Transaction]:
        """All that happened in a time, paid out or not, without the payouts.

        Called to hear of payments that no news told of.
        """

    # ----------------------------------------------------------- the test system

    def payer_id(self, text: str) -> str:
        """The id of a test payer, or of its card, as this service takes it.

        Called when a person typed it. Asks nobody.

        :raises ValueError: it is none
        """

    def payer(self, user: str, card: str = "") -> TestPayer:
        """A payer of the test system, known by its id. Asks nobody yet.

        Called by the go-live check, never for a connection to production.

        :param card: '' to let MobilePay choose
        :raises ValueError: one of them is no id
        """
