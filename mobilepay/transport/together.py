"""Several questions to MobilePay at the same time: as many as there are askers."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

from ..errors import Unauthorized

Found = TypeVar("Found")


def ask_together(
    askers: Sequence[Callable[[str], Found]], names: Sequence[str], seconds: float
) -> Mapping[str, Found | Exception]:
    """What each name's question was answered with, or the error that it raised.

    Whatever error: that one answer could not be understood is no other's trouble.

    A name is missing where it was not asked: no question begins after ``seconds``,
    nor after one was refused for its credentials, which would refuse the rest.

    :param askers: each is called from one thread only, by name
    """
    waiting: SimpleQueue[str] = SimpleQueue()
    for name in dict.fromkeys(names):
        waiting.put(name)
    found: dict[str, Found | Exception] = {}
    end = time.monotonic() + seconds

    def work(ask: Callable[[str], Found]) -> None:
        """Ask until nothing waits, in one thread."""
        while time.monotonic() < end:
            try:
                name = waiting.get_nowait()
            except Empty:
                return
            try:
                found[name] = ask(name)
            except Unauthorized as error:
                found[name] = error
                _drain(waiting)
            except Exception as error:  # the caller's, as this name's answer
                found[name] = error

    with ThreadPoolExecutor(len(askers)) as pool:
        # list: a defect of this very function is raised here
        list(pool.map(work, askers))
    return found


def _drain(waiting: SimpleQueue[str]) -> None:
    while not waiting.empty():
        try:
            waiting.get_nowait()
        except Empty:
            return
