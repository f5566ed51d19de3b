"""Odoo's configuration file, made from where things are."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from .paths import Paths
from .postgres import Postgres


def addons_path(paths: Paths, extra: Sequence[Path | str] = ()) -> str:
    """Odoo's own addons, this checkout's addon and `extra`, as Odoo reads them."""
    folders = [*paths.odoo_addons(), *paths.own_addons(), *extra]
    return ",".join(str(folder) for folder in folders)


def options(
    paths: Paths, extra_addons: Sequence[Path | str] = (), **more: object
) -> dict[str, str]:
    """The `[options]` that every Odoo process here needs, and `more` of them."""
    base = {
        "addons_path": addons_path(paths, extra_addons),
        "data_dir": str(paths.data),
        "http_interface": "127.0.0.1",
        "list_db": "False",
        "max_cron_threads": "0",
        "with_demo": "False",
        "screenshots": str(paths.logs / "screenshots"),
        **Postgres(paths).odoo_options(),
    }
    if paths.programs.is_dir():
        base["bin_path"] = str(paths.programs)
    return base | {name: str(value) for name, value in more.items()}


def write(file: Path, values: Mapping[str, str]) -> Path:
    """Write a configuration file that only its owner can read, in one step."""
    lines = ["[options]", *(f"{name} = {value}" for name, value in values.items())]
    file.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp's files are their owner's alone
    handle, new = tempfile.mkstemp(prefix=file.name, dir=file.parent)
    with open(handle, "w") as output:
        output.write("\n".join(lines) + "\n")
    return Path(new).replace(file)
