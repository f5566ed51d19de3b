"""How long a subject takes, how much it asks the database, how much memory it needs."""

from __future__ import annotations

import cProfile
import gc
import os
import pstats
import resource
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KIB = 1024
# names a folder into which each timed block writes its profile
PROFILE = "ACCOUNT_MOBILEPAY_PROFILE"
SHOWN = 60
# of a median, to that of a mean
MEDIAN_ERROR = 1.2533


@dataclass
class Run:
    """What one run took: seconds, queries, and by how many MiB the peak grew.

    `facts` is what else the subject has to tell of it.
    """

    seconds: float = 0.0
    queries: int = 0
    memory: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)


@contextmanager
def timed(env: Any) -> Iterator[Run]:
    """Time a block with its commit; the :class:`Run` is filled in at its end."""
    env.flush_all()
    env.cr.commit()
    env.invalidate_all()
    gc.collect()
    run = Run()
    peak, queries = _peak(), env.cr.sql_log_count
    with _profiled():
        began = time.perf_counter()
        yield run
        env.flush_all()
        env.cr.commit()
        run.seconds = time.perf_counter() - began
    run.queries = env.cr.sql_log_count - queries
    run.memory = _peak() - peak


def median(runs: Sequence[Run]) -> Run:
    """The run of the median time; of an even number, the faster one."""
    middle = statistics.median_low(run.seconds for run in runs)
    return next(run for run in runs if run.seconds == middle)


def ratio(mine: Sequence[Run], theirs: Sequence[Run]) -> tuple[float, float]:
    """The median of mine through theirs, by pairs; and how sure that is.

    :return: the ratio, and the standard error of a median of so many
    """
    pairs = [a.seconds / b.seconds for a, b in zip(mine, theirs, strict=True)]
    spread = statistics.stdev(pairs) if len(pairs) > 1 else 0.0
    return statistics.median(pairs), MEDIAN_ERROR * spread / len(pairs) ** 0.5


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB


@contextmanager
def _profiled() -> Iterator[None]:
    """Write where the time of a block goes, where a folder is named for it."""
    folder = os.environ.get(PROFILE)
    if not folder:
        yield
        return
    profile = cProfile.Profile()
    with profile:
        yield
    number = len(list(Path(folder).glob("*.txt")))
    file = Path(folder) / f"{number:03}-{os.getpid()}.txt"
    # for who asks whom: `python -m pstats FILE.prof`
    profile.dump_stats(file.with_suffix(".prof"))
    with file.open("w") as output:
        stats = pstats.Stats(profile, stream=output)
        stats.sort_stats("cumulative").print_stats(SHOWN)
        stats.sort_stats("tottime").print_stats(SHOWN)
