"""Databases made once and cloned many times, filestores included."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .odoo import install, run_odoo_shell
from .paths import ADDON, Paths
from .postgres import Postgres, locked

# Odoo's modules under the addon: installing them takes most of the time
BASE_MODULES = ("account", "l10n_dk", "l10n_fi", "phone_validation", "portal")
PREGENERATE = "env['ir.qweb']._pregenerate_assets_bundles()"
# of the checkout, what an installation does not read; nor does it what is hidden
NOT_INSTALLED = frozenset(["__pycache__", "dev", "readme", "tests"])
# databases with the addon that are kept, for all checkouts of one cache folder
MOST_READY = 4


@dataclass(frozen=True)
class Databases:
    """Makes, clones and drops Odoo databases of one cache folder."""

    paths: Paths

    @classmethod
    def from_environment(cls) -> Databases:
        """Those of the cache folder that the environment names."""
        return cls(Paths.from_environment())

    @property
    def postgres(self) -> Postgres:
        """The cluster they are in."""
        return Postgres(self.paths)

    def filestore(self, name: str) -> Path:
        """Where Odoo keeps the attachments of a database."""
        return self.paths.data / "filestore" / name

    def base(self, modules: Sequence[str] = BASE_MODULES) -> str:
        """The cached database with `modules` and no demo data; made if missing.

        Never connect to it: a template that is in use cannot be cloned.
        """
        self.postgres.ensure_running()
        name = f"base_{self._fingerprint(modules)}"
        with locked(self.paths.state / "base.lock"):
            if not self.postgres.exists(name):
                unfinished = f"{name}_new"
                self.drop(unfinished)
                install(unfinished, modules, paths=self.paths)
                # else the first page of each clone takes seconds
                run_odoo_shell(unfinished, PREGENERATE, paths=self.paths)
                self._finish(unfinished, name)
        return name

    def fresh(
        self,
        name: str,
        modules: Sequence[str] = (ADDON,),
        *,
        addons_path: Sequence[Path | str] = (),
    ) -> str:
        """A new database `name`: the base with `modules` installed in it.

        Installed is once for each state of the code; what comes after is a copy.
        """
        base = self.base()
        ready = f"ready_{self._state_of(base, modules, addons_path)}"
        # held until the copy is made: else another checkout's run could drop it
        with locked(self.paths.state / "ready.lock"):
            if not self.postgres.exists(ready):
                unfinished = self.clone(base, "ready_new")
                install(unfinished, modules, addons_path=addons_path, paths=self.paths)
                self._finish(unfinished, ready)
                self._drop_oldest_ready()
            return self.clone(ready, name)

    def _finish(self, unfinished: str, name: str) -> None:
        """Give a database that was made its name, by which others find it."""
        shutil.rmtree(self.filestore(name), ignore_errors=True)
        if self.filestore(unfinished).exists():
            self.filestore(unfinished).rename(self.filestore(name))
        self.postgres.renamedb(unfinished, name)

    def _drop_oldest_ready(self) -> None:
        query = (
            "SELECT datname FROM pg_database WHERE starts_with(datname, 'ready_')"
            " ORDER BY oid DESC OFFSET %s"
        )
        for [name] in self.postgres.execute(query, (MOST_READY,)):
            self.drop(name)

    def clone(self, source: str, name: str) -> str:
        """Copy a database that nobody is connected to, with its filestore."""
        self.drop(name)
        self.postgres.createdb(name, template=source)
        if self.filestore(source).exists():
            shutil.copytree(self.filestore(source), self.filestore(name))
        return name

    def drop(self, name: str) -> None:
        """Drop a database with its filestore, whoever is connected to it."""
        self.postgres.dropdb(name)
        shutil.rmtree(self.filestore(name), ignore_errors=True)

    def drop_all(self, prefix: str) -> None:
        """Drop all databases whose name begins with `prefix`."""
        for name in self.postgres.names(prefix):
            self.drop(name)

    def drop_abandoned(self) -> None:
        """Drop the `test_PID…` databases of processes that are no more."""
        for name in self.postgres.names("test_"):
            owner = _owner(name)
            if owner and not owner.exists():
                self.drop(name)
                for file in (self.paths.home / "run").glob(f"{name}[-.]*"):
                    file.unlink(missing_ok=True)

    def close(self) -> bool:
        """Stop PostgreSQL where nobody else is on it; whether nothing of it runs."""
        with locked(self.paths.state / "postgres.lock"):
            if self._is_used():
                return False
            self.postgres.stop()
        return True

    def _is_used(self) -> bool:
        """Whether anybody is connected, or a run lives that will be."""
        owners = [_owner(name) for name in self.postgres.names("test_")]
        if any(owner and owner.exists() for owner in owners):
            return True
        # a server that was stopped just now may still be seen
        for _time in range(10):
            if self._is_alone():
                return False
            time.sleep(0.2)
        return True

    def _is_alone(self) -> bool:
        return not self.postgres.execute(
            "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND pid <> pg_backend_pid()"
        )

    def _fingerprint(self, modules: Sequence[str]) -> str:
        release = self.paths.odoo / "odoo" / "release.py"
        # the folder's age tells one unpacked Odoo from a newer one
        age = os.stat(release).st_mtime_ns
        parts = [str(release), release.read_text(), str(age), PREGENERATE, *modules]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]

    def _state_of(
        self, base: str, modules: Sequence[str], addons_path: Sequence[Path | str]
    ) -> str:
        """Names what an installation's outcome depends on, its day among it."""
        parts = [base, str(date.today()), *modules]
        for folder in (self.paths.repository, *map(Path, addons_path)):
            parts += _contents(folder)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _contents(folder: Path) -> Iterator[str]:
    """The files under a folder that an installation may read: name and hash."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if _is_installed(f))
        for file in sorted(files):
            path = Path(parent, file)
            if path.is_file() and _is_installed(file):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                yield f"{path.relative_to(folder)} {digest}"


def _is_installed(name: str) -> bool:
    return name not in NOT_INSTALLED and not name.startswith(".")


def _owner(name: str) -> Path | None:
    """The process whose run a database `test_PID…` is of."""
    found = re.match(r"test_(\d+)([_-]|$)", name)
    return Path("/proc", found[1]) if found else None
