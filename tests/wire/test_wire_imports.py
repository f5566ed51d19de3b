"""The wire stands alone: no Odoo, no state, no surprises on import."""

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mobilepay"

EVERYTHING = """
import importlib, pkgutil, sys, warnings
warnings.simplefilter("error")
import mobilepay
for module in pkgutil.walk_packages(mobilepay.__path__, "mobilepay."):
    importlib.import_module(module.name)
assert "mobilepay.classic.invoices" in sys.modules, "not all was imported"
print(sorted(name for name in sys.modules if name.split(".")[0] == "odoo"))
"""


def test_importing_all_of_it_brings_in_no_odoo_and_no_warning():
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_it_works_as_a_part_of_another_package(tmp_path):
    (tmp_path / "outer").mkdir()
    (tmp_path / "outer" / "__init__.py").touch()
    (tmp_path / "outer" / "mobilepay").symlink_to(PACKAGE)
    code = (
        "import sys; from outer.mobilepay.classic.invoices import InvoiceApi;"
        "assert 'mobilepay' not in sys.modules; print(InvoiceApi.__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        timeout=60,
    )
    assert done.stdout.strip() == "outer.mobilepay.classic.invoices", done.stderr


def _public(tree: ast.Module):
    for node in ast.walk(tree):
        named = isinstance(node, ast.FunctionDef | ast.ClassDef)
        if named and not node.name.startswith("_"):
            yield node


def test_every_public_thing_says_what_it_is_for():
    silent = []
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        if not ast.get_docstring(tree):
            silent.append(str(file))
        silent += [
            f"{file.name}: {node.name}"
            for node in _public(tree)
            if not ast.get_docstring(node)
        ]
    assert silent == []


def test_files_and_functions_stay_short():
    lengths = []
    for file in PACKAGE.rglob("*.py"):
        text = file.read_text("utf-8")
        assert len(text.splitlines()) < 400, file.name
        lengths += [
            node.end_lineno - node.lineno + 1
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef)
        ]
    assert max(lengths) <= 50
    assert sorted(lengths)[len(lengths) // 2] < 10
