"""What models speak to: one service of MobilePay's, whichever it is.

Models get a :class:`Service` from ``connection._service()`` and speak to it in the
values of :mod:`.types`. By what services differ, they ask its :class:`.Abilities`;
no model asks which service it is. What only some services do stands in
:mod:`.parts`, one protocol for each ability.

Each method says when it is called, what may have happened before, and what must not
happen in it. For all of them, those of the parts included:

* An error is one of :mod:`.errors`; its class says what the caller may do next, and
  its ``reason`` why, where that is known.
* A method that asks (``details``, ``status``, ``transfers``, …) changes nothing at
  MobilePay. It may be called again at any time, also after a crash.
* A method that changes something is called after a row that says so was committed,
  with its idempotency key where the service has such keys: at most 50 characters,
  one for each effect that is wanted. It never sends twice by itself: a lost answer
  is :class:`.OutcomeUnknown`, and the caller finds out what happened. With a key,
  the same call may be made again to find out.
* Nothing here reads or writes a database. What a service has to remember, its caller
  keeps.
* Amounts are in major units of the merchant's currency (kroner, euros), moments
  aware and in UTC, days those of the merchant's country.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import Protocol

from .abilities import Abilities
from .rules import Limits, Problem
from .types import (
    BadNews,
    Created,
    InvoiceDetails,
    InvoiceRequest,
    Issuer,
    Kind,
    Status,
    StatusNews,
)


class TestPayer(Protocol):
    """One payer of MobilePay's test system. There is none in production."""

    def accept(self, invoice_id: str, day: date) -> str:
        """Pay a request, today or on a later day where the service knows such days.

        Called by the go-live check once a request is ``created``. A step that was
        interrupted may have done it before: the caller asks for the status first.

        :return: MobilePay's word for the status, '' if it gave none
        :raises Rejected: the request is over, or the payment failed
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

        Called while a connection is made, and when a person tests it. MobilePay is
        asked, so it proves that the credentials are good.
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

    # ---------------------------------------------------------- before anything

    def default_limits(self, country: str) -> Limits:
        """How much and how far, as MobilePay has published it. Asks nobody.

        Called when a connection is made; an administrator may change them.

        :param country: the merchant's
        """

    def check(
        self,
        request: InvoiceRequest,
        *,
        today: date,
        limits: Limits,
        country: str,
        whole: bool = True,
    ) -> list[Problem]:
        """Everything about a request that MobilePay is known to refuse.

        Called before a row is made, and for previews. Asks nobody.

        :param today: the date in the merchant's country
        :param country: the merchant's
        :param whole: False for a preview, whose articles are still to be made
        """

    def make_reference(
        self, invoice_number: str, *, unique: str, attempt: int = 0
    ) -> str:
        """The reference of a request, from which a person knows the invoice.

        Called once, when the row of a request, or of an attempt to pay it, is made.
        Asks nobody.

        :param unique: what no other request of the merchant ever had, 4 to 24
            letters and digits of ASCII; not used where references may repeat
        :param attempt: of a payer to pay a link, from 1; 0 for the request itself
        :raises ValueError: for another ``unique`` or ``attempt``
        """

    # ----------------------------------------------------------------- requests

    def encode(self, request: InvoiceRequest) -> str:
        """The exact text that ``create`` sends for a request. Asks nobody.

        Called once, when the row of a request (without lasting links: of an attempt)
        is made; the text is stored with it. Equal requests must give equal texts, or
        a double could not be recognised.

        :raises ValueError: for a request that no text can be made of; ``check``
            would have told
        """

    def create(self, kind: Kind, payload: str, *, idempotency_key: str = "") -> Created:
        """Create one request, or attempt, from a text of ``encode``.

        Called after its row was committed as ``sending``, or as ``unconfirmed``
        where an earlier call was lost: the same text may have been taken before.

        :raises Rejected: MobilePay itself refused it, or has it already
        :raises Unavailable: nothing was done; ``Busy``: for this one request only
        :raises OutcomeUnknown: it may exist
        """

    def cancel(self, invoice_id: str, *, idempotency_key: str = "") -> None:
        """Take back what is not paid of a request; what is reserved is released.

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

    # --------------------------------------------------------------------- news

    def parse(self, body: bytes) -> list[StatusNews | BadNews]:
        """What a delivery says, in its order. Asks nobody.

        Called after it was found authentic, and again for stored elements that an
        earlier version could not read. One bad element must not cost the others: it
        becomes a :class:`.BadNews`.

        :raises BadDelivery: the whole cannot be read
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
