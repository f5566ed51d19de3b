"""How much a test tries: a little in every run, all under ``dev/test --slow``.

A class that uses it is tagged ``mobilepay_scaled``, by which ``--slow`` finds it::

    @tagged("post_install", "-at_install", "mobilepay_scaled")
    class TestFaults(RealDatabaseCase):
        INVOICES = scaled(40, 500)
"""

import os


def scaled(short, long):
    """Return ``long`` under ``dev/test --slow``, else ``short``."""
    return long if os.environ.get("MOBILEPAY_SLOW") else short
