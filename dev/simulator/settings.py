"""What tests and demos may change while the simulator runs.

Each service has a group of settings of its own. They are shown and changed together,
so that a name means one thing in all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class SettingError(ValueError):
    """An unknown setting or a value it cannot take."""


@dataclass
class SettingGroup:
    """Settings with their defaults, and what values they take."""

    CHOICES: ClassVar[dict[str, tuple[str, ...]]] = {}
    ABOVE_ZERO: ClassVar[tuple[str, ...]] = ()

    def field_names(self) -> set[str]:
        """The names of these settings."""
        return {entry.name for entry in dataclasses.fields(self)}

    def reset(self) -> None:
        """Return to the defaults."""
        for name, value in type(self)().as_dict().items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """All of them, for showing."""
        return dataclasses.asdict(self)

    def read(self, name: str, value: Any) -> Any:
        """The value as it is kept; SettingError for one that cannot be."""
        if name in self.CHOICES and value not in self.CHOICES[name]:
            choices = ", ".join(self.CHOICES[name])
            raise SettingError(f"{name} must be one of {choices}")
        if name in self.ABOVE_ZERO and not _is_number(value, above=0):
            raise SettingError(f"{name} must be above 0")
        kind = type(getattr(self, name))
        if kind is float and _is_number(value, above=-1):
            return float(value)
        if type(value) is not kind:
            raise SettingError(f"{name} must be of type {kind.__name__}")
        return value


@dataclass
class Settings(SettingGroup):
    """Those of the simulator itself (the README's table explains them all)."""

    ABOVE_ZERO: ClassVar[tuple[str, ...]] = ("speed",)

    speed: float = 1.0
    latency_seconds: float = 0.0
    callback_timeout_seconds: float = 10.0


def change(groups: Sequence[SettingGroup], changes: dict[str, Any]) -> None:
    """Change several settings of any group; all or none of them."""
    read = []
    for name, value in changes.items():
        group = next((group for group in groups if name in group.field_names()), None)
        if group is None:
            raise SettingError(f"unknown setting {name!r}")
        read.append((group, name, group.read(name, value)))
    for group, name, value in read:
        setattr(group, name, value)


def _is_number(value: Any, above: float) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and value > above
