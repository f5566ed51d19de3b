"""What can go wrong between us and MobilePay, by what the caller may do next.

Every error carries what MobilePay said (code, text) and the correlation id
under which MobilePay's support finds the call. No message ever holds a token,
a secret or a phone number.
"""


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
    """The OpenID client itself was refused (``invalid_client`` and the like)."""


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


class NotReady(Unavailable):
    """MobilePay is still preparing what was asked for (412); ask again later."""


class BadAnswer(Unavailable):
    """A question was answered with something that cannot be read; ask again later."""


class OutcomeUnknown(MobilePayError):
    """A write was sent and no usable answer came back: it may have been done."""


class BadDelivery(MobilePayError):
    """A callback's body is not a JSON array of status elements."""


class BadDocument(MobilePayError):
    """The discovery document or the key set of the provider cannot be used."""


class BadAddress(MobilePayError):
    """A configured URL is neither https nor http on a loopback address."""


class InvalidVat(MobilePayError, ValueError):
    """A VAT number is not eight digits, with or without the country before it."""
