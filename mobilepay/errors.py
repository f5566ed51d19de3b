"""What can go wrong between us and MobilePay, by what the caller may do next.

Every error carries what MobilePay said (code, text) and the correlation id
under which MobilePay's support finds the call. No message ever holds a token,
a secret or a phone number.
"""

from enum import Enum


class Reason(str, Enum):
    """Why MobilePay refused something, in words that do not depend on the service."""

    #: The sales unit may not send to a phone by push.
    PUSH_NOT_ALLOWED = "push_not_allowed"
    #: The sales unit may not ask for longer than ten minutes.
    LONG_LIVING_NOT_ALLOWED = "long_living_not_allowed"
    #: The sales unit has to prove its bank account first.
    BANK_ACCOUNT_UNVERIFIED = "bank_account_unverified"
    #: The sales unit is of another country than the amount's currency.
    CURRENCY_NOT_ALLOWED = "currency_not_allowed"
    #: The sales unit may not use Express. We never do; said all the same.
    EXPRESS_NOT_ALLOWED = "express_not_allowed"
    #: The sales unit has to capture all or nothing.
    PARTIAL_CAPTURE_NOT_ALLOWED = "partial_capture_not_allowed"
    #: The sales unit is not set up for refunds.
    REFUND_NOT_ALLOWED = "refund_not_allowed"
    #: The sales unit is not set up for this, MobilePay does not say how.
    NOT_SET_UP = "not_set_up"

    #: No user, too young, or may not pay this merchant. Not: a wrong number.
    PAYER_NOT_FOUND = "payer_not_found"

    #: An idempotency key came with another body before: a fault of ours.
    KEY_REUSED = "key_reused"
    #: The reference is taken, maybe by this very request. Read it back.
    EXISTS = "exists"

    NOT_APPROVED_YET = "not_approved_yet"
    APPROVED_ALREADY = "approved_already"
    CAPTURED_ALREADY = "captured_already"
    REFUNDED_ALREADY = "refunded_already"
    CANCELED_ALREADY = "canceled_already"
    #: The time to capture, release or refund is over; what is left is gone by itself.
    TOO_LATE = "too_late"
    #: More than was authorized, or than can be refunded.
    TOO_MUCH = "too_much"
    #: It would end later than MobilePay, or this sales unit's own limit, allows.
    EXPIRY_TOO_FAR = "expiry_too_far"
    #: It would end in ten minutes or less.
    EXPIRY_TOO_NEAR = "expiry_too_near"
    #: The payment is in a state that does not allow this, MobilePay does not say which.
    WRONG_STATE = "wrong_state"

    #: Something else is just being done to the payment.
    BUSY = "busy"
    #: The payer's bank gave the money free early. It may come back, or never.
    FUNDS_GONE = "funds_gone"

    #: MobilePay has no payment of this reference, or not at this sales unit.
    UNKNOWN_REFERENCE = "unknown_reference"

    @property
    def passes(self) -> bool:
        """Whether the same call, with the same key, may do later."""
        return self in (Reason.BUSY, Reason.FUNDS_GONE)

    @property
    def is_limit(self) -> bool:
        """Whether it is about what the sales unit may do: the same next time."""
        return self in _LIMITS


_LIMITS = frozenset(
    {
        Reason.PUSH_NOT_ALLOWED,
        Reason.LONG_LIVING_NOT_ALLOWED,
        Reason.BANK_ACCOUNT_UNVERIFIED,
        Reason.CURRENCY_NOT_ALLOWED,
        Reason.EXPRESS_NOT_ALLOWED,
        Reason.PARTIAL_CAPTURE_NOT_ALLOWED,
        Reason.REFUND_NOT_ALLOWED,
        Reason.NOT_SET_UP,
    }
)


class MobilePayError(Exception):
    """Anything that went wrong in a conversation with MobilePay.

    :param message: what happened, in English, fit for a log
    :param code: MobilePay's ``error_code`` as text, '' where it gave none
    :param text: MobilePay's own words (``error_description``), '' if none
    :param correlation_id: the ``CorrelationId`` of the call, '' before any call
    """

    #: Whether it came as MobilePay's own error (section 4). Whatever else there is,
    #: a page or a gateway's words, proves nothing of what MobilePay has done.
    own: bool = False
    #: Why, where MobilePay gave a code that is known.
    reason: Reason | None = None

    def __init__(
        self, message: str, *, code: str = "", text: str = "", correlation_id: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.text = text
        self.correlation_id = correlation_id


class Rejected(MobilePayError):
    """The request was refused (400, 409 and other 4xx).

    Sending the same request again would be refused again, where MobilePay itself
    said so (``own``).
    """


class Unauthorized(MobilePayError):
    """The access token or the gateway credentials were not accepted (401, 403)."""


class ConsentLost(Unauthorized):
    """The merchant's consent is gone (``invalid_grant``): connect again."""


class ClientRefused(Unauthorized):
    """The client itself was refused where tokens are given, or one of its keys."""


class BadIdToken(MobilePayError):
    """An ID token failed a check; nothing it says may be believed."""


class NotFound(MobilePayError):
    """MobilePay does not know the thing asked for (404)."""


class Unavailable(MobilePayError):
    """MobilePay did not do it now (5xx, 408, 429, network); try again later.

    :param retry_after: seconds MobilePay asked us to wait, 0 where it did not
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        text: str = "",
        correlation_id: str = "",
        retry_after: float = 0,
    ) -> None:
        super().__init__(message, code=code, text=text, correlation_id=correlation_id)
        self.retry_after = retry_after


class Busy(Unavailable):
    """Not now, for this one request: the same call, with the same key, later."""


class RateLimited(Unavailable):
    """Too many calls in a time (429): nothing was done."""


class NotReady(Unavailable):
    """MobilePay is still preparing what was asked for (412); ask again later."""


class BadAnswer(Unavailable):
    """A question was answered with something that cannot be read; ask again later."""


class OutcomeUnknown(MobilePayError):
    """A write was sent and no usable answer came back: it may have been done."""


class BadDelivery(MobilePayError):
    """A delivery's body is not what MobilePay sends."""


class BadDocument(MobilePayError):
    """The discovery document or the key set of the provider cannot be used."""


class BadAddress(MobilePayError):
    """A configured URL is neither https nor http on a loopback address."""


class InvalidVat(MobilePayError, ValueError):
    """A VAT number is not eight digits, with or without the country before it."""
