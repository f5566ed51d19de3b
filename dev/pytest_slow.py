"""pytest plugin: ``dev/test --slow`` and ``dev/test --fast``.

A class tagged ``mobilepay_scaled`` tries a little in every run and much under
``--slow``: its tests take their counts from ``tests/scale.py``. With ``--slow`` these
classes run alone, as all others are the same either way.

A class that says ``starts_processes`` has a database of its own, with processes of Odoo
on it, or a browser. ``--fast`` leaves these classes out.
"""

from __future__ import annotations

import os

import pytest

TAG = "mobilepay_scaled"
TIMEOUT = "900"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--slow",
        action="store_true",
        help="run the long versions of the tests that have one, and only these",
    )
    parser.addoption(
        "--fast",
        action="store_true",
        help="leave out the tests that start Odoo or a browser",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--slow"):
        os.environ["MOBILEPAY_SLOW"] = "1"
        # pytest-timeout reads its option where the command line names none
        config.option.timeout = config.option.timeout or float(TIMEOUT)


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    if config.getoption("--slow"):
        _choose(config, items, [item for item in items if is_scaled(item)])
    if config.getoption("--fast"):
        _choose(config, items, [item for item in items if not starts_processes(item)])


def _choose(
    config: pytest.Config, items: list[pytest.Item], chosen: list[pytest.Item]
) -> None:
    kept = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = chosen


def is_scaled(item: pytest.Item) -> bool:
    """Whether the test is of a class that has a long version."""
    return TAG in getattr(getattr(item, "cls", None), "test_tags", ())


def starts_processes(item: pytest.Item) -> bool:
    """Whether the test is of a class that starts Odoo, a browser or the like."""
    return bool(getattr(getattr(item, "cls", None), "starts_processes", False))
