"""What OCA's hooks and those for plain text say of the files, and mend with --fix.

The tools mend a copy: what differs then is what was wrong, and is taken over with
``--fix``. OCA's look for an addon below a repository's root, so in the repository
itself, whose root the addon is, they would find none.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from packing.build import tracked
from stack.paths import ADDON, REPOSITORY

BIN = Path(sys.executable).parent
OCA_OPTIONS = [f"--config={REPOSITORY / '.oca_hooks.cfg'}"]
OCA_MODULE = ["oca-checks-odoo-module", *OCA_OPTIONS]
FIXERS = (
    ["trailing-whitespace-fixer"],
    ["end-of-file-fixer"],
    ["mixed-line-ending", "--fix=lf"],
)
CHECKS = (
    (["check-xml"], (".xml",)),
    (["check-toml"], (".toml",)),
    (["check-yaml"], (".yaml", ".yml")),
    (["oca-checks-po", *OCA_OPTIONS], (".po", ".pot")),
)


def main(arguments: list[str]) -> int:
    """Return 0 only if nothing is wrong, or with ``--fix`` nothing is left wrong."""
    if arguments not in ([], ["--fix"]):
        print("usage: hygiene.py [--fix]", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as work:
        copy = Path(work, ADDON)
        names = list(_copied(copy))
        for tool in FIXERS:
            _run([*tool, *names], copy)
        _run([*OCA_MODULE, "--fix", str(copy)], copy)
        mended = [name for name in names if _differs(name, copy)]
        wrong = list(_problems(names, copy))
        if arguments:
            for name in mended:
                shutil.copyfile(copy / name, REPOSITORY / name)
        else:
            wrong += [f"{name}: dev/lint --fix would change it" for name in mended]
    print("\n".join(wrong), end="\n" if wrong else "")
    return bool(wrong)


def _copied(copy: Path) -> Iterator[str]:
    """Copy the text files; yields their names."""
    for name in tracked():
        content = (REPOSITORY / name).read_bytes()
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(content)
        if b"\0" not in content:
            yield name


def _differs(name: str, copy: Path) -> bool:
    return (copy / name).read_bytes() != (REPOSITORY / name).read_bytes()


def _problems(names: list[str], copy: Path) -> Iterator[str]:
    """Yield what the tools still say, once all that can be mended is."""
    for tool, suffixes in CHECKS:
        chosen = [name for name in names if name.endswith(suffixes)]
        yield from _run([*tool, *chosen], copy)
    yield from _run([*OCA_MODULE, str(copy)], copy)


def _run(command: list[str], copy: Path) -> list[str]:
    """Run a tool in the copy; return what it says if it is not content."""
    path, *arguments = str(BIN / command[0]), *command[1:]
    done = subprocess.run(
        [path, *arguments], cwd=copy, capture_output=True, text=True, check=False
    )
    said = f"{done.stdout}{done.stderr}".replace(f"{copy}/".lstrip("/"), "").strip()
    return [f"{command[0]}: {said}"] if done.returncode else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
