"""Where everything is on this machine."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ADDON = "account_mobilepay"
REPOSITORY = Path(__file__).resolve().parents[2]


def _cache_folder() -> Path:
    named = os.environ.get("ACCOUNT_MOBILEPAY_HOME")
    if named:
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / ADDON


@dataclass(frozen=True)
class Paths:
    """The folders that `dev/setup` made; `from_environment()` finds them."""

    home: Path
    repository: Path = REPOSITORY

    @classmethod
    def from_environment(cls) -> Paths:
        """Read `ACCOUNT_MOBILEPAY_HOME`, else take the default cache folder."""
        return cls(_cache_folder().absolute())

    @property
    def python(self) -> Path:
        """The virtual environment's interpreter."""
        return self.home / "venv" / "bin" / "python"

    @property
    def dev(self) -> Path:
        """The repository's `dev/`, which holds `stack` and `simulator`."""
        return self.repository / "dev"

    @property
    def logs(self) -> Path:
        """Log files of what was started."""
        return self.home / "log"

    @property
    def state(self) -> Path:
        """Holds databases and filestores; another one under a clock of its own."""
        return Path(os.environ.get("ACCOUNT_MOBILEPAY_STATE") or self.home)

    @property
    def days(self) -> Path:
        """Databases and filestores of runs under a moved clock (`dev/test --days`)."""
        return self.home / "days"

    @property
    def data(self) -> Path:
        """Odoo's data folder: filestores and sessions."""
        return self.state / "data"

    @property
    def oca_addons(self) -> Path:
        """OCA's addons for bank files; on no addons path until asked for."""
        return self.home / "oca" / "odoo" / "addons"

    @property
    def programs(self) -> Path:
        """wkhtmltopdf, where the machine's Debian does not have it."""
        return self.home / "wkhtmltopdf" / "bin"

    @property
    def addons(self) -> Path:
        """Holds one link, `account_mobilepay`, to this checkout."""
        named = os.environ.get("ACCOUNT_MOBILEPAY_ADDONS")
        if named:
            return Path(named)
        key = hashlib.sha256(str(self.repository).encode()).hexdigest()[:12]
        return self.home / "checkouts" / key

    @property
    def addon(self) -> Path:
        """The addon as Odoo sees it."""
        return self.addons / ADDON

    def own_addons(self) -> list[Path]:
        """The folders on the addons path that Odoo's own do not hold."""
        return [self.addons]

    @property
    def odoo(self) -> Path:
        """The folder that holds the Python package `odoo`."""
        pth = self._site_packages() / "odoo19.pth"
        return Path(pth.read_text().strip())

    def _site_packages(self) -> Path:
        found = sorted((self.home / "venv" / "lib").glob("python3*/site-packages"))
        return found[0] if found else Path(sys.prefix)

    def odoo_addons(self) -> list[Path]:
        """Odoo's own addons folders: packaged Odoo has one, a checkout two."""
        candidates = [self.odoo / "addons", self.odoo / "odoo" / "addons"]
        return [folder for folder in candidates if folder.is_dir()]
