"""MobilePay's refusals: the codes of the contract and the exceptions for them."""

from __future__ import annotations

#: Error codes at creation and on cancel (contract, section 4) with their texts.
TEXTS = {
    10008: "Amount must be greater than 0",
    10101: "User not found",
    10102: "User is not available",
    10104: "Invoice already exists",
    10106: "Invoice validation failed",
    10201: "The amount exceeds the limit",
    10202: "Invoice issuer not found",
    10301: "Invoice already exists",
    10302: "Merchant not found",
    10303: "Invoice issuer not found",
    10304: "User not found",
    10310: "Due date is too far in the future",
    10311: "Due date is in the past",
    10312: "Issue date is in the future",
    10314: "The daily limit of invoices for this consumer is reached",
    10504: "Invoice is already paid",
}


class ApiError(Exception):
    """An answer of the Invoice API other than success."""

    def __init__(
        self,
        status: int,
        error: str,
        text: str,
        code: int | None = None,
        context: str = "Invoices",
    ) -> None:
        super().__init__(text)
        self.status = status
        self.error = error
        self.text = text
        self.code = code
        self.context = context


class InputError(ApiError):
    """The request itself is wrong: 400."""

    def __init__(self, text: str) -> None:
        super().__init__(400, "InputError", text)


class NotFoundError(ApiError):
    """No such thing, or not this merchant's: 404."""

    def __init__(self, text: str, context: str = "Invoices") -> None:
        super().__init__(404, "DomainError", text, context=context)


class DomainError(ApiError):
    """The request is well formed and MobilePay says no: 409."""

    def __init__(
        self, code: int | None, text: str | None = None, context: str = "Invoices"
    ) -> None:
        super().__init__(409, "DomainError", text or TEXTS[code or 0], code, context)


class PaymentRefusedError(Exception):
    """The payer's app cannot pay (or not on that day)."""


class GatewayError(Exception):
    """The API gateway in front refuses before the API sees the request."""

    def __init__(self, status: int, message: str, more: str) -> None:
        super().__init__(more)
        self.status = status
        self.message = message
        self.more = more
