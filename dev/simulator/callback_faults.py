"""Callbacks that go wrong: lost, late, early, twice, shuffled, of nothing known.

Each service says what its elements are about (the subject that rules name) and what
one looks like that is about nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from .faults import Faults

Row = TypeVar("Row")
Body = dict[str, Any]


class HeldMessage(NamedTuple):
    """An element that comes later, on the simulator's clock."""

    due_at: datetime
    recipient_id: str
    body: Body


class CallbackFaults:
    """What the rules make of an element, a delivery and a create call."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.held: list[HeldMessage] = []

    def plan(
        self, body: Body, word: str, as_stranger: Callable[[str], Body]
    ) -> list[tuple[Body, float]]:
        """The elements to send for this one, and how many seconds later.

        ``word`` is the subject; ``as_stranger`` makes the same of another id.
        """
        strike = self._faults.strike
        if strike("callback_lost", subject=word):
            return []
        delay = strike("callback_delay", subject=word)
        seconds = delay["seconds"] if delay else 0.0
        planned = [(body, seconds)]
        again = strike("callback_duplicate", subject=word)
        if again:
            planned.append((dict(body), seconds + again["seconds"]))
        stranger = strike("callback_unknown", subject=word)
        if stranger:
            number = stranger.chance.getrandbits(128)
            other_id = str(uuid.UUID(int=number, version=4))
            planned.append((as_stranger(other_id), seconds))
        return planned

    def shuffled(self, rows: list[Row], what: str) -> list[Row]:
        """Another order of ``what`` (elements, deliveries) when a rule strikes."""
        rule = (
            self._faults.strike("callback_shuffle", subject=what) if rows[1:] else None
        )
        if rule is None:
            return rows
        mixed = rule.chance.sample(rows, len(rows))
        return mixed if mixed != rows else rows[::-1]

    def is_early(self, call: str) -> bool:
        """Are a create call's callbacks sent before its answer?"""
        return self._faults.strike("callback_early", subject=call) is not None

    def hold(
        self, recipient_id: str, body: Body, now: datetime, seconds: float
    ) -> None:
        """Keep an element back."""
        due_at = now + timedelta(seconds=seconds)
        self.held.append(HeldMessage(due_at, recipient_id, body))

    def take_due(self, now: datetime | None) -> list[HeldMessage]:
        """Let go what is due now (or all), the earliest first."""
        due = [row for row in self.held if now is None or row.due_at <= now]
        self.held = [row for row in self.held if row not in due]
        return sorted(due, key=lambda row: row.due_at)
