"""pytest plugin: no test takes away another one's attachments.

All processes of a run share one folder of attachments, which goes with the run. After
each class Odoo deletes what its own database does not know, and so what a test of
another process has just made.
"""

from __future__ import annotations

import importlib


def pytest_sessionstart() -> None:
    # not before: it reads the configuration that pytest-odoo makes
    tests = importlib.import_module("odoo.tests")
    tests.TransactionCase._gc_filestore = classmethod(_leave)


def _leave(_cls: type) -> None:
    """The folder is deleted at the end of the run."""
