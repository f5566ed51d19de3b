"""Demo and cluster: what is left behind, and what is kept."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from play.kept import Ports, Shelf
from play.stage import Stage
from play.stay import StayError, _check_ports

from stack import Databases, OdooError, Paths, Postgres, free_port
from stack import databases as module
from stack.nursery import ForkedSimulator, Nursery
from stack.processes import answers

#: before a test moves to a cache folder of its own, in which there is no Python
OURS = Paths.from_environment()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder with a cluster of its own."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACCOUNT_MOBILEPAY_HOME", str(folder))
        patch.delenv("ACCOUNT_MOBILEPAY_STATE", raising=False)
        yield folder
        Postgres(Paths(folder)).remove()


@pytest.fixture
def databases(home: Path) -> Databases:
    """Those of that cluster, which runs."""
    found = Databases(Paths(home))
    found.postgres.ensure_running()
    return found


def server_process(databases: Databases) -> Path:
    """The server's process as Linux shows it."""
    lines = databases.postgres._pid_file.read_text().splitlines()
    return Path("/proc", lines[0])


def is_gone(process: Path) -> bool:
    """Whether it ends; pg_ctl waits for its work, not for its last breath."""
    deadline = time.monotonic() + 10
    while process.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not process.exists()


# ---------------------------------------------------------------------- PostgreSQL


def test_postgresql_ends_with_the_last_who_used_it(databases: Databases) -> None:
    process = server_process(databases)
    assert process.exists()
    # stack/databases.py: close / _is_used
    with databases.postgres.connect("postgres"):
        assert not databases.close()
    assert process.exists()
    assert databases.close()
    assert is_gone(process)


def test_postgresql_stays_for_a_run_that_lives(databases: Databases) -> None:
    process = server_process(databases)
    databases.postgres.createdb(f"test_{os.getpid()}")
    # nobody is connected at this moment
    assert not databases.close()
    assert process.exists()
    databases.drop(f"test_{os.getpid()}")
    databases.postgres.createdb("test_999999999")
    assert databases.close()
    assert is_gone(process)


# ------------------------------------------------------------------- simulators


def test_a_simulator_begins_anew_at_its_address_and_ends_with_its_nursery() -> None:
    with Nursery(OURS) as nursery:
        simulator = ForkedSimulator(nursery.address, ["--speed", "1"])
        pids = []
        for _time in range(2):
            assert answers(f"{simulator.start().url}/control/health")
            assert simulator.start().pid == simulator.pid
            pids.append(Path("/proc", str(simulator.pid)))
            simulator.stop()
            assert not pids[-1].exists()
        assert pids[0] != pids[1]
        last = Path("/proc", str(simulator.start().pid))
    assert is_gone(last)
    assert not nursery.address.parent.exists()


# ------------------------------------------------------------- ready databases


class Installer:
    """Stands in for Odoo: notes what it was asked to install."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fails = False

    def __call__(self, database: str, *_arguments: Any, **_options: Any) -> None:
        self.asked.append(database)
        if self.fails:
            raise OdooError("no")


@pytest.fixture
def checkout(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Databases, Installer]]:
    """A checkout of its own, with databases that are installed at once."""
    installer = Installer()
    monkeypatch.setattr(module, "install", installer)
    monkeypatch.setattr(Databases, "base", lambda _self: "template1")
    (tmp_path / "models.py").write_text("one = 1\n")
    mine = Databases(Paths(databases.paths.home, repository=tmp_path))
    yield mine, installer
    for prefix in ("ready_", "test_"):
        mine.drop_all(prefix)


def test_the_addon_is_installed_once_for_each_state_of_the_code(
    checkout: tuple[Databases, Installer],
) -> None:
    databases, installer = checkout
    file = databases.paths.repository / "models.py"
    for name in ("test_1", "test_2"):
        assert databases.fresh(name) == name
        assert databases.postgres.exists(name)
    assert len(installer.asked) == 1
    # what no installation reads
    for unread in ("tests/test_it.py", ".git/HEAD", "__pycache__/models.pyc"):
        (file.parent / unread).parent.mkdir(exist_ok=True)
        (file.parent / unread).write_text("new")
    databases.fresh("test_1")
    assert len(installer.asked) == 1
    file.write_text("one = 2\n")
    databases.fresh("test_1")
    assert len(installer.asked) == 2
    databases.fresh("test_1", ["another"])
    assert len(installer.asked) == 3


def test_an_installation_that_fails_is_not_ready(
    checkout: tuple[Databases, Installer],
) -> None:
    databases, installer = checkout
    installer.fails = True
    for _time in range(2):
        with pytest.raises(OdooError):
            databases.fresh("test_1")
    assert len(installer.asked) == 2
    installer.fails = False
    databases.fresh("test_1")
    assert len(installer.asked) == 3


def test_of_ready_databases_the_latest_are_kept(
    checkout: tuple[Databases, Installer],
) -> None:
    databases, _installer = checkout
    for number in range(module.MOST_READY + 2):
        (databases.paths.repository / "models.py").write_text(f"one = {number}\n")
        databases.fresh("test_1")
    assert len(databases.postgres.names("ready_")) == module.MOST_READY


# ------------------------------------------------------------------------- --keep


def stage(odoo: int, simulator: int) -> Stage:
    """What a shelf reads of a stage."""
    servers: dict[str, Any] = {
        "odoo": SimpleNamespace(port=odoo),
        "simulator": SimpleNamespace(port=simulator),
    }
    return cast(Stage, SimpleNamespace(**servers))


def test_a_demo_is_found_again_only_whole(databases: Databases) -> None:
    shelf = Shelf("kept")
    assert shelf.find() is None
    databases.postgres.createdb("kept")
    shelf.simulator_file.touch()
    # begun, and not whole
    assert shelf.find() is None
    shelf.put(stage(8069, 5001))
    assert shelf.find() == Ports(8069, 5001)
    shelf.clear()
    assert shelf.find() is None
    assert not databases.postgres.exists("kept")
    assert not shelf.simulator_file.exists()


def test_another_port_than_the_kept_one_is_refused() -> None:
    kept = Ports(free_port(), free_port())
    _check_ports(None, kept)
    _check_ports(kept.odoo, kept)
    with pytest.raises(StayError, match=str(kept.odoo)):
        _check_ports(kept.odoo + 1, kept)
