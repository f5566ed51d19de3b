"""The addon on a real Odoo beside a simulated MobilePay.

Without an option it stays open for a person until Ctrl-C. Nothing is left behind:
servers are stopped and the database is dropped at the end.
"""

import argparse
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from stack import OdooError, PostgresError, ServerError

from .bank import Bank
from .encore import Encore
from .gallery import Gallery, GalleryError
from .office import OfficeError
from .pictures import Pictures
from .settlement import Settlement
from .stage import LOGIN, Stage, set_stage
from .story import Story

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Return the exit status: 0 only if every expectation held."""
    arguments = _arguments()
    for number in SIGNALS:
        signal.signal(number, _end)
    if arguments.once:
        return _play_once()
    try:
        if arguments.screenshots:
            return _take_pictures(Pictures, arguments.screenshots)
        if arguments.gallery:
            return _take_pictures(Gallery, arguments.gallery)
        return _stay_open(arguments.database, arguments.port)
    except (
        GalleryError,
        OdooError,
        OfficeError,
        PostgresError,
        ServerError,
    ) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev/demo", description=__doc__)
    parser.add_argument(
        "--once",
        action="store_true",
        help="play the main job unattended; the last line is its result as JSON",
    )
    parser.add_argument(
        "--screenshots",
        type=Path,
        metavar="FOLDER",
        help="put pictures of the main screens there, for a desk and for a phone",
    )
    parser.add_argument(
        "--gallery",
        type=Path,
        metavar="FOLDER",
        help="put the five pictures of README there (dev/pictures does)",
    )
    parser.add_argument("--port", type=int, default=8069, help="Odoo's port (8069)")
    parser.add_argument(
        "--database", default="demo", help="made anew at every start (demo)"
    )
    arguments = parser.parse_args()
    alone = arguments.once or arguments.screenshots or arguments.gallery
    if not (alone or _is_free(arguments.port)):
        parser.error(f"port {arguments.port} is in use; choose another one with --port")
    return arguments


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # as servers do: a port that was just left is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _end(number: int, _frame: FrameType | None) -> None:
    """Leave by way of all clean-up, which a second Ctrl-C does not interrupt."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def _own_database() -> str:
    # of this form, the next dev/test drops what a killed demo has left
    return f"test_{os.getpid()}_demo"


def _play_once() -> int:
    story = None
    problems = []
    try:
        with ExitStack() as stack:
            stage = _set_stage(stack, _own_database(), debug=True)
            story = Story(stage)
            _tell(story.play())
            _tell(Encore(stage, story).play())
            _tell(Settlement(stage, story).play())
            story.look_for_leaks()
    except Exception as error:
        problems = [f"{type(error).__name__}: {error}"]
    if story:
        problems = [*story.problems, *problems]
    result = story.result if story else {}
    print(json.dumps({"ok": not problems, **result, "problems": problems}))
    return 1 if problems else 0


def _take_pictures(camera: type[Pictures | Gallery], folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stage = _set_stage(stack, _own_database())
        _tell(camera(stage, folder).take())
    return 0


def _stay_open(database: str, port: int) -> int:
    with ExitStack() as stack:
        stage = _set_stage(stack, database, port=port)
        values = stage.connection_values()
        [connection] = stage.office.call("mobilepay.connection", "create", [values])
        stage.office.connect(connection)
        bank = Bank(stage)
        bank.agree()
        bank.open_account()
        _welcome(stage, bank)
        while stage.odoo.is_running() and stage.simulator.is_running():
            time.sleep(1)
    print("FAILED: a server has ended by itself", file=sys.stderr)
    return 1


def _set_stage(
    stack: ExitStack, database: str, *, port: int | None = None, debug: bool = False
) -> Stage:
    print("Making company, customers and invoices …", flush=True)
    return set_stage(stack, database, port=port, bank_files=True, debug=debug)


def _tell(steps: Iterator[str]) -> None:
    for line in steps:
        print(f"  {line}", flush=True)


def _welcome(stage: Stage, bank: Bank) -> None:
    print(
        f"""
Odoo:             {stage.url}/odoo/customer-invoices
                  log in as {LOGIN}, password {LOGIN}
Anna's phone:     {stage.phone("+4511111101")}
all of MobilePay: {stage.simulator.url}

The company is connected. Open Anna Holm's invoice, press Send via MobilePay and
Send; press Pay now on Anna's phone; reload the invoice: it is paid.
The bank's statement: {bank.address()}
Save it once Anna has paid; on the dashboard press Import (OCA) at Bank. Its line is
matched by itself: see Customers, MobilePay on the Bank, without the filter.
Ctrl-C stops everything and drops the database.
""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
