"""A private PostgreSQL cluster: unix socket only, trusted inside its folder."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2 import sql

from .paths import Paths

# Odoo refuses to work as "postgres"
ROLE = "odoo"
PORT = 5432
# the kernel's limit for a socket's path is 107 bytes
LONGEST_SOCKET = 100

SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 300
shared_buffers = 256MB
max_wal_size = 2GB
wal_level = minimal
max_wal_senders = 0
jit = off
# what it counts while a test fills a table that nobody else can see is none
autovacuum = off
fsync = off
synchronous_commit = off
full_page_writes = off
log_min_messages = fatal
"""


class PostgresError(RuntimeError):
    """The cluster could not be made, started or stopped."""


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold an exclusive lock on `file` among all processes of this machine."""
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Postgres:
    """The cluster of one cache folder.

    PostgreSQL refuses to run as root, so root runs it as another user. Where that
    user cannot enter the cache folder (root's home), the cluster itself is in
    `/var/lib/account_mobilepay/` and the cache folder has a link to it.

    Nothing in it is durable (`fsync` is off) until `set_durable(True)`, and nothing is
    vacuumed.
    """

    paths: Paths

    # -- where and who ---------------------------------------------------------

    @property
    def link(self) -> Path:
        """The cluster's name in the folder of databases, mostly the cache folder."""
        return self.paths.state / "postgres"

    @property
    def folder(self) -> Path:
        """The cluster's real folder: `data/`, `run/` and `log`."""
        return self.link.resolve()

    @property
    def socket_folder(self) -> Path:
        """What libpq wants as `host`."""
        return (self.folder / "run").resolve()

    @property
    def user(self) -> str | None:
        """The user that runs the server when this process is root's."""
        if os.geteuid() != 0:
            return None
        known = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in known else "nobody"

    def dsn(self, database: str) -> dict[str, Any]:
        """Keyword arguments for `psycopg2.connect`."""
        return {
            "host": str(self.socket_folder),
            "port": PORT,
            "user": ROLE,
            "dbname": database,
        }

    def environment(self) -> dict[str, str]:
        """Environment variables with which `createdb` and the like find the cluster."""
        path = os.pathsep.join([str(self._programs()), os.environ.get("PATH", "")])
        return {
            "PGHOST": str(self.socket_folder),
            "PGPORT": str(PORT),
            "PGUSER": ROLE,
            "PATH": path,
        }

    def odoo_options(self) -> dict[str, str]:
        """The same for the `[options]` of an Odoo configuration file."""
        return {
            "db_host": str(self.socket_folder),
            "db_port": str(PORT),
            "db_user": ROLE,
        }

    # -- the server ------------------------------------------------------------

    def ensure_running(self) -> None:
        """Make the cluster where it is missing, start it where it is stopped."""
        if self.is_running():
            return
        self.paths.state.mkdir(parents=True, exist_ok=True)
        with locked(self.paths.state / "postgres.lock"):
            if self.is_running():
                return
            self._make_folder()
            self._make_socket_folder()
            if not self._has_usable_data():
                self._init()
            self._start()

    def is_running(self) -> bool:
        """Whether the server answers."""
        try:
            psycopg2.connect(**self.dsn("postgres"), connect_timeout=5).close()
        except psycopg2.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Stop the server; open connections are closed."""
        self._forget_stale_pid()
        if self._pid_file.exists():
            self._run("pg_ctl", "stop", "-D", self._data, "-m", "fast", "-w")

    def remove(self) -> None:
        """Stop the server and delete the cluster."""
        folder, sockets = self.folder, self.socket_folder
        if folder.is_dir():
            self.stop()
        for leftover in {folder, sockets}:
            shutil.rmtree(leftover, ignore_errors=True)
        if self.link.is_symlink():
            self.link.unlink()

    def set_durable(self, durable: bool) -> None:
        """Have PostgreSQL work as on a server (for measurements), or as for tests."""
        value = "on" if durable else "off"
        for name in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            self.execute(f"ALTER SYSTEM SET {name} = {value}")
        self.execute("SELECT pg_reload_conf()")

    # -- databases -------------------------------------------------------------

    @contextlib.contextmanager
    def connect(self, database: str) -> Iterator[psycopg2.extensions.connection]:
        """A connection in autocommit mode, closed at the end."""
        connection = psycopg2.connect(**self.dsn(database))
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def execute(
        self,
        query: str | sql.Composable,
        parameters: tuple[Any, ...] = (),
        database: str = "postgres",
    ) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows, if it has any."""
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def exists(self, database: str) -> bool:
        """Whether there is a database of this name."""
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        return bool(self.execute(query, (database,)))

    def names(self, prefix: str = "") -> list[str]:
        """The databases whose name begins with `prefix`."""
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        return sorted(row[0] for row in self.execute(query, (prefix,)))

    def createdb(self, database: str, template: str | None = None) -> None:
        """Create an empty database as Odoo does, or a copy of `template`."""
        query = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database))
        if template:
            # copying files beats writing them through the log when fsync is off
            query += sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(template)
            )
        else:
            query += sql.SQL(" ENCODING 'unicode' LC_COLLATE 'C' TEMPLATE template0")
        self.execute(query)

    def renamedb(self, old: str, new: str) -> None:
        """Rename a database that nobody uses."""
        query = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        self.execute(query.format(sql.Identifier(old), sql.Identifier(new)))

    def dropdb(self, database: str) -> None:
        """Drop a database if it is there, with whoever is connected to it."""
        query = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self.execute(query.format(sql.Identifier(database)))

    def dump(self, database: str) -> bytes:
        """All of a database as SQL text, by pg_dump."""
        dsn = self.dsn(database)
        place = ["-h", dsn["host"], "-p", str(dsn["port"]), "-U", dsn["user"]]
        command = [str(self._programs() / "pg_dump"), *place, database]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise PostgresError(f"pg_dump failed: {done.stderr.decode()}")
        return done.stdout

    # -- making and starting it ------------------------------------------------

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _make_folder(self) -> None:
        if self.link.exists():
            return
        if self.user and not self._can_enter(self.paths.state):
            key = hashlib.sha256(str(self.paths.state).encode()).hexdigest()[:12]
            real = Path("/var/lib") / "account_mobilepay" / key
            real.mkdir(parents=True, exist_ok=True)
            # a link to a folder that is gone
            self.link.unlink(missing_ok=True)
            self.link.symlink_to(real)
        else:
            self.link.mkdir()
        self._give(self.folder)

    def _make_socket_folder(self) -> None:
        run = self.folder / "run"
        if run.is_dir():
            return
        # a link to a temporary folder that is gone
        run.unlink(missing_ok=True)
        if len(str(run / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET:
            run.symlink_to(tempfile.mkdtemp(prefix="account_mobilepay-"))
        else:
            run.mkdir()
        self._give(run.resolve())

    def _give(self, folder: Path) -> None:
        folder.chmod(0o700)
        if self.user:
            shutil.chown(folder, self.user)

    def _can_enter(self, folder: Path) -> bool:
        done = subprocess.run(
            ["test", "-x", str(folder)], user=self.user, cwd="/", check=False
        )
        return done.returncode == 0

    def _has_usable_data(self) -> bool:
        version = self.folder / "data" / "PG_VERSION"
        return version.is_file() and version.read_text().strip() in self._versions()

    @staticmethod
    def _versions() -> dict[str, Path]:
        found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
        return {path.parent.parent.name: path.parent for path in found}

    def _programs(self) -> Path:
        """The programs that made the cluster, else the newest on the machine."""
        versions = self._versions()
        made_by = self.folder / "data" / "PG_VERSION"
        if made_by.is_file() and made_by.read_text().strip() in versions:
            return versions[made_by.read_text().strip()]
        if not versions:
            raise PostgresError("no PostgreSQL server: apt-get install postgresql")
        return versions[max(versions, key=int)]

    def _init(self) -> None:
        new = self.folder / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        self._set_aside()
        options = ["--auth-local=trust", "--auth-host=reject", "--no-sync"]
        encoding = ["--encoding=UTF8", "--locale=C.UTF-8"]
        self._run("initdb", "-D", str(new), "-U", ROLE, *options, *encoding)
        with (new / "postgresql.conf").open("a") as configuration:
            configuration.write(SETTINGS)
            configuration.write(f"unix_socket_directories = '{self.socket_folder}'\n")
        new.rename(self._data)

    def _set_aside(self) -> None:
        data, broken = Path(self._data), self.folder / "data.broken"
        if data.exists():
            shutil.rmtree(broken, ignore_errors=True)
            data.rename(broken)

    def _start(self) -> None:
        try:
            self._pg_ctl_start()
        except PostgresError:
            # Without fsync a power cut can leave data that no server starts on.
            # It is a cache: begin anew, the old data stays beside it once.
            self._init()
            self._pg_ctl_start()

    @property
    def _pid_file(self) -> Path:
        return self.folder / "data" / "postmaster.pid"

    def _forget_stale_pid(self) -> None:
        """Remove the file of a killed server whose number another process has now.

        PostgreSQL would take that process for a running server.
        """
        if self._pid_file.exists():
            pid = self._pid_file.read_text().split()[0]
            command = Path("/proc", pid, "comm")
            if not command.exists() or command.read_text().strip() != "postgres":
                self._pid_file.unlink()

    def _pg_ctl_start(self) -> None:
        self._forget_stale_pid()
        log = str(self.folder / "log")
        self._set_socket_folder()
        self._run("pg_ctl", "start", "-D", self._data, "-l", log, "-w", "-t", "60")

    def _set_socket_folder(self) -> None:
        """A socket folder of temporary name may have changed since initdb."""
        file = Path(self._data) / "postgresql.conf"
        line = f"unix_socket_directories = '{self.socket_folder}'"
        pattern = r"^unix_socket_directories = .*$"
        text = re.sub(pattern, line, file.read_text(), flags=re.M)
        file.write_text(text)

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user.

        Its output goes to a file: a pipe would stay open in the server for ever.
        """
        command = [str(self._programs() / program), *arguments]
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command,
                user=self.user,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                check=False,
            )
            if done.returncode:
                output.seek(0)
                text = output.read().decode(errors="replace").strip()
                raise PostgresError(f"{program} failed: {text}")
