"""What the manifest and the wheel say they need is what the code imports."""

import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from odoo.tests import BaseCase, tagged

from packing.build import read_manifest, requirements

REPOSITORY = Path(__file__).resolve().parents[2]
#: for working on the addon, in no wheel
ELSEWHERE = ("dev", "tests")
#: what Odoo requires itself and cannot do without, so nobody declares it
OF_ODOO = {"dateutil", "markupsafe", "odoo", "psycopg2", "urllib3", "werkzeug"}
#: imported for type checkers alone
TYPES = {"typing_extensions"}


def imported():
    """Return the distributions that the addon's own code imports."""
    modules = set()
    for file in REPOSITORY.rglob("*.py"):
        if file.relative_to(REPOSITORY).parts[0] not in ELSEWHERE:
            modules |= _modules(ast.parse(file.read_text()))
    foreign = modules - set(sys.stdlib_module_names) - OF_ODOO - TYPES
    known = packages_distributions()
    return {known[module][0].lower() for module in foreign}


def _modules(tree):
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@tagged("post_install", "-at_install")
class TestManifest(BaseCase):
    def test_declares_what_is_imported(self):
        declared = read_manifest()["external_dependencies"]["python"]
        self.assertEqual(set(declared), imported())

    def test_wheel_requires_what_is_declared(self):
        names = {line.partition(">")[0] for line in requirements()[1:]}
        declared = read_manifest()["external_dependencies"]["python"]
        self.assertEqual(set(declared), names)
