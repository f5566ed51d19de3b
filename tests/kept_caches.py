"""Odoo's caches, kept from test to test where nothing has emptied them.

Odoo empties all of them after each test, as a test's rows are gone then. Whoever
changes what a cache holds empties it in the same moment: in one that nobody has emptied
since the test began, all is still true. Much of a test's time went into filling them
again, with mail layouts that were compiled and access rights that were looked up.
"""

from functools import partial
from unittest.mock import patch

from odoo.modules.registry import Registry
from odoo.tests import TransactionCase
from odoo.tests.common import get_db_name

# the others hold what hangs on rows that are made on the way
KEPT = ("groups", "stable", "templates")


def _caches(registry):
    return registry._Registry__caches


def _mark(registry, mark):
    """Put a mark into the caches, which goes when they are emptied."""
    for name in KEPT:
        _caches(registry)[name][mark] = True


def _empty(registry, mark):
    """Empty the caches, but for those that still have the mark."""
    for name, cache in _caches(registry).items():
        if name not in KEPT or mark not in cache:
            cache.clear()


class KeptCachesCase(TransactionCase):
    """Empties at its end, and after each test, only what has to be."""

    @classmethod
    def setUpClass(cls):
        registry = Registry(get_db_name())
        _mark(registry, "class")
        keep = patch.object(
            registry, "clear_all_caches", partial(_empty, registry, "class")
        )
        # cleaned up is in reverse: the patch is there when Odoo empties them
        cls.addClassCleanup(keep.stop)
        super().setUpClass()
        cls.addClassCleanup(keep.start)

    def setUp(self):
        _mark(self.registry, "test")
        keep = partial(_empty, self.registry, "test")
        with patch.object(self.registry, "clear_all_caches", keep):
            super().setUp()
