"""The addon on a real Odoo beside a simulated MobilePay.

Without an option it stays open for a person until Ctrl-C. Nothing is left behind:
servers are stopped, PostgreSQL too where nobody else is on it, and the database is
dropped at the end, unless it is to be kept.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from stack import Databases, OdooError, PostgresError, ServerError

from .encore import Encore
from .gallery import Gallery, GalleryError
from .office import OfficeError
from .pictures import Pictures
from .settlement import Settlement
from .stage import Stage, set_stage
from .stay import StayError, stay_open
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
        return stay_open(arguments.database, arguments.port, arguments.keep)
    except (
        GalleryError,
        OdooError,
        OfficeError,
        PostgresError,
        ServerError,
        StayError,
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
    parser.add_argument("--port", type=int, help="Odoo's port (8069, or the kept one)")
    parser.add_argument("--database", default="demo", help="its name (demo)")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep the database for the next --keep; without it, it is made anew",
    )
    return parser.parse_args()


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


def _set_stage(stack: ExitStack, database: str, *, debug: bool = False) -> Stage:
    stack.callback(Databases.from_environment().close)
    print("Making company, customers and invoices (1 to 3 minutes) …", flush=True)
    return set_stage(stack, database, bank_files=True, debug=debug)


def _tell(steps: Iterator[str]) -> None:
    for line in steps:
        print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
