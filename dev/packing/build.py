"""A wheel of the tracked files, and what has to be in it.

whool packs an addon's whole folder, and here that folder is the repository, with the
simulator and the tests that need it. It knows no way to leave something out, so it is
given a folder without: what ``git archive`` makes of the tracked files as they stand,
after the rules in .gitattributes.
"""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from pathlib import Path

from stack.paths import ADDON, REPOSITORY

DISTRIBUTION = f"odoo-addon-{ADDON}"
INSIDE = f"odoo/addons/{ADDON}/"
#: what nobody needs who runs the addon
UNWANTED = ("dev/", "tests/", ".", "build/", "dist/", "pyproject.toml", "PKG-INFO")
#: what Odoo, the app list and a reader look for
WANTED = (
    "__init__.py",
    "__manifest__.py",
    "README.rst",
    "data/neutralize.sql",
    "i18n/da.po",
    "i18n/fi.po",
    "readme/DESCRIPTION.rst",
    "static/description/icon.png",
    "static/description/index.html",
)


class PackingError(RuntimeError):
    """The wheel could not be built or is not what it has to be; the text says why."""


def copy_tracked(folder: Path) -> Path:
    """Put the files of the addon, as they stand, into `folder`; return where.

    The folder's name is the addon's: whool takes it for the name.
    """
    with tempfile.TemporaryDirectory() as git_dir:
        archive = _archive(git_dir)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return folder / ADDON


def build(folder: Path) -> Path:
    """Build the wheel into `folder` and return its path."""
    with tempfile.TemporaryDirectory() as work:
        source = copy_tracked(Path(work))
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        # whool is pinned like every other tool, and is here already
        options = ["--no-build-isolation", f"--wheel-dir={folder}", str(source)]
        run([*pip, *options])
    [wheel] = folder.glob(f"{DISTRIBUTION.replace('-', '_')}-*.whl")
    return wheel


def metadata(wheel: Path) -> Message:
    """Return what the wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        return message_from_string(archive.read(name).decode())


def problems(wheel: Path) -> Iterator[str]:
    """Yield what is wrong with the wheel's files and with what it says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    own = {name.removeprefix(INSIDE) for name in names if name.startswith(INSIDE)}
    for name in names:
        if not name.startswith(INSIDE) and ".dist-info/" not in name:
            yield f"{name} is outside of the addon"
    for name in sorted(own):
        if name.startswith(UNWANTED) or name.endswith((".pyc", ".orig", ".rej")):
            yield f"{name} has no place in it"
    manifest = read_manifest()
    for name in [*WANTED, *manifest["data"], *manifest.get("images", [])]:
        if name not in own:
            yield f"{name} is missing"
    yield from _metadata_problems(metadata(wheel))


def read_manifest() -> dict[str, list[str]]:
    """Return the addon's manifest."""
    return dict(ast.literal_eval((REPOSITORY / "__manifest__.py").read_text()))


def run(command: list[str], cwd: Path | None = None, stdin: str = "") -> bytes:
    """Run a command and return what it wrote; `PackingError` if it fails."""
    done = subprocess.run(
        command, cwd=cwd, input=stdin.encode(), capture_output=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise PackingError(f"{' '.join(command[:4])} … failed:\n{said[-3000:]}")
    return done.stdout


def tracked() -> list[str]:
    """Return the names of the tracked files that are there.

    Where the checkout has no repository, as an unpacked archive, those are all files
    but what .gitignore names.
    """
    if (REPOSITORY / ".git").exists():
        listed = run(["git", "ls-files", "-z"], REPOSITORY)
    else:
        with tempfile.TemporaryDirectory() as git_dir:
            git = _repository_of_the_moment(git_dir)
            run([*git, "add", "--all"], REPOSITORY)
            listed = run([*git, "ls-files", "-z"], REPOSITORY)
    names = [name for name in listed.decode().split("\0") if name]
    return [name for name in names if os.path.lexists(REPOSITORY / name)]


def _archive(git_dir: str) -> bytes:
    """What ``git archive`` makes of the checkout; its repository is left alone."""
    git = _repository_of_the_moment(git_dir)
    add = ["add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"]
    run([*git, *add], REPOSITORY, "\0".join(tracked()))
    tree = run([*git, "write-tree"]).decode().strip()
    return run([*git, "archive", f"--prefix={ADDON}/", tree])


def _repository_of_the_moment(git_dir: str) -> list[str]:
    """Return the beginning of git commands for a new repository of the checkout."""
    run(["git", "init", "--quiet", "--bare", git_dir])
    return ["git", f"--git-dir={git_dir}", f"--work-tree={REPOSITORY}"]


def _metadata_problems(said: Message) -> Iterator[str]:
    manifest = read_manifest()
    expected = {
        "Name": DISTRIBUTION,
        "Summary": manifest["summary"],
        "License": manifest["license"],
        "Author": manifest["author"],
        "Description-Content-Type": "text/x-rst",
    }
    for key, value in expected.items():
        if said[key] != value:
            yield f"{key} is {said[key]!r}, not {value!r}"
    # a commit after the version's own makes a fourth number of it
    if not f"{said['Version']}.".startswith(f"{manifest['version']}."):
        yield f"Version is {said['Version']}, not {manifest['version']}"
    wanted = sorted(requirements())
    if (found := sorted(said.get_all("Requires-Dist", []))) != wanted:
        yield f"it requires {found}, not {wanted}"


def requirements() -> list[str]:
    """Return what the wheel has to require: Odoo, and what the addon needs beside."""
    lines = (REPOSITORY / "dev" / "requirements-addon.txt").read_text().splitlines()
    return ["odoo==19.0.*", *(line for line in lines if line and line[0] != "#")]
