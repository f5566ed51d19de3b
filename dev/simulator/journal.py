"""What the simulator received: counts of everything, details of the latest."""

from __future__ import annotations

import threading
from collections import Counter, deque
from datetime import datetime
from typing import Any

REMEMBERED = 2000


class Journal:
    """Counts requests by method and path, and keeps the latest ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._paths: Counter[str] = Counter()
            self._creates: Counter[str] = Counter()
            self._openid: Counter[str] = Counter()
            self._latest: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)

    def note_request(
        self, at: datetime, method: str, path: str, status: int, rule: str
    ) -> None:
        """Note one request and its answer's status; ``rule`` has no ids in it."""
        with self._lock:
            self._paths[f"{method} {rule}"] += 1
            entry = {"at": at, "method": method, "path": path, "status": status}
            self._latest.append(entry)

    def note_create(self, kind: str) -> None:
        """Note one create call, whatever its outcome."""
        with self._lock:
            self._creates[kind] += 1

    def note_openid(self, what: str) -> None:
        """Note something at the OpenID provider (a refresh, a refusal …)."""
        with self._lock:
            self._openid[what] += 1

    def as_dict(self) -> dict[str, Any]:
        """Everything, for showing."""
        with self._lock:
            return {
                "requests": dict(self._paths),
                "create_calls": dict(self._creates),
                "openid": dict(self._openid),
                "latest_requests": list(self._latest),
            }
