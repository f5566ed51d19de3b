"""What was measured, against what, and whether it is good enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Figure:
    """One figure of the table: smaller is better unless `at_least`.

    `raw` has the seconds, queries and MiB behind it, for the reader.
    """

    name: str
    against: str
    value: float
    goal: float
    unit: str = "×"
    at_least: bool = False
    raw: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        if self.at_least:
            return self.value >= self.goal
        return self.value <= self.goal

    def as_json(self) -> dict[str, Any]:
        """The figure as `dev/bench --json` prints it."""
        return {"value": round(self.value, 4), "goal": self.goal, "met": self.met}

    def as_row(self) -> str:
        """The figure as a row of the table."""
        sign = "≥" if self.at_least else "≤"
        mark = "met" if self.met else "NOT MET"
        value = f"{self.value:.3f} {self.unit}"
        goal = f"{sign} {self.goal:<8.3f} {mark:8}"
        return f"{self.name:44} {value:>14}  {goal} {self.against}"
