"""Where simulator, services and Flask application are put together."""

from __future__ import annotations

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError

from . import index, phone
from .classic.service import ClassicService
from .control import bank, callbacks, faults, general, payers
from .control.reading import CONTROL
from .core import Simulator, simulator
from .json_provider import MoneyJSON
from .middleware import Trouble
from .money import money_text
from .settings import Settings
from .store import Store
from .vipps.service import VippsService

BLUEPRINTS = (
    index.blueprint,
    phone.blueprint,
    general.blueprint,
    payers.blueprint,
    bank.blueprint,
    faults.blueprint,
    callbacks.blueprint,
)


def create_simulator(
    store: Store, settings: Settings | None = None, seed: int | None = None
) -> tuple[Simulator, ClassicService]:
    """The simulator with its services, without any data; and the classic one."""
    made = Simulator(store, settings or Settings())
    classic = ClassicService(made, seed)
    made.services.extend((classic, VippsService(made)))
    return made, classic


def create_app(shared: Simulator) -> Flask:
    """Put the application together, with the routes of all services."""
    app = Flask(__name__)
    app.json = MoneyJSON(app)
    app.extensions["simulator"] = shared
    app.jinja_env.filters["money"] = money_text
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _server_error)
    app.after_request(_note)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for service in shared.services:
        service.mount(app)
    app.wsgi_app = Trouble(app.wsgi_app, shared)  # type: ignore[method-assign]
    return app


def _note(response: Response) -> Response:
    """Note the request and its secrets."""
    rule = request.url_rule.rule if request.url_rule else request.path
    shared = simulator()
    shared.journal.note_request(
        shared.clock.now(), request.method, request.path, response.status_code, rule
    )
    shared.secrets_seen.note(request, response)
    return response


def _http_error(error: HTTPException) -> ResponseReturnValue:
    """What the framework refuses: in the style of the place where it happened."""
    for service in simulator().services:
        answer = service.http_error(request.path, error)
        if answer is not None:
            return answer
    text, status = error.description or error.name, error.code or 500
    if request.path.startswith(CONTROL):
        return {"error": text}, status
    return render_template("error.html", title=error.name, text=text), status


def _server_error(error: Exception) -> ResponseReturnValue:
    """A fault of the simulator itself, shown on its screen."""
    simulator().report(error)
    return _http_error(InternalServerError("Internal server error"))
