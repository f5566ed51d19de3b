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

from stack import Databases, Paths, Postgres, free_port


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
