"""Real Odoo processes on databases of the private cluster."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import configuration
from .paths import Paths
from .postgres import Postgres
from .processes import Server, dying_with_parent, free_port


class OdooError(RuntimeError):
    """An Odoo command failed; the text has the last lines that it printed."""


class OdooServer(Server):
    """An Odoo server for one database, on loopback.

    `workers=0` is one threaded process, more is Odoo's prefork mode. Cron is off
    unless `options` says otherwise (`{"max_cron_threads": 1}`).

    >>> with OdooServer("my_db", options={"max_cron_threads": 1}) as odoo:
    ...     requests.get(odoo.url + "/web/login", timeout=10)
    """

    health_path = "/web/health"

    def __init__(
        self,
        database: str,
        *,
        addons_path: Sequence[Path | str] = (),
        workers: int = 0,
        http_port: int | None = None,
        log_file: Path | None = None,
        options: Mapping[str, object] | None = None,
        paths: Paths | None = None,
    ) -> None:
        self.paths = paths or Paths.from_environment()
        self.database = database
        self.addons_path = addons_path
        self.workers = workers
        self.options = dict(options or {})
        port = http_port or free_port()
        log = self.paths.logs / f"odoo-{database}-{port}.log"
        super().__init__(port, log_file or log)

    def prepare(self) -> None:
        """Start PostgreSQL and write the configuration file."""
        Postgres(self.paths).ensure_running()
        configuration.write(self._configuration_file, self._options())

    def stop(self) -> None:
        """End it with its workers."""
        super().stop()
        self._configuration_file.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """The server's command line."""
        return [*_odoo(self.paths), "-c", str(self._configuration_file)]

    @property
    def _configuration_file(self) -> Path:
        return self.paths.home / "run" / f"{self.database}-{self.port}.conf"

    def _options(self) -> dict[str, str]:
        own: dict[str, object] = {
            "db_name": self.database,
            "dbfilter": f"^{self.database}$",
            "workers": self.workers,
            "http_port": self.port,
            "gevent_port": free_port(),
        }
        return configuration.options(self.paths, self.addons_path, **own | self.options)


def install(
    database: str,
    modules: Sequence[str],
    with_demo: bool = False,
    *,
    addons_path: Sequence[Path | str] = (),
    paths: Paths | None = None,
) -> None:
    """Install `modules` in `database`, which is created where it is missing.

    Raises `OdooError` if one of them is not installed afterwards: Odoo itself only
    warns of a module that it does not know.
    """
    paths = paths or Paths.from_environment()
    demo = ["--with-demo"] if with_demo else []
    arguments = ["-d", database, "-i", ",".join(modules), *demo]
    output = _run(paths, addons_path, [*arguments, "--stop-after-init", "--no-http"])
    missing = set(modules) - _installed(Postgres(paths), database)
    if missing:
        raise OdooError(f"not installed: {', '.join(sorted(missing))}\n{_tail(output)}")


def upgrade(
    database: str,
    modules: Sequence[str],
    *,
    addons_path: Sequence[Path | str] = (),
    paths: Paths | None = None,
) -> None:
    """Update `modules` to their code as it stands. Raises `OdooError` if it fails."""
    paths = paths or Paths.from_environment()
    arguments = ["-d", database, "-u", ",".join(modules)]
    _run(paths, addons_path, [*arguments, "--stop-after-init", "--no-http"])


def uninstall(database: str, module: str, *, paths: Paths | None = None) -> None:
    """Uninstall a module by the method of the button in Apps.

    Raises `OdooError` if Odoo refuses; the text has its reason.
    """
    module_record = f"env['ir.module.module']._get({module!r})"
    script = f"{module_record}.button_immediate_uninstall()"
    run_odoo_shell(database, script, paths=paths)


def neutralize(database: str, *, paths: Paths | None = None) -> None:
    """Make a copy harmless, by Odoo's own command. Raises `OdooError` if it fails."""
    paths = paths or Paths.from_environment()
    _run(paths, (), ["-d", database, "--no-http"], command=["neutralize"])


def run_odoo_shell(
    database: str,
    script: str,
    *,
    commit: bool = True,
    addons_path: Sequence[Path | str] = (),
    paths: Paths | None = None,
) -> str:
    """Run Python text in `odoo shell` (it sees `env`) and return what it printed.

    Commits at the end unless told otherwise. Raises `OdooError` if it fails.
    """
    paths = paths or Paths.from_environment()
    text = f"{script}\nenv.cr.commit()\n" if commit else script
    arguments = ["-d", database, "--no-http", "--log-level=warn"]
    return _run(paths, addons_path, arguments, command=["shell"], text=text)


def _installed(postgres: Postgres, database: str) -> set[str]:
    query = "SELECT name FROM ir_module_module WHERE state = 'installed'"
    return {row[0] for row in postgres.execute(query, database=database)}


def _odoo(paths: Paths) -> list[str]:
    return [str(paths.python), str(paths.python.with_name("odoo"))]


def _run(
    paths: Paths,
    addons_path: Sequence[Path | str],
    arguments: Sequence[str],
    command: Sequence[str] = (),
    text: str = "",
) -> str:
    Postgres(paths).ensure_running()
    folders = configuration.addons_path(paths, addons_path)
    options = ["--addons-path", folders, *arguments]
    file = paths.home / "run" / f"{paths.addons.name}.conf"
    configuration.write(file, configuration.options(paths))
    done = subprocess.run(
        dying_with_parent([*_odoo(paths), *command, "-c", str(file), *options]),
        input=text.encode(),
        capture_output=True,
        start_new_session=True,
        check=False,
    )
    if done.returncode:
        output = _tail((done.stdout + done.stderr).decode(errors="replace"))
        raise OdooError(f"odoo {' '.join(arguments)} failed:\n{output}")
    return done.stdout.decode(errors="replace")


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-25:])
