"""``python -m simulator``: the simulator in the foreground."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from . import demo_data
from .app import create_app, create_simulator
from .classic.demo_data import register_redirect_uris
from .core import Simulator
from .settings import Settings
from .store import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HOST = "127.0.0.1"
#: Werkzeug leaves out headers with an underscore; Vipps MobilePay has two.
UNDERSCORED = ("client_id", "client_secret")


class Handler(WSGIRequestHandler):
    """Requests, with those headers, too."""

    def make_environ(self) -> WSGIEnvironment:
        """As usual; the same names with a hyphen are others, and do not count."""
        environ = super().make_environ()
        for name in UNDERSCORED:
            key = f"HTTP_{name.upper()}"
            environ.pop(key, None)
            if name in self.headers:
                environ[key] = self.headers[name]
        return environ


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="simulator", description="A local simulator of MobilePay."
    )
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="how many times faster callbacks are gathered and retried",
    )
    parser.add_argument("--database", metavar="PATH", help="SQLite file (else memory)")
    parser.add_argument("--seed", type=int, help="make chance repeatable")
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        metavar="URI",
        help="register this redirect URI for the demo client (may be repeated)",
    )
    parser.add_argument("--verbose", action="store_true", help="log each request")
    options = parser.parse_args(arguments)
    if options.speed <= 0:
        parser.error("--speed must be above 0")
    return options


def load_simulator(options: argparse.Namespace) -> Simulator:
    """The simulator with its demo data."""
    settings = Settings(speed=options.speed)
    store = Store(options.database)
    simulator, classic = create_simulator(store, settings, options.seed)
    demo_data.load(simulator)
    register_redirect_uris(classic.parts, options.redirect_uri)
    return simulator


def stop_on_signal(server: BaseWSGIServer) -> None:
    """Let SIGTERM and SIGINT end the server after the requests under way."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        # shutdown() waits for the serving loop, which runs in this very thread.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    options = read_arguments(arguments)
    level = logging.INFO if options.verbose else logging.ERROR
    logging.getLogger("werkzeug").setLevel(level)
    simulator = load_simulator(options)
    server = make_server(
        HOST,
        options.port,
        create_app(simulator),
        threaded=True,
        request_handler=Handler,
    )
    simulator.base_url = f"http://{HOST}:{server.server_port}"
    stop_on_signal(server)
    simulator.start()
    print(f"simulator listening on {simulator.base_url}", flush=True)
    try:
        server.serve_forever()
    finally:
        server.server_close()
        simulator.stop()


if __name__ == "__main__":
    main()
