"""What the addon costs, beside stock Odoo and beside the floor: see ``dev/bench``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType
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

#: each has `figures(lab)`, and `books(lab)` where it needs books of its own
FIGURES: dict[str, ModuleType] = {
    "booking": booking,
    "confirm": confirm,
    "callbacks": callbacks,
    "crowd": crowd,
    "sending": sending,
    "preflight": preflight,
    "bank": bank,
    "transfer": transfer,
    "owed": owed,
    "views": views,
    "stock": stock,
    "idle": idle,
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
    say("books")
    subjects = [FIGURES[name] for name in names]
    lab.prepare([subject.books for subject in subjects if hasattr(subject, "books")])
    for name, subject in zip(names, subjects, strict=True):
        say(name)
        found = subject.figures(lab)
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
