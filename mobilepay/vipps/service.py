"""Vipps MobilePay's ePayment, webhooks and codes, as one service."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from types import TracebackType

from ..abilities import Abilities
from ..environments import MARKETS
from ..errors import NotFound, Unauthorized
from ..parts import PrintedCodes, Reservations, SingleCalls, Webhooks
from ..rules import Limits, Problem
from ..service import Service, TestPayer
from ..transport.together import ask_each, ask_together
from ..transport.transport import Transport
from ..types import (
    BadNews,
    Created,
    Funds,
    InvoiceDetails,
    InvoiceRequest,
    Issuer,
    Kind,
    Registration,
    Status,
    StatusNews,
    Webhook,
)
from . import codes, news, payload, references, registrations, rules, signature, states
from .payer import ApprovingPayer, payer_phone
from .payments import PaymentApi

Bearer = Callable[[bool], str]

ABILITIES = Abilities(
    # one call each, several at the same time (section 3)
    largest_batch=0,
    consents=False,
    # they come with the Recurring API
    agreements=False,
    # PUSH_MESSAGE; a sales unit without approval is refused with a reason
    direct_by_phone=True,
    # WEB_REDIRECT lives for ten minutes
    lasting_links=False,
    captures=True,
    # what is reserved is released whole, or what a capture leaves of it
    partial_cancel=False,
    refunds=True,
    idempotent_create=True,
    own_references=True,
    webhooks=True,
    printed_codes=True,
    # the Report API is still to come
    settlement=False,
    # approve, and nothing else (section 12)
    simulated_payers=False,
)


class VippsService:
    """ePayment of one sales unit.

    All that it is made of is asked for when it is needed, and not before: a delivery
    is told true or false without any of it.

    :param bearer: gives the access token; called with True it gives a fresh one,
        after the last was answered with 401
    :param connect: makes a transport with the bearer it gets, see :func:`.connect`
    :param merchant_serial_number: gives the sales unit's number
    :param country: of the sales unit: 'DK', 'FI' or 'NO'
    """

    abilities = ABILITIES

    def __init__(
        self,
        *,
        bearer: Bearer,
        connect: Callable[[Bearer], Transport],
        merchant_serial_number: Callable[[], str],
        country: str,
    ) -> None:
        self._bearer = bearer
        self._connect = connect
        self._merchant_serial_number = merchant_serial_number
        self._country = country
        self._opened = ExitStack()

    def __enter__(self) -> VippsService:
        """See :class:`.Service`, as for all that follow."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the connections back."""
        self._opened.close()

    # connected at the first call: much is done without one

    @cached_property
    def _transport(self) -> Transport:
        return self._opened.enter_context(self._connect(self._bearer))

    @cached_property
    def _payments(self) -> PaymentApi:
        return PaymentApi(self._transport)

    @property
    def _currency(self) -> str:
        return MARKETS[self._country].currency

    # ------------------------------------------------------------- the merchant

    def merchant(self) -> str:
        """The sales unit's number, once its four keys were taken together.

        No API tells it; the list of webhooks is the smallest thing that needs all.
        """
        registrations.list_webhooks(self._transport)
        return self._merchant_serial_number()

    def issuers(self) -> list[Issuer]:
        """The sales unit itself: its keys are good for no other."""
        number = self.merchant()
        return [Issuer(id=number, name=number, status="enabled")]

    def is_reached(self) -> bool:
        """Whether the list of webhooks can be had: else the address is wrong."""
        try:
            registrations.list_webhooks(self._transport)
        except NotFound:
            return False
        return True

    # ---------------------------------------------------------- before anything

    def default_limits(self, country: str) -> Limits:
        """Sections 3 and 11."""
        return rules.default_limits(country)

    def check(
        self,
        request: InvoiceRequest,
        *,
        today: date,
        limits: Limits,
        country: str,
        whole: bool = True,
    ) -> list[Problem]:
        """Section 3; see :func:`.vipps.rules.check`."""
        return rules.check(
            request, today=today, limits=limits, country=country, whole=whole
        )

    def make_reference(
        self, invoice_number: str, *, unique: str, attempt: int = 0
    ) -> str:
        """Section 3: it can never be used again, so it is told from all others."""
        return references.make_reference(invoice_number, unique=unique, attempt=attempt)

    # ----------------------------------------------------------------- requests

    def encode(self, request: InvoiceRequest) -> str:
        """Sections 3 and 4."""
        return payload.encode(request, self._currency)

    def create(self, kind: Kind, payload: str, *, idempotency_key: str = "") -> Created:
        """Section 3; a repeated call is answered as the first one was."""
        return self._payments.create(kind, payload, idempotency_key)

    def create_each(
        self,
        kind: Kind,
        requests: Sequence[tuple[str, str]],
        *,
        at_once: int,
        seconds: float,
    ) -> Iterator[tuple[str, Created | Exception]]:
        """Section 7: the limit of five calls a minute is one of each reference."""
        waiting = {key: text for text, key in requests}
        if len(waiting) < len(requests):
            raise ValueError("each request has a key of its own")
        return self._create_in_rounds(kind, waiting, at_once, seconds)

    def _create_in_rounds(
        self, kind: Kind, waiting: dict[str, str], at_once: int, seconds: float
    ) -> Iterator[tuple[str, Created | Exception]]:
        """A second round, with a fresh token, for what a refused one left over."""
        end = time.monotonic() + seconds
        # without a request, no token is read
        for renew in (False, True) if waiting else ():
            left, refused = end - time.monotonic(), False
            some = self._create_some(kind, waiting, at_once, left, renew)
            with closing(some) as outcomes:
                for key, outcome in outcomes:
                    refused = refused or isinstance(outcome, Unauthorized)
                    if renew or not isinstance(outcome, Unauthorized):
                        waiting.pop(key)
                        yield key, outcome
            if not refused:
                return

    def _create_some(
        self,
        kind: Kind,
        waiting: Mapping[str, str],
        at_once: int,
        seconds: float,
        renew: bool,
    ) -> Generator[tuple[str, Created | Exception], None, None]:
        """One round, with one token."""
        token = self._bearer(renew)
        with ExitStack() as opened:
            apis = [
                PaymentApi(opened.enter_context(self._connect(lambda _renew: token)))
                for _number in range(min(at_once, len(waiting)))
            ]
            askers = [
                lambda key, api=api: api.create(kind, waiting[key], key) for api in apis
            ]
            yield from ask_each(askers, list(waiting), seconds)

    def cancel(self, invoice_id: str, *, idempotency_key: str = "") -> None:
        """Section 6: all that is not captured, approved or not."""
        self._payments.release(invoice_id, False, idempotency_key)

    def status(self, invoice_id: str) -> Status:
        """Section 5."""
        return self._payments.status(invoice_id)

    def details(self, invoice_id: str) -> InvoiceDetails:
        """Section 5; of a captured payment, its events are asked for as well."""
        return self._payments.details(invoice_id)

    def details_of(
        self,
        invoice_ids: Sequence[str],
        *,
        at_once: int,
        seconds: float,
        renew: bool = False,
    ) -> Mapping[str, InvoiceDetails | Exception]:
        """Each thread has a transport of its own, and all have the same token."""
        token = self._bearer(renew)
        with ExitStack() as opened:
            askers = [
                PaymentApi(
                    opened.enter_context(self._connect(lambda _renew: token))
                ).details
                for _number in range(min(at_once, len(invoice_ids)))
            ]
            return ask_together(askers, invoice_ids, seconds)

    # ------------------------------------------------------------- reservations

    def events(self, reference: str) -> list[StatusNews]:
        """Section 5."""
        return self._payments.events(reference)

    def capture(
        self, reference: str, amount: Decimal, currency: str, *, idempotency_key: str
    ) -> Funds:
        """Section 6."""
        return self._payments.capture(reference, amount, currency, idempotency_key)

    def release(
        self, reference: str, *, only_unapproved: bool = False, idempotency_key: str
    ) -> Funds:
        """Section 6: ``cancelTransactionOnly`` where nothing approved is released."""
        return self._payments.release(reference, only_unapproved, idempotency_key)

    def refund(
        self, reference: str, amount: Decimal, currency: str, *, idempotency_key: str
    ) -> Funds:
        """Section 6."""
        return self._payments.refund(reference, amount, currency, idempotency_key)

    # --------------------------------------------------------------------- news

    def event_names(self) -> tuple[str, ...]:
        """Section 8: all of ePayment's."""
        return states.event_names()

    def webhooks(self) -> list[Webhook]:
        """Section 8."""
        return registrations.list_webhooks(self._transport)

    def register_webhook(self, url: str, events: Sequence[str]) -> Registration:
        """Section 8."""
        return registrations.register(self._transport, url, events)

    def delete_webhook(self, webhook_id: str) -> None:
        """Section 8."""
        registrations.delete(self._transport, webhook_id)

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
        """Section 8."""
        return signature.is_signed(
            headers, body, url=url, secrets=secrets, now=now, window=window
        )

    def parse(self, body: bytes) -> list[StatusNews | BadNews]:
        """Section 8: one event a delivery."""
        return news.parse(body)

    # --------------------------------------------------------------------- paper

    def make_code(self, name: str, url: str, *, size: int = 1024) -> bytes:
        """Section 13."""
        return codes.make_code(self._transport, name, url, size=size)

    # ----------------------------------------------------------- the test system

    def payer_id(self, text: str) -> str:
        """Section 12: a phone number."""
        return payer_phone(text, self._country)

    def payer(self, user: str, card: str = "") -> TestPayer:
        """Section 12; which card is up to the payer's app."""
        return ApprovingPayer(self._transport, user)


#: That it is one with these parts, for the type checker.
_SERVICE: type[Service] = VippsService
_SINGLE_CALLS: type[SingleCalls] = VippsService
_RESERVATIONS: type[Reservations] = VippsService
_WEBHOOKS: type[Webhooks] = VippsService
_CODES: type[PrintedCodes] = VippsService
