"""What the simulator received: counts of everything, details of the latest."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from datetime import datetime
from typing import Any

REMEMBERED = 2000


class Journal:
    """Counts requests by method and path and keeps the latest ones.

    Services count what else they want known, by topics of their own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._paths: Counter[str] = Counter()
            self._topics: dict[str, Counter[str]] = defaultdict(Counter)
            self._latest: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)

    def note_request(
        self, at: datetime, method: str, path: str, status: int, rule: str
    ) -> None:
        """Note one request and its answer's status; ``rule`` has no ids in it."""
        with self._lock:
            self._paths[f"{method} {rule}"] += 1
            entry = {"at": at, "method": method, "path": path, "status": status}
            self._latest.append(entry)

    def count(self, topic: str, what: str) -> None:
        """Count one more of these."""
        with self._lock:
            self._topics[topic][what] += 1

    def counts(self, topic: str) -> dict[str, int]:
        """A topic's counts, for showing."""
        with self._lock:
            return dict(self._topics[topic])

    def as_dict(self) -> dict[str, Any]:
        """The requests, for showing."""
        with self._lock:
            return {
                "requests": dict(self._paths),
                "latest_requests": list(self._latest),
            }
