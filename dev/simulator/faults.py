"""Trouble on purpose: rules, what they strike, and how often each struck.

Every rule draws from a generator of its own, made of the seed and the rule's
place, and draws once for each event it looks at: whether a rule strikes its
n-th event depends on nothing else. A rule looks at an event when the event is
of its kind, fits its ``match`` and was struck by no earlier rule.
"""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from typing import Any

#: The options of each kind with their defaults (the README's table explains them).
HTTP_KINDS: dict[str, dict[str, Any]] = {
    "timeout_before": {"seconds": 30.0},
    "timeout_after": {"seconds": 30.0},
    "drop_after": {},
    "status": {"status": 503, "retry_after": None, "body": "json"},
    "status_after": {"status": 503, "retry_after": None, "body": "json"},
    "slow": {"seconds": 1.0},
    "not_json": {"effect": True},
    "truncated": {"length": "full"},
    "reordered": {"seconds": 5.0},
}
OTHER_KINDS: dict[str, dict[str, Any]] = {
    "callback_duplicate": {"seconds": 0.0},
    "callback_shuffle": {},
    "callback_delay": {"seconds": 60.0},
    "callback_early": {},
    "callback_lost": {},
    "callback_unknown": {},
    "revoke": {},
    "id_token_skew": {"seconds": 0.0},
}
KINDS = {**HTTP_KINDS, **OTHER_KINDS}
COMMON: dict[str, Any] = {"share": 1.0, "times": None, "after": 0, "match": ""}
WORDS = {"body": ("json", "own", "html", "empty"), "length": ("full", "correct")}


class FaultError(ValueError):
    """A rule that cannot be."""


class Rule:
    """One way in which things go wrong, and how often they did."""

    def __init__(self, content: Any, seed: str) -> None:
        if not isinstance(content, dict) or content.get("kind") not in KINDS:
            raise FaultError(f"kind must be one of {', '.join(KINDS)}")
        self.kind: str = content["kind"]
        known = {**COMMON, **KINDS[self.kind]}
        self._fields = {**known, **{k: v for k, v in content.items() if k != "kind"}}
        unknown = set(self._fields) - set(known)
        if unknown:
            raise FaultError(f"{self.kind} has no {', '.join(sorted(unknown))}")
        for name, value in self._fields.items():
            _check(self.kind, name, value)
        self._pattern = _pattern(self._fields["match"])
        self._draws = random.Random(f"{seed} strikes")
        self.chance = random.Random(f"{seed} chance")
        self._over = threading.Event()
        self.seen = self.struck = 0

    def __getitem__(self, option: str) -> Any:
        """The value of one of the kind's options."""
        return self._fields[option]

    def fits(self, subject: str, is_usual: bool) -> bool:
        """Is this an event at which the rule looks?"""
        is_wanted = is_usual or bool(self._fields["match"])
        return is_wanted and self._pattern.match(subject) is not None

    def strikes(self) -> bool:
        """Look at an event that fits, and draw."""
        self.seen += 1
        is_drawn = self._draws.random() < self._fields["share"]
        times = self._fields["times"]
        is_over = times is not None and self.struck >= times
        if not is_drawn or is_over or self.seen <= self._fields["after"]:
            return False
        self.struck += 1
        return True

    def wait(self) -> None:
        """Wait ``seconds`` of real time, but no longer than the rule is in force."""
        self._over.wait(self._fields["seconds"])

    def end(self) -> None:
        """In force no longer."""
        self._over.set()

    def as_dict(self) -> dict[str, Any]:
        """The rule and its counts, for showing."""
        counts = {"seen": self.seen, "struck": self.struck}
        return {"kind": self.kind, **self._fields, **counts}


class Faults:
    """The rules in force; ``totals`` also counts those that ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seed: Any = 0
        self._rules: list[Rule] = []
        self._totals: Counter[str] = Counter()
        self.line = Line()

    def replace(self, rules: Any, seed: Any = 0) -> None:
        """Put other rules in force; whatever the old ones hold back goes on."""
        if not isinstance(rules, list):
            raise FaultError("rules must be a list")
        made = [Rule(rule, f"{seed} {place}") for place, rule in enumerate(rules)]
        with self._lock:
            ended, self._rules, self._seed = self._rules, made, seed
        for rule in ended:
            rule.end()
        self.line.release()

    def clear(self) -> None:
        """End all rules and forget what they did."""
        self.replace([])
        with self._lock:
            self._totals.clear()

    def strike(
        self, *kinds: str, subject: str = "", is_usual: bool = True
    ) -> Rule | None:
        """The first rule of these kinds that strikes this event, if any does.

        An event that is not usual needs a rule that names it.
        """
        with self._lock:
            for rule in self._rules:
                is_meant = rule.kind in kinds and rule.fits(subject, is_usual)
                if is_meant and rule.strikes():
                    self._totals[rule.kind] += 1
                    return rule
        return None

    def as_dict(self) -> dict[str, Any]:
        """Rules and counts, for showing."""
        with self._lock:
            return {
                "seed": self._seed,
                "rules": [rule.as_dict() for rule in self._rules],
                "struck": dict(self._totals),
            }


class Line:
    """Answers that wait until another one of their sort is out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[str, threading.Event] = {}

    def is_taken(self, sort: str) -> bool:
        """Does an answer of this sort wait already?"""
        return sort in self._places

    def take(self, sort: str) -> threading.Event:
        """Wait for the next answer of this sort: an event that it will set."""
        with self._lock:
            return self._places.setdefault(sort, threading.Event())

    def leave(self, sort: str, place: threading.Event) -> None:
        """Wait no longer."""
        with self._lock:
            if self._places.get(sort) is place:
                del self._places[sort]

    def answered(self, sort: str) -> None:
        """An answer of this sort is out."""
        with self._lock:
            place = self._places.pop(sort, None)
        if place:
            place.set()

    def release(self) -> None:
        """Let all go."""
        with self._lock:
            places, self._places = self._places, {}
        for place in places.values():
            place.set()


def _pattern(match: str) -> re.Pattern[str]:
    """A beginning, in which ``*`` is any one segment; ``$`` at its end ends it."""
    body, end = (match[:-1], "$") if match.endswith("$") else (match, "")
    parts = "[^/]*".join(re.escape(part) for part in body.split("*"))
    method = r"\S+ " if match.startswith("/") else ""
    return re.compile(f"{method}{parts}{end}")


def _check(kind: str, name: str, value: Any) -> None:
    if not _is_allowed(kind, name, value):
        raise FaultError(f"{kind}: {name} cannot be {value!r}")


def _is_allowed(kind: str, name: str, value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    is_count = is_number and isinstance(value, int) and value >= 0
    if name in WORDS:
        return value in WORDS[name]
    checks = {
        "share": is_number and 0 <= value <= 1,
        "seconds": is_number and (value >= 0 or kind == "id_token_skew"),
        "times": value is None or is_count,
        "after": is_count,
        "match": isinstance(value, str),
        "status": is_count and 400 <= value <= 599,
        "retry_after": value is None or is_count or isinstance(value, str),
        "effect": isinstance(value, bool),
    }
    return checks[name]
