"""What tests and demos may change while the simulator runs.

Limits are data, and where MobilePay's documents disagree a setting chooses
which of the two readings the simulator shows.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

CHOICES = {
    "accept_mode": ("accepted_then_paid", "paid"),
    "names": ("pascal", "camel"),
    "callback_status_words": ("lower", "capital"),
    "answer_status_words": ("lower", "capital"),
    "error_code_as": ("string", "number", "null"),
    "consent_state_as": ("word", "number"),
    "refresh_id_token_name": ("id_token", "id-token"),
    "reporting_timestamps": ("seconds", "milliseconds"),
    "reporting_guids": ("lower", "upper"),
    "reporting_last_token": ("null", "absent"),
}
ABOVE_ZERO = ("speed", "reporting_page_size")


class SettingError(ValueError):
    """An unknown setting or a value it cannot take."""


def _default_limits() -> dict[str, Decimal]:
    return {"DK": Decimal("300000"), "FI": Decimal("2000")}


@dataclass
class Settings:
    """All settings with their defaults (the README's table explains them)."""

    speed: float = 1.0
    latency_seconds: float = 0.0
    # OpenID Connect (section 2)
    access_token_seconds: int = 300
    refresh_token_days: int = 395
    code_seconds: int = 300
    new_flow_ends_earlier: bool = False
    reused_refresh_token_ends_session: bool = False
    refresh_id_token_name: str = "id_token"
    # Invoices (sections 4 and 5)
    amount_limits: dict[str, Decimal] = field(default_factory=_default_limits)
    daily_limit: int = 10
    batch_limit: int = 2000
    due_days_limit: int = 400
    expiry_days: int = 30
    validation_seconds: float = 2.0
    accept_mode: str = "accepted_then_paid"
    # Callbacks (section 6)
    callback_interval_seconds: float = 5.0
    callback_timeout_seconds: float = 10.0
    callback_batch_limit: int = 1000
    # Consents (section 7)
    consent_page_size: int = 100
    # Transaction reporting (section 9)
    reporting_page_size: int = 1000
    reporting_result_limit: int = 100000
    reporting_prepare_seconds: float = 0.0
    reporting_timeouts: int = 0
    # Readings of the documents that differ
    create_status: int = 202
    consent_status: int = 201
    domain_error_status: int = 409
    names: str = "pascal"
    callback_status_words: str = "lower"
    answer_status_words: str = "capital"
    error_code_as: str = "string"
    consent_state_as: str = "word"
    reporting_timestamps: str = "seconds"
    reporting_guids: str = "lower"
    reporting_last_token: str = "null"

    def update(self, changes: dict[str, Any]) -> None:
        """Change several settings; all or none of them."""
        checked = {name: self._check(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def reset(self, speed: float) -> None:
        """Return to the defaults, with the speed of the command line."""
        defaults = dataclasses.asdict(Settings(speed=speed))
        for name, value in defaults.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """All settings, for showing."""
        return dataclasses.asdict(self)

    def _check(self, name: str, value: Any) -> Any:
        if name not in {entry.name for entry in dataclasses.fields(self)}:
            raise SettingError(f"unknown setting {name!r}")
        if name in CHOICES and value not in CHOICES[name]:
            raise SettingError(f"{name} must be one of {', '.join(CHOICES[name])}")
        if name == "amount_limits":
            return self._check_limits(value)
        if name in ABOVE_ZERO and not self._is_number(value, above=0):
            raise SettingError(f"{name} must be above 0")
        return self._check_kind(name, value)

    def _check_kind(self, name: str, value: Any) -> Any:
        kind = type(getattr(self, name))
        if kind is float and self._is_number(value, above=-1):
            return float(value)
        if type(value) is not kind:
            raise SettingError(f"{name} must be of type {kind.__name__}")
        return value

    def _check_limits(self, value: Any) -> dict[str, Decimal]:
        try:
            limits = {country: Decimal(str(limit)) for country, limit in value.items()}
        except (AttributeError, InvalidOperation) as error:
            raise SettingError("amount_limits must map DK and FI to amounts") from error
        return {**self.amount_limits, **limits}

    @staticmethod
    def _is_number(value: Any, above: float) -> bool:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and value > above
