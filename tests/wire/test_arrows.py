"""Arrows between the rooms: the addon has none that points upwards, and one is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from arrows import problems

HOUSE = {
    "models/__init__.py": "from . import base, connection, request, inbox, payer",
    "models/base/worker.py": 'class A:\n    _name = "mobilepay.worker"',
    "models/connection/one.py": 'class A:\n    _name = "mobilepay.connection"',
    "models/request/one.py": (
        'class A:\n    _name = "mobilepay.invoice"\n    _inherit = ["mail.thread"]'
    ),
    "models/inbox/event.py": 'class A:\n    _name = "mobilepay.event"',
    # it is not made here
    "models/inbox/one.py": (
        'class A:\n    _name = "mobilepay.invoice"\n    _inherit = "mobilepay.invoice"'
    ),
    "models/payer/move.py": "from ..inbox.event import LATE",
    "wizard/owed.py": 'class A:\n    _name = "mobilepay.owed.wizard"',
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small addon, to draw arrows in."""
    for place, code in HOUSE.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(code + "\n", encoding="utf-8")
    return tmp_path


def drawn(house: Path, place: str, code: str) -> list[str]:
    """What is said once a file of this place has this code, too."""
    with (house / place).open("a", encoding="utf-8") as file:
        file.write(f"\n{code}\n")
    return list(problems(house))


def test_the_addon_has_none() -> None:
    assert list(problems()) == []


@pytest.mark.parametrize(
    ("place", "code", "owner"),
    [
        ("base/worker.py", 'X = "mobilepay.connection"', "connection"),
        ("base/worker.py", "from ..request.one import X", "request"),
        ("connection/one.py", 'env["mobilepay.invoice"]._x()', "request"),
        ("connection/one.py", "x = Many2one('mobilepay.event')", "inbox"),
        (
            "request/one.py",
            'class X:\n    _inherit = ["mail.thread", "mobilepay.event"]',
            "inbox",
        ),
        ("request/one.py", "from ..payer import move", "payer"),
        ("request/one.py", 'x = """SELECT 1\n FROM mobilepay_event"""', "inbox"),
        ("request/one.py", 'x = {"res_model": "mobilepay.owed.wizard"}', "wizard"),
    ],
)
def test_a_lower_room_names_no_other(
    house: Path, place: str, code: str, owner: str
) -> None:
    [said] = drawn(house, f"models/{place}", code)
    assert said.startswith(f"models/{place}:"), said
    assert f"of room {owner}, but may know" in said


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("base/worker.py", '"""As ``mobilepay.connection`` does."""'),
        ("base/worker.py", 'x = "mobilepay.worker"'),
        ("connection/one.py", 'x = "mobilepay.worker"'),
        ("request/one.py", 'x = "mobilepay.connection"'),
        ("request/one.py", "from ..base import worker"),
        ("inbox/one.py", 'x = "mobilepay.invoice"'),
    ],
)
def test_what_may_be_known(house: Path, place: str, code: str) -> None:
    assert drawn(house, f"models/{place}", code) == []


def test_models_know_no_wizard_and_nobody_the_tests(house: Path) -> None:
    [said] = drawn(house, "models/payer/move.py", "from ...wizard import owed")
    assert "models/ imports from wizard/" in said
    said = drawn(house, "wizard/owed.py", "from ..tests.common import x")[-1]
    assert "wizard/ imports from tests/" in said


def test_rooms_that_import_each_other(house: Path) -> None:
    """As payer imports from inbox, a way back makes a circle, however long."""
    assert drawn(house, "models/inbox/one.py", "from ..bank import clue") == []
    (house / "models/bank").mkdir()
    [said] = drawn(house, "models/bank/clue.py", "from ..payer.move import X")
    assert "in a circle: bank → payer → inbox → bank" in said
    assert "models/bank/clue.py:2, models/payer/move.py:1, models/inbox/one.py" in said


def test_a_room_that_is_gone(house: Path) -> None:
    (house / "models/base/worker.py").rename(house / "worker.py")
    (house / "models/base").rmdir()
    [said] = problems(house)
    assert said.startswith("models/base: no such room")
