"""Which room names whose models: says where an arrow points upwards.

A room is a folder of ``models/``. The lower ones stand without the others: whoever
changes sending need not look into the connection. An arrow is a model's name in a
string (``env[...]``, a field's comodel, ``_inherit``, ``res_model``), its table's name
in SQL, or a Python import. Read from the source, without Odoo.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
MODELS = "models"
# tests and dev look at all, and nothing looks at them
SIDES = ("models", "wizard", "controllers", "tools", "mobilepay")
# the rooms that know few; all the others may know each other
KNOWS = {
    "base": ("base",),
    "connection": ("base", "connection"),
    "request": ("base", "connection", "request"),
}
# what a folder does not import, as it lies below or beside it
APART = {
    "models": ("wizard", "controllers", "tests", "dev"),
    "wizard": ("controllers", "tests", "dev"),
    "controllers": ("wizard", "tests", "dev"),
    "tools": ("models", "wizard", "controllers", "tests", "dev"),
    "mobilepay": ("models", "wizard", "controllers", "tools", "tests", "dev"),
}
IN_SQL = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+\"?(\w+)", re.IGNORECASE)


class Source(NamedTuple):
    """A Python file of the addon: its path below the root, read."""

    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        return _room(self.path.parts)


class Arrow(NamedTuple):
    """One room's file points at something of another room."""

    path: Path
    line: int
    room: str
    thing: str
    owner: str

    def __str__(self) -> str:
        known = " and ".join(KNOWS.get(self.room, ()))
        return (
            f"{self.path}:{self.line}: room {self.room} names {self.thing} of room"
            f" {self.owner}, but may know {known} only. Let {self.owner} say it: in a"
            f" file of models/{self.owner}/ that extends what stands here (_inherit)"
        )


def problems(root: Path = REPOSITORY) -> Iterator[str]:
    """Yield what is wrong in an addon, a line for each."""
    sources = [
        Source(path.relative_to(root), ast.parse(path.read_text("utf-8")))
        for side in SIDES
        for path in sorted((root / side).rglob("*.py"))
    ]
    for room in KNOWS:
        if not (root / MODELS / room).is_dir():
            yield f"models/{room}: no such room, but dev/arrows.py has rules for it"
    owners = _owners(sources)
    for source in sources:
        for arrow in (*_named(source, owners), *_imported(source)):
            if arrow.owner not in KNOWS.get(arrow.room, (arrow.owner,)):
                yield str(arrow)
    yield from _beyond(sources)
    yield from _circles(sources)


def _room(parts: tuple[str, ...]) -> str:
    """Return the room of a file or module; of all else, its folder."""
    return parts[1] if parts[0] == MODELS and len(parts) > 1 else parts[0]


# ----------------------------------------------------------------------------- models


def _owners(sources: list[Source]) -> dict[str, str]:
    """Return the room that makes each model, by the model's and its table's name."""
    owners = {}
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef) and (name := _made(node)):
                owners[name] = owners[name.replace(".", "_")] = source.room
    return owners


def _made(node: ast.ClassDef) -> str | None:
    """Return the name of the model that a class makes, None if it only extends one."""
    said = {
        target.id: _strings(line.value)
        for line in node.body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name)
    }
    names = said.get("_name", [])
    return names[0] if names and names[0] not in said.get("_inherit", []) else None


def _strings(node: ast.AST) -> list[str]:
    return [
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]


def _named(source: Source, owners: dict[str, str]) -> Iterator[Arrow]:
    """Yield the models that a file names in strings, docstrings apart."""
    prose = {
        id(node.value) for node in ast.walk(source.tree) if isinstance(node, ast.Expr)
    }
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Constant) or id(node) in prose:
            continue
        text = node.value if isinstance(node.value, str) else ""
        for name in {text} if "." in text else set(IN_SQL.findall(text)):
            if name in owners:
                yield Arrow(source.path, node.lineno, source.room, name, owners[name])


# ---------------------------------------------------------------------------- imports


def _imported(source: Source) -> Iterator[Arrow]:
    """Yield what a room imports from another one."""
    for line, parts in _imports(source):
        owner = _room(parts)
        if parts[0] == MODELS and owner != source.room:
            yield Arrow(source.path, line, source.room, ".".join(parts[2:]), owner)


def _imports(source: Source) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield line and path of each module, or name in it, of the addon's own."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = source.path.parts[: -node.level]
            module = tuple(node.module.split(".")) if node.module else ()
            for alias in node.names:
                yield node.lineno, (*above, *module, alias.name)


def _beyond(sources: list[Source]) -> Iterator[str]:
    """Yield what a folder imports from one that knows it, or that looks at all."""
    for source in sources:
        side = source.path.parts[0]
        for line, parts in _imports(source):
            if parts[0] in APART[side]:
                yield (
                    f"{source.path}:{line}: {side}/ imports from {parts[0]}/. Put what"
                    f" both need into {side}/, and import it there"
                )


def _circles(sources: list[Source]) -> Iterator[str]:
    """Yield rooms that import each other, in a circle of whatever length."""
    places: dict[tuple[str, str], str] = {}
    above = defaultdict(set)
    for source in sources:
        for arrow in _imported(source):
            if source.path.parts[0] == MODELS:
                above[arrow.room].add(arrow.owner)
                places[arrow.room, arrow.owner] = f"{arrow.path}:{arrow.line}"
    for room in sorted(above):
        way = _way_back(room, above)
        if way and room == min(way):
            steps = zip(way, [*way[1:], room], strict=True)
            yield (
                f"rooms import each other in a circle: {' → '.join([*way, room])}"
                f" ({', '.join(places[step] for step in steps)}). Put what they share"
                " into the lowest of them"
            )


def _way_back(room: str, above: dict[str, set[str]]) -> list[str]:
    """Return the rooms of a shortest circle through this one, [] if there is none."""
    ways, seen = [[room]], {room}
    for way in ways:
        for owner in sorted(above.get(way[-1], ())):
            if owner == room:
                return way
            if owner not in seen:
                seen.add(owner)
                ways.append([*way, owner])
    return []


if __name__ == "__main__":
    found = sorted(set(problems()))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))
