"""What only some services do, one protocol for each ability.

A service that has the ability has the methods, for the same merchant and by the same
rules as in :mod:`.service`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from .service import TestPayer
from .types import (
    BatchResult,
    Consent,
    Created,
    Funds,
    Kind,
    PaymentPoint,
    Registration,
    StatusNews,
    Transaction,
    TransferSummary,
    Webhook,
)


class Batches(Protocol):
    """Many requests by one call: ``abilities.largest_batch``."""

    def create_batch(self, kind: Kind, payloads: Sequence[str]) -> BatchResult:
        """Create many requests by one call; answers are paired by invoice number.

        Called after the rows were committed as ``sending``. Of a line that the
        result does not name, the outcome is unknown. A line that was accepted may
        still be refused later, by news.

        :raises ValueError: for more than ``abilities.largest_batch``
        :raises Rejected: the whole was refused, nothing was created
        :raises OutcomeUnknown: any of the lines may exist
        """


class SingleCalls(Protocol):
    """Many requests by a call each, several at the same time."""

    def create_each(
        self,
        kind: Kind,
        requests: Sequence[tuple[str, str]],
        *,
        at_once: int,
        seconds: float,
    ) -> Iterator[tuple[str, Created | Exception]]:
        """``create`` each of these, and say what became of each as it comes.

        Called after all their rows were committed as ``sending``; the caller keeps
        each outcome at once, in its own thread, while the other calls go on. The
        access token is read there, too. A refused token is renewed once. Where
        MobilePay asks to wait, all wait and go on, as long as there is time.

        A request that the iterator does not name was not sent: time was up, or the
        token refused. A caller that stops early leaves no call running behind it,
        but does not hear of those under way: their outcome is unknown.

        :param requests: text of ``encode`` and idempotency key of each
        :param at_once: how many calls at the same time
        :param seconds: no call begins later than this
        :return: idempotency key, and what ``create`` returned or raised
        """


class Consents(Protocol):
    """Payers who agree to direct requests: ``abilities.consents``."""

    def ask_consent(self, invoice_id: str) -> Consent:
        """Have the payer of a link asked for consent.

        Called once for a link, after that was committed; a question that may have
        been put before is not put again.
        """

    def consents(self, issuer_id: str) -> Iterator[Consent]:
        """All granted consents to an issuer.

        Called by a scheduled action. A list that is not whole must end in an error:
        a consent that is missing counts as withdrawn.
        """

    def consent(self, consent_id: str) -> Consent:
        """One consent. Called by the go-live check."""


class Callbacks(Protocol):
    """News with a secret that we chose: without ``abilities.webhooks``."""

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


class Webhooks(Protocol):
    """News that MobilePay signs with a secret of its own: ``abilities.webhooks``."""

    def event_names(self) -> tuple[str, ...]:
        """All events that can be registered and that ``parse`` reads.

        Called before ``register_webhook``, and to see whether a registration is
        whole. Asks nobody.
        """

    def webhooks(self) -> list[Webhook]:
        """All registrations of the merchant's sales unit, other systems' included.

        Called by the daily check. An answer without a list is an error.
        """

    def register_webhook(self, url: str, events: Sequence[str]) -> Registration:
        """Have events sent to ``url``; MobilePay gives the secret, and only once.

        Called while a connection is made, by the daily check where ours is gone, and
        when the secret is renewed. Nothing keeps MobilePay from registering the same
        address twice: after :class:`.OutcomeUnknown`, what is found under our
        address has a secret nobody knows, and is deleted. No error repeats ``url``.

        :raises BadAddress: ``url`` is neither https nor loopback
        """

    def delete_webhook(self, webhook_id: str) -> None:
        """End a registration. Called after a new one took its place, or for a stray.

        One that is gone already is no error.
        """

    def is_signed(
        self,
        headers: Mapping[str, str],
        body: bytes,
        *,
        url: str,
        secrets: Sequence[str],
        now: datetime,
        window: timedelta | None = None,
    ) -> bool:
        """Whether MobilePay sent a delivery. Asks nobody.

        Called for each delivery before anything of it is read, also for an address
        that nobody listens at. It must not raise, says no in doubt, and the time it
        takes must not depend on the secrets.

        :param headers: as they came, names in any case
        :param body: the bytes as they came
        :param url: the address as it was registered
        :param secrets: all that MobilePay may use at the moment; '' for none
        :param now: the present moment
        :param window: how far the delivery's own date may be from ``now``; None for
            any distance. MobilePay has published none, and repeats for a week.
        """


class Reservations(Protocol):
    """Money that is reserved first and moved by us: ``abilities.captures``."""

    def events(self, reference: str) -> list[StatusNews]:
        """All that happened to a payment, in MobilePay's order.

        Called before captured money is booked: each capture has a transaction of
        its own, which the settlement names.
        """

    def capture(
        self, reference: str, amount: Decimal, currency: str, *, idempotency_key: str
    ) -> Funds:
        """Take reserved money, all or a part of it.

        Called after key and amount were committed, and never before the payer has
        accepted: a refusal spends the key. What is returned counts, not that it
        returned.

        :raises Busy: later, with the same key; FUNDS_GONE: maybe never
        :raises Rejected: its ``reason`` says why; the key is spent
        :raises OutcomeUnknown: again with the same key and amount
        """

    def release(
        self, reference: str, *, only_unapproved: bool = False, idempotency_key: str
    ) -> Funds:
        """Take a payment back, or give all back that is reserved and not captured.

        Called after the wish was committed.

        :param only_unapproved: nothing is released where the payer has accepted
        :raises Busy: the payer is just accepting; later, with the same key
        :raises Rejected: APPROVED_ALREADY with ``only_unapproved``,
            CAPTURED_ALREADY, TOO_LATE
        """

    def refund(
        self, reference: str, amount: Decimal, currency: str, *, idempotency_key: str
    ) -> Funds:
        """Pay captured money back, all or a part of it. Called as ``capture`` is.

        Needs ``abilities.refunds``.
        """


class PrintedCodes(Protocol):
    """Codes on paper for MobilePay's app: ``abilities.printed_codes``."""

    def make_code(self, name: str, url: str, *, size: int = 1024) -> bytes:
        """A PNG that leads to ``url``, for as long as it is printed somewhere.

        Called once for an address; the image is kept. Called again with the same
        name, it leads the same code to ``url``.

        :param name: 1 to 128 letters, digits, ``-`` and ``_`` of ASCII
        :param url: https, of letters, digits and ``#!:.?+=&%@-/_``
        :param size: of an edge in pixels, 100 to 2000
        :raises ValueError: for another name, url or size
        """


class Settlement(Protocol):
    """Payouts and what they consist of: ``abilities.settlement``."""

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


class SimulatedPayer(TestPayer, Protocol):
    """A test payer who does all that a payer can: ``abilities.simulated_payers``."""

    def reject(self, invoice_id: str) -> None:
        """Turn a request down. Called as ``accept`` is."""

    def answer_consent(self, consent_id: str, granted: bool) -> None:
        """Say yes or no to direct requests. Called after the payer was asked."""

    def withdraw_consent(self, consent_id: str) -> None:
        """Take a consent back. Called at the end of a check.

        :raises NotFound: it was withdrawn before
        """
