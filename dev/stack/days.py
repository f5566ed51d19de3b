"""`python -m stack.days [PYTEST ARGUMENTS]`: tests on days that are awkward.

Each moment is a run of its own, with PostgreSQL, Odoo and the simulator under
libfaketime; the databases are in a folder of their own, since a running cluster
cannot change its clock. Chromium stays in the present.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from .paths import Paths
from .postgres import Postgres
from .processes import dying_with_parent

# In UTC; Copenhagen is an hour ahead in winter, two in summer.
MOMENTS = {
    "the 29th, 23:30 in Copenhagen": "2026-12-29T22:30",
    "the last of the year, 23:30 in UTC, next year in Copenhagen": "2026-12-31T23:30",
    "the first of the year, 00:30 in UTC": "2027-01-01T00:30",
    "the 30th, 23:30 in UTC, the 31st in Copenhagen": "2027-01-30T23:30",
    "28 February": "2027-02-28T12:00",
    "daylight saving begins": "2027-03-28T00:55",
    "daylight saving ends": "2027-10-31T00:55",
    "29 February": "2028-02-29T12:00",
}
ASKS_FOR_TODAY = re.compile(r"today|now\(|timedelta|relativedelta")
# they start processes of their own, which takes minutes on each day
OWN_PROCESSES = re.compile(r"_real\.py$|browser|tour")


MOVED = Path(__file__).parent / "moved_clock"


def tests_of_today(folder: Path) -> list[str]:
    """The test files of a folder that ask for today, and start no other Odoo."""
    return [
        str(file)
        for file in sorted(folder.glob("*/test_*.py"))
        if not OWN_PROCESSES.search(file.name)
        and ASKS_FOR_TODAY.search(file.read_text())
    ]


def clock(moment: str) -> Mapping[str, str]:
    """The environment of a process for which it is now `moment`, in UTC.

    An offset, since each process would begin anew at an absolute time.
    """
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    there = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc)
    seconds = (there - datetime.now(timezone.utc)).total_seconds()
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{seconds:+.0f}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        # an unpacked Odoo's age tells one from another
        "NO_FAKE_STAT": "1",
        # there is no memory that root and PostgreSQL's user could share
        "FAKETIME_DISABLE_SHM": "1",
        "PYTHONPATH": os.pathsep.join([str(MOVED), os.environ["PYTHONPATH"]]),
    }


def run_at(moment: str, arguments: Sequence[str], paths: Paths) -> int:
    """Run the tests at a moment; pytest's exit code."""
    postgres = Postgres(paths)
    postgres.stop()
    command = [str(paths.python), "-m", "stack.testrun", *arguments]
    try:
        return subprocess.run(
            dying_with_parent(command), env=os.environ | clock(moment), check=False
        ).returncode
    finally:
        postgres.stop()


def main(arguments: Sequence[str]) -> int:
    """Run the tests at each moment; 1 where one of them failed."""
    paths = Paths.from_environment()
    os.environ["ACCOUNT_MOBILEPAY_STATE"] = str(paths.days)
    chosen = list(arguments) or tests_of_today(paths.repository / "tests")
    codes = {}
    for name, moment in MOMENTS.items():
        sys.stderr.write(f"==> {name}: {moment} UTC\n")
        codes[name] = run_at(moment, chosen, paths)
    for name, code in codes.items():
        sys.stderr.write(f"{'failed' if code else 'passed'}: {name}\n")
    return int(any(codes.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
