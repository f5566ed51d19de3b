"""README.rst and static/description/index.html, made of the fragments in readme/."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from docutils.core import publish_parts

REPOSITORY = Path(__file__).resolve().parents[1]
#: fragments in the order of OCA's README, with their titles
SECTIONS = (
    ("CONTEXT", "Use Cases / Context"),
    ("INSTALL", "Installation"),
    ("CONFIGURE", "Configuration"),
    ("USAGE", "Usage"),
    ("ROADMAP", "Known issues / Roadmap"),
    ("DEVELOP", "Development"),
    ("HISTORY", "Changelog"),
    ("CONTRIBUTORS", "Contributors"),
)
PICTURES = "static/description/"
NOTE = (
    ".. !!!! This file is made by dev/readme of the fragments in readme/: change\n"
    "   those and run it again.\n"
)
#: docutils may read no files and write no messages into the page
SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 2,
    "halt_level": 2,
    "initial_header_level": 2,
    "doctitle_xform": True,
    "toc_backlinks": False,
    "syntax_highlight": "none",
}


def readme(repository: Path = REPOSITORY) -> str:
    """Return README.rst as the fragments make it."""
    folder = repository / "readme"
    name = ast.literal_eval((repository / "__manifest__.py").read_text())["name"]
    line = "=" * len(name)
    parts = [
        f"{NOTE}\n{line}\n{name}\n{line}",
        _read(folder / "DESCRIPTION.rst"),
        "**Table of contents**\n\n.. contents::\n   :local:",
    ]
    for fragment, title in SECTIONS:
        text = _read(folder / f"{fragment}.rst")
        parts.append(f"{title}\n{'=' * len(title)}\n\n{text}")
    # a fragment names a picture from where the fragment is
    return "\n\n".join(parts).replace(f"../{PICTURES}", PICTURES) + "\n"


def page(text: str) -> str:
    """Return the page that Odoo shows in its list of apps, beside its pictures."""
    text = text.replace(f" {PICTURES}", " ")
    body = publish_parts(text, writer="html5", settings_overrides=SETTINGS)["html_body"]
    return f'<!DOCTYPE html>\n<html lang="en">\n<body>\n{body}</body>\n</html>\n'


def pages(repository: Path = REPOSITORY) -> dict[Path, str]:
    """Return the files to be written, with their texts."""
    text = readme(repository)
    return {
        repository / "README.rst": text,
        repository / "static/description/index.html": page(text),
    }


def out_of_step(repository: Path = REPOSITORY) -> list[str]:
    """Return the files that are not what the fragments make."""
    return [
        str(file.relative_to(repository))
        for file, text in pages(repository).items()
        if not file.exists() or file.read_text() != text
    ]


def _read(file: Path) -> str:
    return file.read_text().strip()


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` only compare them."""
    if arguments == ["--check"]:
        wrong = out_of_step()
        if wrong:
            print(f"not in step with readme/: {', '.join(wrong)}; run dev/readme")
        return bool(wrong)
    if arguments:
        print("usage: dev/readme [--check]", file=sys.stderr)
        return 2
    for file, text in pages().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        print(f"wrote {file.relative_to(REPOSITORY)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
