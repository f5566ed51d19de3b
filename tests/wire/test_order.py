"""The order in which all tests run, and those that `dev/test --fast` leaves out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pytest_order import file_of, longest_first
from pytest_slow import starts_processes


def item(nodeid: str, *, processes: bool = False) -> pytest.Item:
    """What the plugins read of a test."""
    cls: Any = SimpleNamespace(starts_processes=processes)
    return cast(pytest.Item, SimpleNamespace(nodeid=nodeid, cls=cls))


def test_the_longest_file_begins_and_files_stay_together() -> None:
    names = ["bank/test_b.py::one", "wire/test_a.py::one", "bank/test_b.py::two"]
    items = [item(f"account_mobilepay/tests/{name}") for name in names]
    longest_first(items, {"tests/wire/test_a.py": 3.0, "tests/bank/test_b.py": 2.0})
    order = [one.nodeid.removeprefix("account_mobilepay/tests/") for one in items]
    assert order == [names[1], names[0], names[2]]


def test_of_files_nobody_has_measured_those_with_processes_begin() -> None:
    many = [item(f"tests/wire/test_many.py::{number}") for number in range(50)]
    real = item("tests/bank/test_real.py::one", processes=True)
    items = [*many, real]
    longest_first(items, {})
    assert items[0] is real


def test_all_workers_sort_alike_what_takes_as_long() -> None:
    names = ["tests/b.py::one", "tests/a.py::one"]
    orders = []
    for given in (names, names[::-1]):
        items = [item(name) for name in given]
        longest_first(items, {})
        orders.append([one.nodeid for one in items])
    assert orders[0] == orders[1]


def test_a_file_is_known_in_any_checkout() -> None:
    for folder in ("", "account_mobilepay/", "../x/account_mobilepay/"):
        assert file_of(f"{folder}tests/bank/test_b.py::A::b") == "tests/bank/test_b.py"


def test_a_class_says_whether_it_starts_processes() -> None:
    assert starts_processes(item("tests/a.py::one", processes=True))
    assert not starts_processes(item("tests/a.py::one"))
    assert not starts_processes(cast(pytest.Item, SimpleNamespace(nodeid="a.py::f")))
