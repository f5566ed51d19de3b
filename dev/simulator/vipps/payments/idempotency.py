"""The same key and body get the same answer; another body is refused (section 1)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from ...core import Simulator
from ..answers import problem_content
from ..errors import Problem, Refusal
from ..records import Answered
from ..settings import VippsSettings

Content = dict[str, Any]
Outcome = tuple[int, Content]

#: What a key with another body is answered with.
CONFLICTS = {"capture": 4010, "refund": 4150}


class Idempotency:
    """The answers that were given, by sales unit, operation and key.

    Whether one key may serve two operations is not published: a setting says.
    """

    def __init__(self, simulator: Simulator, settings: VippsSettings) -> None:
        self._settings = settings
        self._answers = simulator.store.table(Answered)

    def once(
        self, call: Call, instance: str, act: Callable[[], Content], status: int
    ) -> Outcome:
        """Do it, or answer as before. The store is locked.

        A refusal stays the answer, too, but for those that say "later". Without a
        key nothing is remembered.
        """
        if call.key is None:
            return self._act(act, status, instance)[0]
        scope = call.operation if self._settings.vipps_key_scope == "operation" else ""
        key = f"{call.msn} {scope} {call.key}"
        before = self._answers.get(key)
        if before is None:
            outcome, is_for_good = self._act(act, status, instance)
            if is_for_good:
                row = Answered(key, call.fingerprint, *outcome)
                self._answers.put(row)
            return outcome
        if before.fingerprint != call.fingerprint:
            raise Refusal(CONFLICTS.get(call.operation, 4020))
        return before.status, before.content

    @staticmethod
    def _act(
        act: Callable[[], Content], status: int, instance: str
    ) -> tuple[Outcome, bool]:
        try:
            return (status, act()), True
        except Problem as problem:
            content = problem_content(problem, instance)
            return (problem.status, content), problem.is_for_good


class Call:
    """A write: whose, what, of which payment, with which key and bytes."""

    def __init__(
        self, msn: str, operation: str, reference: str, key: str | None, body: bytes
    ) -> None:
        self.msn = msn
        self.operation = operation
        self.key = key
        subject = f"{operation} {reference} ".encode()
        self.fingerprint = hashlib.sha256(subject + body).hexdigest()
