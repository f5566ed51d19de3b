"""Requests and answers that go wrong on their way.

Each kind of fault is a method that gets the request and the rule and returns
the answer, or ends the connection without one.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NoReturn

from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import ClosingIterator

from .core import Simulator
from .faults import HTTP_KINDS, Rule

PAGE = "<!DOCTYPE html>\n<html><body><h1>{title}</h1><p>A proxy.</p></body></html>\n"


class FaultyAnswers:
    """The application as the rules let it appear."""

    def __init__(self, application: Any, simulator: Simulator) -> None:
        self._application = application
        self._simulator = simulator
        self._faults = simulator.faults

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer as it should be, unless a rule strikes."""
        request = Request(environ)
        sort = self._sort(request)
        rule = self._strike(request, sort)
        if rule is None:
            answer = self._application(environ, start_response)
        else:
            play = getattr(self, f"_{rule.kind}")
            answer = play(request, rule)(environ, start_response)
        return ClosingIterator(answer, lambda: self._faults.line.answered(sort))

    def _strike(self, request: Request, sort: str) -> Rule | None:
        """While an answer waits for the next one, that one does not wait, too."""
        kinds = set(HTTP_KINDS)
        if self._faults.line.is_taken(sort):
            kinds.remove("reordered")
        subject = f"{request.method} {request.path}"
        is_usual = request.path.startswith(self._simulator.service_paths())
        return self._faults.strike(*kinds, subject=subject, is_usual=is_usual)

    @staticmethod
    def _sort(request: Request) -> str:
        """Method and path without what looks like an id."""
        parts = request.path.split("/")
        plain = ["*" if any(map(str.isdigit, part)) else part for part in parts]
        return f"{request.method} {'/'.join(plain)}"

    def _answer(self, request: Request) -> Response:
        """Let it happen."""
        return Response.from_app(self._application, request.environ, buffered=True)

    # no answer

    def _timeout_before(self, request: Request, rule: Rule) -> NoReturn:
        request.get_data()
        rule.wait()
        self._hang_up(request)

    def _timeout_after(self, request: Request, rule: Rule) -> NoReturn:
        self._answer(request)
        rule.wait()
        self._hang_up(request)

    def _drop_after(self, request: Request, rule: Rule) -> NoReturn:
        self._answer(request)
        self._hang_up(request)

    @staticmethod
    def _hang_up(request: Request) -> NoReturn:
        """Close the connection; the server takes the error for just that."""
        connection = request.environ.get("werkzeug.socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("a fault")

    # another answer

    def _status(self, request: Request, rule: Rule) -> Response:
        request.get_data()
        return self._failure(request, rule)

    def _status_after(self, request: Request, rule: Rule) -> Response:
        self._answer(request)
        return self._failure(request, rule)

    def _not_json(self, request: Request, rule: Rule) -> Response:
        if rule["effect"]:
            self._answer(request)
        else:
            request.get_data()
        return Response(PAGE.format(title="Welcome"), mimetype="text/html")

    def _truncated(self, request: Request, rule: Rule) -> Response:
        response = self._answer(request)
        content = response.get_data()
        response.set_data(content[: len(content) // 2])
        if rule["length"] == "full" and content:
            response.headers["Content-Length"] = str(len(content))
        return response

    # a late answer

    def _slow(self, request: Request, rule: Rule) -> Response:
        response = self._answer(request)
        rule.wait()
        return response

    def _reordered(self, request: Request, rule: Rule) -> Response:
        sort = self._sort(request)
        place = self._faults.line.take(sort)
        response = self._answer(request)
        place.wait(rule["seconds"])
        self._faults.line.leave(sort, place)
        return response

    def _failure(self, request: Request, rule: Rule) -> Response:
        """An error of something on the way, in the place's style; or MobilePay's."""
        status = rule["status"]
        codes = {entry.value: entry.phrase for entry in HTTPStatus}
        phrase = codes.get(status, "Error")
        body, kind = "", "text/plain"
        if rule["body"] == "html":
            body, kind = PAGE.format(title=f"{status} {phrase}"), "text/html"
        elif rule["body"] != "empty":
            content = self._content(request.path, rule["body"], status)
            content = content or {"httpCode": str(status), "httpMessage": phrase}
            body, kind = json.dumps(content), "application/json"
        response = Response(body, status, mimetype=kind)
        if rule["retry_after"] is not None:
            response.headers["Retry-After"] = str(rule["retry_after"])
        return response

    def _content(self, path: str, style: str, status: int) -> dict[str, Any] | None:
        """The error in the words of the service that would serve the path."""
        for service in self._simulator.services:
            content = service.fault_content(path, style, status)
            if content:
                return content
        return None
