"""MobilePay's Invoice API with its reporting and user simulation, as one service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from functools import cached_property
from types import TracebackType

from .. import references, rules
from ..abilities import Abilities
from ..parts import Batches, Callbacks, Consents, Settlement, SimulatedPayer
from ..rules import DEFAULT_LIMITS, Limits, Problem
from ..service import Service
from ..transport.together import ask_together
from ..transport.transport import Transport
from ..types import (
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
from . import callbacks, payload
from .invoices import LARGEST_BATCH, InvoiceApi
from .reporting import Reporting, reporting_api
from .simulation import PayerApi, user_id

Bearer = Callable[[bool], str]

ABILITIES = Abilities(
    largest_batch=LARGEST_BATCH,
    # a payer of a link can be asked for consent (section 7)
    consents=True,
    # the payer accepts each invoice; nothing is charged by itself
    agreements=False,
    # InvoiceDirect (section 4)
    direct_by_phone=True,
    # MobilePay's own page, as long as the invoice can be paid (section 4)
    lasting_links=True,
    # status `paid` is paid
    captures=False,
    # an invoice is cancelled whole (section 5)
    partial_cancel=False,
    # in MobilePay's portal only
    refunds=False,
    # 10104 and 10301: a double is refused (section 4)
    idempotent_create=False,
    # MobilePay gives a GUID
    own_references=False,
    # callbacks prove themselves by what we registered (section 6)
    webhooks=False,
    printed_codes=False,
    # Transaction Reporting (section 9)
    settlement=True,
    # the user simulation (section 8)
    simulated_payers=True,
)


class ClassicService:
    """The Invoice API and Transaction Reporting of one merchant.

    All that it is made of is asked for when it is needed, and not before: a delivery
    is told true or false without any of it.

    :param bearer: gives the access token; called with True it gives a fresh one,
        after the last was answered with 401
    :param merchant_id: gives MobilePay's GUID, '' to have MobilePay asked for it
    :param invoices: makes a transport to the Invoice API, with the bearer it gets
    :param reporting: gives the version of reporting ('v2', 'v3') and a transport to it
    """

    abilities = ABILITIES

    def __init__(
        self,
        *,
        bearer: Bearer,
        merchant_id: Callable[[], str],
        invoices: Callable[[Bearer], Transport],
        reporting: Callable[[], tuple[str, Transport]],
    ) -> None:
        self._bearer = bearer
        self._merchant_id = merchant_id
        self._connect = invoices
        self._connect_reporting = reporting
        self._opened = ExitStack()

    def __enter__(self) -> ClassicService:
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
    def _invoices(self) -> InvoiceApi:
        return InvoiceApi(self._transport, self._merchant_id())

    @cached_property
    def _reporting(self) -> Reporting:
        version, transport = self._connect_reporting()
        return reporting_api(version, self._opened.enter_context(transport))

    # ------------------------------------------------------------- the merchant

    def merchant(self) -> str:
        """Section 3."""
        return self._invoices.merchant()

    def issuers(self) -> list[Issuer]:
        """Section 3."""
        return self._invoices.issuers()

    def is_reached(self) -> bool:
        """Asked once: without any issuer nobody could have made an invoice."""
        return self._invoices.is_reached()

    # ---------------------------------------------------------- before anything

    def default_limits(self, country: str) -> Limits:
        """Section 4."""
        return DEFAULT_LIMITS[country]

    def check(
        self,
        request: InvoiceRequest,
        *,
        today: date,
        limits: Limits,
        country: str,
        whole: bool = True,
    ) -> list[Problem]:
        """Section 4; see :func:`.rules.check`."""
        return rules.check(
            request, today=today, limits=limits, country=country, whole=whole
        )

    def make_reference(
        self, invoice_number: str, *, unique: str, attempt: int = 0
    ) -> str:
        """Section 4: the invoice number, as a bank shows it; links have no attempts."""
        return references.bank_text(references.clean(invoice_number))

    # ----------------------------------------------------------------- requests

    def encode(self, request: InvoiceRequest) -> str:
        """Section 4."""
        return payload.encode(request)

    def create(self, kind: Kind, payload: str, *, idempotency_key: str = "") -> Created:
        """Section 4; 10104 and 10301 say that it exists. There are no keys."""
        return self._invoices.create(kind, payload)

    def create_batch(self, kind: Kind, payloads: Sequence[str]) -> BatchResult:
        """Section 4."""
        return self._invoices.create_batch(kind, payloads)

    def cancel(self, invoice_id: str, *, idempotency_key: str = "") -> None:
        """Section 5; the code 10504 says that it is paid. There are no keys."""
        self._invoices.cancel(invoice_id)

    def status(self, invoice_id: str) -> Status:
        """Section 5."""
        return self._invoices.status(invoice_id)

    def details(self, invoice_id: str) -> InvoiceDetails:
        """Section 5."""
        return self._invoices.details(invoice_id)

    def details_of(
        self,
        invoice_ids: Sequence[str],
        *,
        at_once: int,
        seconds: float,
        renew: bool = False,
    ) -> Mapping[str, InvoiceDetails | Exception]:
        """Each thread has a transport of its own, and all have the same token."""
        token, merchant_id = self._bearer(renew), self._merchant_id()
        with ExitStack() as opened:
            askers = [
                InvoiceApi(
                    opened.enter_context(self._connect(lambda _renew: token)),
                    merchant_id,
                ).details
                for _number in range(min(at_once, len(invoice_ids)))
            ]
            return ask_together(askers, invoice_ids, seconds)

    # ----------------------------------------------------------------- consents

    def ask_consent(self, invoice_id: str) -> Consent:
        """Section 7."""
        return self._invoices.ask_consent(invoice_id)

    def consents(self, issuer_id: str) -> Iterator[Consent]:
        """Section 7."""
        return self._invoices.consents(issuer_id)

    def consent(self, consent_id: str) -> Consent:
        """Section 7."""
        return self._invoices.consent(consent_id)

    # --------------------------------------------------------------------- news

    def register_callback(self, url: str, secret: str, username: str = "") -> None:
        """Section 6: as a bare API key, or as the password of ``username``."""
        if username:
            self._invoices.register_basic(url, username, secret)
        else:
            self._invoices.register_api_key(url, secret)

    def is_authentic(
        self,
        authorization: str | None,
        *,
        method: str,
        secrets: Sequence[str],
        username: str = "",
    ) -> bool:
        """Section 6."""
        return callbacks.authentic(
            authorization, method=method, secrets=secrets, username=username
        )

    def parse(self, body: bytes) -> list[StatusNews | BadNews]:
        """Section 6."""
        return callbacks.parse(body)

    # --------------------------------------------------------------- settlement

    def payment_points(self) -> list[PaymentPoint]:
        """Section 9."""
        return self._reporting.payment_points()

    def transfers(
        self, payment_point_id: str, first: date, last: date
    ) -> list[TransferSummary]:
        """Section 9."""
        return self._reporting.transfers(payment_point_id, first, last)

    def transactions(
        self, payment_point_id: str, transfer: TransferSummary
    ) -> list[Transaction]:
        """Section 9."""
        return self._reporting.transactions(payment_point_id, transfer)

    def movements(
        self, payment_point_id: str, first: datetime, last: datetime
    ) -> list[Transaction]:
        """Section 9."""
        return self._reporting.movements(payment_point_id, first, last)

    # ----------------------------------------------------------- the test system

    def payer_id(self, text: str) -> str:
        """Section 8: a GUID."""
        return user_id(text)

    def payer(self, user: str, card: str = "") -> SimulatedPayer:
        """Section 8."""
        return PayerApi(self._transport, user, card)


#: That it is one with these parts, for the type checker.
_SERVICE: type[Service] = ClassicService
_BATCHES: type[Batches] = ClassicService
_CONSENTS: type[Consents] = ClassicService
_CALLBACKS: type[Callbacks] = ClassicService
_SETTLEMENT: type[Settlement] = ClassicService
