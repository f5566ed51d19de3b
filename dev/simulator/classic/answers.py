"""Reading request bodies and shaping answers as MobilePay does."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal
from typing import Any

from flask import Response, g, jsonify, request

from .errors import ApiError, GatewayError, InputError
from .parts import classic


def correlation_id() -> str:
    """The caller's CorrelationId, else one made for this request."""
    if "correlation_id" not in g:
        g.correlation_id = request.headers.get("CorrelationId") or str(uuid.uuid4())
    return g.correlation_id


def read_json() -> Any:
    """The request's JSON body with exact decimals; 400 when it is none."""
    if not request.is_json:
        raise InputError("Content-Type must be application/json")
    try:
        return json.loads(
            request.get_data(), parse_float=Decimal, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise InputError("The body is not valid JSON") from error


def read_object() -> dict[str, Any]:
    """The request's JSON object under lower-case names."""
    body = read_json()
    if not isinstance(body, dict):
        raise InputError("The body must be a JSON object")
    return {name.lower(): value for name, value in body.items()}


def answer(payload: Any, status: int = 200) -> Response:
    """A JSON answer, names written in the style that the settings choose."""
    if classic().settings.names == "camel":
        payload = _camel(payload)
    response = jsonify(payload)
    response.status_code = status
    return response


def no_content() -> Response:
    """An answer without a body."""
    return Response(status=204)


def error_answer(error: ApiError) -> Response:
    """MobilePay's error body (contract, section 4)."""
    settings = classic().settings
    status = error.status
    if status == 409:
        status = settings.domain_error_status
    body = {
        "correlation_id": correlation_id(),
        "error": error.error,
        "error_code": _error_code(error.code, settings.error_code_as),
        "error_description": error.text,
        "error_context": error.context,
    }
    return answer(body, status)


def gateway_answer(error: GatewayError) -> Response:
    """The gateway's own error body, which is not the API's."""
    response = jsonify(
        httpCode=str(error.status),
        httpMessage=error.message,
        moreInformation=error.more,
    )
    response.status_code = error.status
    return response


def _error_code(code: int | None, style: str) -> str | int | None:
    if code is None or style == "null":
        return None
    return str(code) if style == "string" else code


def _camel(payload: Any) -> Any:
    if isinstance(payload, list):
        return [_camel(entry) for entry in payload]
    if isinstance(payload, dict):
        return {_camel_name(name): _camel(value) for name, value in payload.items()}
    return payload


def _camel_name(name: str) -> str:
    first, *rest = name.split("_")
    return first[:1].lower() + first[1:] + "".join(part.title() for part in rest)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
