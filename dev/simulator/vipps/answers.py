"""Reading bodies and shaping answers as Vipps MobilePay does."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timezone
from typing import Any

from flask import Response, jsonify, request

from .errors import GatewayError, Problem, WrongField

PROBLEM = "application/problem+json"


def read_json() -> dict[str, Any]:
    """The request's JSON object; 400 when it is none or names a key twice."""
    try:
        content = json.loads(request.get_data(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise WrongField("body", "The body is not valid JSON") from error
    if not isinstance(content, dict):
        raise WrongField("body", "The body must be a JSON object")
    return content


def answer(content: Any, status: int = 200, mimetype: str = "") -> Response:
    """A JSON answer."""
    response = jsonify(content)
    response.status_code = status
    if mimetype:
        response.mimetype = mimetype
    return response


def no_content() -> Response:
    """An answer without a body."""
    return Response(status=204)


def problem_content(problem: Problem, instance: str) -> dict[str, Any]:
    """The error body (RFC 7807), with code and fields in ``extraDetails``."""
    code = [("ErrorCode", str(problem.code))] if problem.code else []
    details = [
        {"name": name, "reason": reason} for name, reason in [*code, *problem.fields]
    ]
    return {
        "type": f"https://httpstatuses.io/{problem.status}",
        "title": problem.title,
        "detail": problem.detail,
        "status": problem.status,
        "instance": instance,
        "traceId": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01",
        "extraDetails": details,
    }


def problem_answer(problem: Problem) -> Response:
    """An API's error; the QR API has a form of its own."""
    if request.path.startswith("/qr/"):
        return answer(_qr_problem(problem), problem.status)
    instance = "/" + request.path.lstrip("/").partition("/")[2]
    content = problem_content(problem, instance)
    return answer(content, problem.status, PROBLEM)


def _qr_problem(problem: Problem) -> dict[str, Any]:
    fields = [{"name": name, "reason": reason} for name, reason in problem.fields]
    return {
        "title": problem.title,
        "detail": problem.detail,
        "instance": f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00",
        "invalidParams": fields,
    }


def gateway_answer(error: GatewayError) -> Response:
    """The gateway's error, which has another shape than the APIs'."""
    content = {"statusCode": error.status, "message": error.message}
    response = answer(content, error.status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def moment_text(moment: datetime) -> str:
    """RFC 3339 with milliseconds, in UTC."""
    text = moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
