"""An environment with Odoo, its requirements and the wheel: nothing else is in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack import OdooServer
from stack.paths import Paths

from .build import run


@dataclass(frozen=True)
class CleanPaths(Paths):
    """The same Odoo and databases, with an interpreter that sees no checkout."""

    environment: Path = Path()

    @property
    def python(self) -> Path:
        """The clean environment's interpreter."""
        return self.environment / "bin" / "python"

    def own_addons(self) -> list[Path]:
        """None: the wheel is found where pip has put it."""
        return []


class CleanServer(OdooServer):
    """An Odoo of the clean environment; nothing of this process's path is in it."""

    def environment(self) -> Mapping[str, str]:
        """Without ``dev/``, which ``PYTHONPATH`` names here."""
        return without_checkout()


def without_checkout() -> dict[str, str]:
    """Return this process's environment variables, but for Python's path."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}


def make_environment(paths: Paths, wheel: Path, folder: Path) -> CleanPaths:
    """Make a virtual environment in `folder` and install the wheel with all it needs.

    Odoo itself is in no index: a line in a .pth file leads to it. For pip it says
    nothing of what it needs, which Debian's one does under other names (psycopg2).
    """
    run([str(paths.python), "-m", "venv", str(folder)])
    clean = CleanPaths(paths.home, environment=folder)
    [site] = folder.glob("lib/python3*/site-packages")
    (site / "odoo19.pth").write_text(f"{paths.odoo}\n")
    said = site / "odoo-19.0.dist-info"
    said.mkdir()
    (said / "METADATA").write_text("Metadata-Version: 2.1\nName: odoo\nVersion: 19.0\n")
    odoo = folder / "bin" / "odoo"
    odoo.write_text(f"#!{clean.python}\nfrom odoo.cli import main\n\nmain()\n")
    odoo.chmod(0o755)
    dev = paths.dev
    pip = [str(clean.python), "-m", "pip", "install", "--quiet"]
    versions = ["--disable-pip-version-check", "-c", str(dev / "constraints.txt")]
    run([*pip, *versions, "-r", str(dev / "requirements.txt"), str(wheel)])
    return clean
