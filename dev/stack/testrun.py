"""`python -m stack.testrun [PYTEST ARGUMENTS]`: pytest on databases of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import configuration
from .databases import Databases
from .nursery import NURSERY, Nursery
from .odoo import OdooError
from .paths import Paths
from .postgres import PostgresError
from .processes import ServerError, dying_with_parent

# pytest's options whose value is the next argument, which is no path of a test
WITH_VALUE = frozenset(
    ["-k", "-m", "-p", "-o", "-r", "-W", "--deselect", "--ignore", "--maxfail"]
)
NO_TESTS = 5
MOST_WORKERS = 4


class TestRun:
    """One run: makes its databases, runs pytest, drops them whatever happens."""

    __test__ = False

    def __init__(self, paths: Paths, arguments: Sequence[str]) -> None:
        self.paths = paths
        self.arguments = list(arguments)
        self.databases = Databases(paths)
        # unique on the machine, and its owner can be looked up
        self.database = f"test_{os.getpid()}"
        self.template = f"{self.database}_template"
        self.configuration = paths.home / "run" / f"{self.database}.conf"
        self.nursery = Nursery(paths)

    def run(self) -> int:
        """The exit code of the whole: pytest's, but never 0 without a test."""
        try:
            self._prepare()
            return self._pytest()
        finally:
            self._clean_up()

    def _prepare(self) -> None:
        self.databases.postgres.ensure_running()
        self.databases.drop_abandoned()
        _say("test database: Odoo's modules are made once, the addon each time")
        self.databases.fresh(self.template)
        self.databases.clone(self.template, self.database)
        configuration.write(self.configuration, configuration.options(self.paths))
        self.nursery.start()

    def _pytest(self) -> int:
        process = subprocess.Popen(
            dying_with_parent(self._command()),
            env=self._environment(),
            cwd=self.paths.addons,
        )
        return _wait(process)

    def _command(self) -> list[str]:
        names = ("pytest_no_skips", "pytest_slow", "pytest_order", "pytest_filestore")
        plugins = [word for name in names for word in ("-p", name)]
        command = [str(self.paths.python), "-m", "pytest", *plugins]
        # tests/wire has a configuration of its own, for runs without Odoo
        root = ["-c", str(self.paths.addon / "pyproject.toml")]
        odoo = [f"--odoo-config={self.configuration}", "--odoo-http"]
        cache = ["-o", f"cache_dir={self.paths.home / 'pytest_cache'}"]
        database = f"--odoo-database={self.database}"
        tests = through_link(self.arguments, self.paths)
        return [*command, *root, *odoo, database, *cache, *self._spread(), *tests]

    def _spread(self) -> list[str]:
        """Several processes for all tests; for some, one that a debugger can stop.

        All are the ordinary ones, the long or the short ones. Each process makes a
        database of its own from this run's. Without `--no-loadscope-reorder`, xdist
        would begin with the files that have the most tests, and end on one core with
        those that take minutes.
        """
        cores = min(len(os.sched_getaffinity(0)), MOST_WORKERS)
        chosen = [a for a in self.arguments if not a.startswith("--durations")]
        if chosen not in ([], ["--slow"], ["--fast"]) or cores == 1:
            return []
        spread = [f"--numprocesses={cores}", "--dist=loadfile"]
        return [*spread, "--no-loadscope-reorder"]

    def _environment(self) -> Mapping[str, str]:
        own = {
            "ACCOUNT_MOBILEPAY_HOME": str(self.paths.home),
            "ACCOUNT_MOBILEPAY_ADDONS": str(self.paths.addons),
            "ACCOUNT_MOBILEPAY_TEMPLATE_DB": self.template,
            NURSERY: str(self.nursery.address),
            "PYTHONPATH": _prepend(self.paths.dev, os.environ.get("PYTHONPATH")),
            **self.databases.postgres.environment(),
        }
        return os.environ | own

    def _clean_up(self) -> None:
        self.nursery.stop()
        self.configuration.unlink(missing_ok=True)
        self.databases.drop(self.database)
        for mark in "_-":
            self.databases.drop_all(f"{self.database}{mark}")


def through_link(arguments: Sequence[str], paths: Paths) -> list[str]:
    """The arguments, with paths of tests led through the link `account_mobilepay`.

    pytest-odoo makes `odoo.addons.…` of a file's path, so a checkout of any other
    name needs the link. Without a path, the folder `tests` is added.
    """
    led: list[str] = []
    named = False
    for before, argument in zip(["", *arguments], arguments, strict=False):
        target = None if before in WITH_VALUE else _in_addon(argument, paths)
        named = named or target is not None
        led.append(argument if target is None else target)
    return led if named else [*led, str(paths.addon / "tests")]


def _in_addon(argument: str, paths: Paths) -> str | None:
    """`argument` as a path through the link, None if it is no path of a test."""
    path, colons, test = argument.partition("::")
    if argument.startswith("-"):
        return None
    for folder in (Path.cwd(), paths.repository):
        file = (folder / path).resolve()
        if file.exists() and file.is_relative_to(paths.repository):
            relative = file.relative_to(paths.repository)
            return f"{paths.addon / relative}{colons}{test}"
    return None


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for pytest; a Ctrl-C reaches it directly, a SIGTERM is passed on."""

    def pass_on(number: int, _frame: object) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return process.wait()


def _prepend(folder: Path, path: str | None) -> str:
    return os.pathsep.join([str(folder), *([path] if path else [])])


def _say(text: str) -> None:
    sys.stderr.write(f"==> {text}\n")


def _raise_interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    """Run the tests; the exit code is for the shell."""
    signal.signal(signal.SIGTERM, _raise_interrupt)
    try:
        code = TestRun(Paths.from_environment(), arguments).run()
    except (OdooError, PostgresError, ServerError) as error:
        sys.stderr.write(f"FAILED: the tests' surroundings: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    if code == NO_TESTS:
        _say("no test ran: that is a failure")
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
