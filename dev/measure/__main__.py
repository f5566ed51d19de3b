"""What the addon costs, beside stock Odoo and beside the floor: see ``dev/bench``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from stack import Postgres
from stack.postgres import locked

from . import (
    bank,
    booking,
    callbacks,
    confirm,
    crowd,
    curves,
    idle,
    owed,
    preflight,
    sending,
    stock,
    transfer,
    views,
)
from .goals import Figure
from .lab import Lab, say
from .timing import PROFILE

FIGURES: dict[str, Callable[[Lab], list[Figure]]] = {
    "booking": booking.figures,
    "confirm": confirm.figures,
    "callbacks": callbacks.figures,
    "crowd": crowd.figures,
    "sending": sending.figures,
    "preflight": preflight.figures,
    "bank": bank.figures,
    "transfer": transfer.figures,
    "owed": owed.figures,
    "views": views.figures,
    "stock": stock.figures,
    "idle": idle.figures,
}


def main(arguments: Sequence[str]) -> int:
    """Measure; 0 if all goals are met, or if it had to be quick."""
    options = _parser().parse_args(arguments)
    # else databases would be left behind, and PostgreSQL as slow as it was made
    signal.signal(signal.SIGTERM, _raise_exit)
    if options.profile:
        options.profile.mkdir(parents=True, exist_ok=True)
        os.environ[PROFILE] = str(options.profile.absolute())
    lab = Lab(quick=options.quick, repeat=options.repeat)
    postgres = lab.databases.postgres
    postgres.ensure_running()
    with _durable(postgres, not options.quick), closing(lab):
        if options.curves:
            curves.draw(lab, options.curves)
            return 0
        figures = _measure(lab, options.figures or list(FIGURES))
    for figure in figures:
        print(figure.as_row())
    if options.json:
        print(json.dumps(as_json(figures)))
    return 0 if options.quick or all(figure.met for figure in figures) else 1


def _raise_exit(_number: int, _frame: object) -> None:
    raise SystemExit(128 + signal.SIGTERM)


def as_json(figures: Sequence[Figure]) -> dict[str, Any]:
    """All figures, as the last line says them."""
    return {
        "goals": {figure.name: figure.as_json() for figure in figures},
        "raw": {figure.name: figure.raw for figure in figures},
    }


def _measure(lab: Lab, names: Sequence[str]) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        say(name)
        found = FIGURES[name](lab)
        for figure in found:
            # the whole takes an hour
            say(figure.as_row())
        figures += found
    return figures


@contextmanager
def _durable(postgres: Postgres, durable: bool) -> Iterator[None]:
    """Make PostgreSQL as safe as people's; tests, and quick runs, do without.

    One at a time: two would measure each other.
    """
    if not durable:
        yield
        return
    with locked(postgres.paths.home / "bench.lock"):
        postgres.set_durable(True)
        try:
            yield
        finally:
            postgres.set_durable(False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev/bench", description=__doc__)
    parser.add_argument(
        "figures",
        nargs="*",
        choices=[[], *FIGURES],
        metavar="FIGURE",
        help=", ".join(FIGURES),
    )
    parser.add_argument("--quick", action="store_true", help="small, not judged")
    parser.add_argument("--json", action="store_true", help="JSON on the last line")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (median)")
    parser.add_argument(
        "--profile", type=Path, metavar="FOLDER", help="where the time goes, as text"
    )
    parser.add_argument(
        "--curves", type=Path, metavar="FILE", help="how it grows, as a picture (SVG)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
