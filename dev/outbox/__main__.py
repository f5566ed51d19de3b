"""``python -m outbox``: take mails in and show them, in the foreground."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from types import FrameType

from aiosmtpd.controller import Controller
from werkzeug.serving import make_server

from .letters import Letters
from .pages import create_app

HOST = "127.0.0.1"


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="outbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of the pages")
    parser.add_argument("--smtp-port", type=int, required=True)
    options = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    letters = Letters()
    catcher = Controller(letters, hostname=HOST, port=options.smtp_port)
    pages = make_server(HOST, options.port, create_app(letters), threaded=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    catcher.start()
    print(f"outbox at http://{HOST}:{pages.server_port}", flush=True)
    try:
        pages.serve_forever()
    finally:
        pages.server_close()
        catcher.stop()


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
