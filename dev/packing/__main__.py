"""`python -m packing [FOLDER]`: build the wheel, look into it, try it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import requests
from play.office import OfficeError

from stack import OdooError, PostgresError, ServerError
from stack.paths import Paths

from .build import PackingError, build, metadata, problems, read_manifest
from .clean import make_environment
from .smoke import try_wheel

ERRORS = (
    PackingError,
    OdooError,
    OfficeError,
    PostgresError,
    ServerError,
    requests.RequestException,
)


def main(arguments: list[str]) -> int:
    """Return 0 only if the wheel was built, is complete, and works."""
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        print("usage: dev/wheel [FOLDER]", file=sys.stderr)
        return 2
    started = time.monotonic()
    try:
        folder = _made(arguments[0]) if arguments else None
        with tempfile.TemporaryDirectory() as work:
            wheel = _all_of_it(Path(work))
            if folder:
                shutil.copy(wheel, folder)
    except ERRORS as error:
        print(f"FAILED: the wheel: {error}", file=sys.stderr)
        return 1
    print(f"ok: {wheel.name} works ({time.monotonic() - started:.0f} s)")
    return 0


def _made(name: str) -> Path:
    """Return the folder of this name, made where it is missing: before all the work."""
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PackingError(f"no folder {name}: {error.strerror}") from None
    return folder


def _all_of_it(work: Path) -> Path:
    wheel = build(work)
    if wrong := list(problems(wheel)):
        raise PackingError("\n  ".join([wheel.name, *wrong]))
    _say(f"{wheel.name}, {wheel.stat().st_size // 1024} kB")
    for requirement in metadata(wheel).get_all("Requires-Dist", []):
        _say(f"requires {requirement}")
    clean = make_environment(Paths.from_environment(), wheel, work / "environment")
    # of this form, the next dev/test drops what a killed run has left
    database = f"test_{os.getpid()}_wheel"
    for line in try_wheel(clean, database, str(read_manifest()["version"])):
        _say(line)
    return wheel


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
