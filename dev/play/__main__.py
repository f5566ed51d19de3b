"""``dev/demo``: the stage for a person, or with ``--once`` the whole play unattended."""

import argparse
import json
import os
import signal
import sys
from contextlib import ExitStack

from stack import Databases

from .stage import LOGIN, Stage, set_stage
from .story import Story


def main() -> int:
    """Return the exit status: 0 only if every expectation held."""
    arguments = _arguments()
    # a terminated demo stops its servers, too
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(143))
    if arguments.once:
        return _play_once(f"demo_once_{os.getpid()}")
    return _stay_open(arguments.database, arguments.port)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev/demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="play the main job and end")
    parser.add_argument("--port", type=int, default=8069, help="Odoo's port")
    parser.add_argument("--database", default="demo", help="made anew at every start")
    return parser.parse_args()


def _play_once(database: str) -> int:
    story = None
    problems = []
    try:
        with ExitStack() as stack:
            print("Making company, customers and invoices …", flush=True)
            stage = set_stage(stack, database)
            story = Story(stage)
            for line in story.play():
                print(f"  {line}", flush=True)
            problems = story.problems
    except Exception as error:
        problems = [*(story.problems if story else []), f"{type(error).__name__}: {error}"]
    finally:
        Databases.from_environment().drop(database)
    result = story.result if story else {}
    print(json.dumps({"ok": not problems, **result, "problems": problems}))
    return 1 if problems else 0


def _stay_open(database: str, port: int) -> int:
    with ExitStack() as stack:
        print("Making company, customers and invoices …", flush=True)
        stage = set_stage(stack, database, port=port)
        values = stage.connection_values()
        [connection] = stage.office.call("mobilepay.connection", "create", [values])
        stage.office.connect(connection)
        _welcome(stage)
        signal.pause()
    return 0


def _welcome(stage: Stage) -> None:
    print(
        f"""
Odoo:             {stage.odoo.url}  (user {LOGIN}, password {LOGIN})
MobilePay:        {stage.simulator.url}  (payers' phones, merchants, links)
A payer's phone:  {stage.simulator.url}/phone/+4511111101

The company is connected. Open a customer invoice, press Send via MobilePay,
pay on the phone page, and see the invoice paid. Ctrl-C stops everything.
""",
        flush=True,
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
