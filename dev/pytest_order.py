"""pytest plugin: the files that take longest begin, so that all cores end together.

What a file took is learned from runs of all tests and kept in pytest's cache folder.
A file that nobody has seen yet is guessed at by what it starts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest
from pytest_slow import starts_processes

KEY = "mobilepay/seconds"
WORKER_INPUT = "mobilepay_seconds"
# of a test that nobody has measured
GUESS, GUESS_OF_PROCESSES = 0.2, 20.0


def file_of(nodeid: str) -> str:
    """The file of a test, whatever the folder of the checkout is called."""
    path = nodeid.partition("::")[0]
    return f"tests/{path.rpartition('tests/')[2]}"


def longest_first(items: list[pytest.Item], known: Mapping[str, float]) -> None:
    """Sort tests by their files' time; those of one file stay together, in order."""
    seconds: dict[str, float] = defaultdict(float)
    for item in items:
        guess = GUESS_OF_PROCESSES if starts_processes(item) else GUESS
        seconds[file_of(item.nodeid)] += guess
    seconds.update({file: known[file] for file in seconds if file in known})
    items.sort(key=lambda i: (-seconds[file_of(i.nodeid)], file_of(i.nodeid)))


class Order:
    """Sorts the tests of a session, and learns how long their files take."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.is_worker = hasattr(config, "workerinput")
        self.seconds: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        longest_first(items, self._known())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[file_of(report.nodeid)] += report.duration

    def pytest_sessionfinish(self) -> None:
        chosen = self.config.getoption("--fast") or self.config.getoption("--slow")
        if self.config.cache and not self.is_worker and not chosen:
            self.config.cache.set(KEY, {**self._known(), **self.seconds})

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Have all of xdist's workers sort alike, whatever is learned meanwhile."""
        node.workerinput[WORKER_INPUT] = self._known()

    def _known(self) -> dict[str, float]:
        if self.is_worker:
            return dict(getattr(self.config, "workerinput")[WORKER_INPUT])  # noqa: B009
        return dict(self.config.cache.get(KEY, {})) if self.config.cache else {}


def pytest_configure(config: pytest.Config) -> None:
    # of a few tests the order is the one in which they were named
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        config.pluginmanager.register(Order(config), "mobilepay-order")
