"""Measurements: what the addon costs, as ratios within one run.

``__main__`` plays the figures one after the other. Each run of a subject is a
process of its own (``child``) on a database of its own, a clone of one with the
books in it (``books``). ``goals`` says what is compared and how good it has to be.
"""
