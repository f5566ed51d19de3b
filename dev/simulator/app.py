"""The Flask application: all blueprints, and what happens around each request."""

from __future__ import annotations

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from .classic.answers import (
    MoneyJSON,
    answer,
    correlation_id,
    error_answer,
    gateway_answer,
)
from .classic.control import merchants, money
from .classic.errors import ApiError, GatewayError
from .classic.invoices import consumer_api, merchant_api
from .classic.openid import pages
from .classic.pages import payer, portal
from .classic.reporting import api as reporting_api
from .classic.reporting import api_v3 as reporting_api_v3
from .control import bank, faults, general
from .core import Simulator, simulator
from .middleware import Trouble
from .money import money_text

BLUEPRINTS = (
    pages.blueprint,
    merchant_api.blueprint,
    consumer_api.blueprint,
    reporting_api.blueprint,
    reporting_api_v3.blueprint,
    payer.blueprint,
    portal.blueprint,
    general.blueprint,
    merchants.blueprint,
    money.blueprint,
    bank.blueprint,
    faults.blueprint,
)
#: What the gateway serves, and answers for when there is nothing behind it.
API_PREFIXES = ("/invoice-restapi/", "/transaction-reporting/", "/v3/reporting/")


def create_app(parts: Simulator) -> Flask:
    """Put the application together around ``parts``."""
    app = Flask(__name__)
    app.json = MoneyJSON(app)
    app.extensions["simulator"] = parts
    app.jinja_env.filters["money"] = money_text
    app.register_error_handler(ApiError, error_answer)
    app.register_error_handler(GatewayError, gateway_answer)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _server_error)
    app.after_request(_finish)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.wsgi_app = Trouble(app.wsgi_app, parts)  # type: ignore[method-assign]
    return app


def _finish(response: Response) -> Response:
    """Note the request and its secrets, and echo its correlation id."""
    rule = request.url_rule.rule if request.url_rule else request.path
    parts = simulator()
    parts.journal.note_request(
        parts.clock.now(), request.method, request.path, response.status_code, rule
    )
    parts.secrets_seen.note(request, response)
    if request.path.startswith(API_PREFIXES):
        response.headers["CorrelationId"] = correlation_id()
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    """What the framework refuses: in the style of the place where it happened."""
    text, status = error.description or error.name, error.code or 500
    if request.path.startswith(API_PREFIXES):
        return gateway_answer(GatewayError(status, error.name, text))
    if request.path.startswith("/control/"):
        return answer({"error": text}, status)
    return render_template("error.html", title=error.name, text=text), status


def _server_error(error: Exception) -> Response:
    """A fault of the simulator itself, shown on its screen."""
    simulator().report(error)
    return error_answer(ApiError(500, "ServerError", "Internal server error"))
