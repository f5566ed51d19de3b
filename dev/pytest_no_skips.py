"""pytest plugin: a skipped test fails the run.

Odoo skips its browser tests where Chromium or websocket-client is missing, and a run
that tested nothing would look green. The one good reason to skip is that the folder
`../shared` with MobilePay's documents is not beside the checkout; on a CI machine it
always is.
"""

from __future__ import annotations

import os

import pytest

GOOD_REASON = "../shared is absent"


class NoSkips:
    """Collects the skips of a session and fails it for them."""

    def __init__(self) -> None:
        self.skips: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skips and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        if self.skips:
            terminalreporter.section("skipped tests fail this run", red=True)
            for skip in self.skips:
                terminalreporter.line(skip)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        # an expected failure is reported as skipped, too
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = reason_of(report)
        if not is_good(reason):
            self.skips.append(f"{report.nodeid}: {reason}")


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why the test was skipped, in the words of who skipped it."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


def is_good(reason: str) -> bool:
    """Whether this machine may skip a test for this reason."""
    in_ci = os.environ.get("CI", "").lower() in ("true", "1")
    return reason.startswith(GOOD_REASON) and not in_ci


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(NoSkips(), "no-skips")
