"""Several calls to MobilePay at the same time: as many as there are askers."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event, Lock
from typing import Generic, TypeVar

from ..errors import RateLimited, Unauthorized

Found = TypeVar("Found")

#: Seconds to wait after "too many calls" (429) where MobilePay does not say; twice
#: as long each time, until a call is taken again.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0


class _Pace:
    """When the next call may begin: all wait where one was told to."""

    def __init__(self, seconds: float, first_pause: float) -> None:
        self._end = time.monotonic() + seconds
        self._not_before = 0.0
        self._first_pause = self._pause = first_pause
        self._lock = Lock()
        self._stopped = Event()

    def wait(self) -> bool:
        """Wait until a call may begin; False where none may begin any more."""
        while (wait := self._not_before - time.monotonic()) > 0:
            if self._not_before >= self._end or self._stopped.wait(wait):
                return False
        return time.monotonic() < self._end and not self._stopped.is_set()

    def slow_down(self, seconds: float) -> bool:
        """Let nothing begin for a while; whether there is time to wait so long."""
        with self._lock:
            now = time.monotonic()
            if seconds:
                self._not_before = max(self._not_before, now + seconds)
            elif self._not_before <= now:
                # the others were turned away for the same burst of calls
                self._not_before = now + self._pause
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
            return self._not_before < self._end

    def keep_up(self) -> None:
        """A call was taken: should one be turned away later, that is a new burst."""
        self._pause = self._first_pause

    def stop(self) -> None:
        """Let nothing begin any more."""
        self._stopped.set()


class _Work(Generic[Found]):
    """What waits to be asked, and what was found."""

    def __init__(self, names: Sequence[str], pace: _Pace) -> None:
        self.waiting: SimpleQueue[str] = SimpleQueue()
        for name in dict.fromkeys(names):
            self.waiting.put(name)
        #: None: one asker has no more to do
        self.found: SimpleQueue[tuple[str, Found | Exception] | None] = SimpleQueue()
        self.pace = pace

    def do(self, ask: Callable[[str], Found]) -> None:
        """Ask until nothing waits, in one thread."""
        try:
            while self.pace.wait():
                try:
                    name = self.waiting.get_nowait()
                except Empty:
                    return
                self._ask(ask, name)
        finally:
            self.found.put(None)

    def _ask(self, ask: Callable[[str], Found], name: str) -> None:
        try:
            self.found.put((name, ask(name)))
            self.pace.keep_up()
        except RateLimited as error:
            # turned away: asked again by whoever is free when the wait is over
            if self.pace.slow_down(error.retry_after):
                self.waiting.put(name)
            else:
                self.found.put((name, error))
        except Unauthorized as error:
            self.found.put((name, error))
            self.pace.stop()
        except Exception as error:  # the caller's, as this name's answer
            self.found.put((name, error))


def ask_each(
    askers: Sequence[Callable[[str], Found]],
    names: Sequence[str],
    seconds: float,
    *,
    first_pause: float = FIRST_PAUSE,
) -> Iterator[tuple[str, Found | Exception]]:
    """Each name with what its question was answered with, or the error it raised.

    As they come, while others are still asked. Whatever error: that one answer could
    not be understood is no other's trouble. Too many calls (429): all wait as long
    as MobilePay asks, and the one is asked again.

    A name is missing where it was not asked: no question begins after ``seconds``,
    nor after one was refused for its credentials, which would refuse the rest. Whoever
    stops listening stops the asking, and waits for the questions under way.

    :param askers: each is called from one thread only, by name
    """
    work: _Work[Found] = _Work(names, _Pace(seconds, first_pause))
    with ThreadPoolExecutor(len(askers) or 1) as pool:
        done = [pool.submit(work.do, ask) for ask in askers]
        try:
            busy = len(askers)
            while busy:
                one = work.found.get()
                if one is None:
                    busy -= 1
                else:
                    yield one
        finally:
            work.pace.stop()
    for one_done in done:
        # a defect of this very file is raised here
        one_done.result()


def ask_together(
    askers: Sequence[Callable[[str], Found]], names: Sequence[str], seconds: float
) -> Mapping[str, Found | Exception]:
    """All that :func:`ask_each` finds, once it is found."""
    return dict(ask_each(askers, names, seconds))
