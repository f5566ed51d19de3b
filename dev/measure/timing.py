"""How long a subject takes, how much it asks the database, how much memory it needs."""

from __future__ import annotations

import gc
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

KIB = 1024


@dataclass
class Run:
    """What one run took: seconds, queries, and by how many MiB the peak grew."""

    seconds: float = 0.0
    queries: int = 0
    memory: float = 0.0


@contextmanager
def timed(env: Any) -> Iterator[Run]:
    """Time a block with its commit; the :class:`Run` is filled in at its end."""
    env.flush_all()
    env.cr.commit()
    env.invalidate_all()
    gc.collect()
    run = Run()
    peak, queries = _peak(), env.cr.sql_log_count
    began = time.perf_counter()
    yield run
    env.flush_all()
    env.cr.commit()
    run.seconds = time.perf_counter() - began
    run.queries = env.cr.sql_log_count - queries
    run.memory = _peak() - peak


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB
