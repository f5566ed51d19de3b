"""What the reporting APIs refuse with."""

from __future__ import annotations

from http import HTTPStatus

from ..errors import ApiError

CONTEXT = "TransactionReporting"
NAMES = {
    HTTPStatus.BAD_REQUEST: "InputError",
    HTTPStatus.REQUEST_TIMEOUT: "ServerError",
}


def refusal(status: HTTPStatus, text: str) -> ApiError:
    """An error to raise, in the words of the Invoice API's errors."""
    return ApiError(status, NAMES.get(status, "DomainError"), text, context=CONTEXT)


def bad_request(text: str) -> ApiError:
    """The request itself is wrong."""
    return refusal(HTTPStatus.BAD_REQUEST, text)
