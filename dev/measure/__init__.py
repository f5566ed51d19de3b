"""Measurements: what the addon costs, as ratios within one run.

``__main__`` plays the figures one after the other, a module for each subject.
``goals`` says what is compared and how good it has to be. A ``lab`` has the databases:
books are made once (``books``, ``money``, a hundred times as many by ``multiply``), and
each run has a clone of its own. A run is a function that is called within a process
that has Odoo loaded (``workers``, ``child``) and times itself (``timing``).
``simulated`` connects such books to a simulator of MobilePay; ``load`` plays the
clients of an HTTP server; ``addons/`` holds what is measured against.
"""
