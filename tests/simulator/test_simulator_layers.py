"""Which modules of the simulator may import which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

from simclient import DEV

ROOT = DEV / "simulator"
#: They put shared parts and services together.
ASSEMBLY = {"simulator.app", "simulator.__main__"}
SERVICES = ("simulator.classic", "simulator.vipps")


def name_of(path: Path) -> str:
    parts = path.relative_to(DEV).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def imported(path: Path) -> Iterator[str]:
    """What a module imports, also inside of functions and for type checks."""
    name = name_of(path)
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            base = resolve_name(source, package)
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield whole if whole in MODULES else base


MODULES = {name_of(path): path for path in ROOT.rglob("*.py")}
ARROWS = {
    name: {other for other in imported(path) if other in MODULES} - {name}
    for name, path in MODULES.items()
}


def service_of(name: str) -> str | None:
    return next((root for root in SERVICES if f"{name}.".startswith(f"{root}.")), None)


def test_modules_are_found():
    assert "simulator.service" in ARROWS["simulator.core"]
    assert "simulator.classic.service" in ARROWS["simulator.app"]


def test_no_circles():
    # a CycleError names the modules of the circle
    ordered = list(TopologicalSorter(ARROWS).static_order())
    assert set(ordered) == set(MODULES)


def test_what_is_shared_knows_no_service():
    # a second service stands beside the first: what both use must not need either
    wrong = [
        (name, other)
        for name, others in ARROWS.items()
        for other in others
        if service_of(other) not in (None, service_of(name)) and name not in ASSEMBLY
    ]
    assert not wrong


def test_the_addon_is_not_there():
    """It is a second reading of the contracts: nothing of the first is used."""
    trees = (ast.walk(ast.parse(path.read_text())) for path in MODULES.values())
    named = {
        alias.name if isinstance(node, ast.Import) else node.module or ""
        for tree in trees
        for node in tree
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert not {name for name in named if name.split(".")[0] in ("mobilepay", "odoo")}


def test_services_leave_the_assembly_alone():
    wrong = [name for name, others in ARROWS.items() if others & ASSEMBLY]
    assert wrong in ([], ["simulator.__main__"])
