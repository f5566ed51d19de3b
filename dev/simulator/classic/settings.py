"""The classic service's settings.

Limits are data, and where MobilePay's documents disagree a setting chooses
which of the two readings the simulator shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from ..settings import SettingError, SettingGroup


def _default_limits() -> dict[str, Decimal]:
    return {"DK": Decimal("300000"), "FI": Decimal("2000")}


@dataclass
class ClassicSettings(SettingGroup):
    """All of them with their defaults (the README's table explains them)."""

    CHOICES: ClassVar[dict[str, tuple[str, ...]]] = {
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
    ABOVE_ZERO: ClassVar[tuple[str, ...]] = ("reporting_page_size",)

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

    def read(self, name: str, value: Any) -> Any:
        """Limits are a table; one that names a country leaves the other as it is."""
        if name != "amount_limits":
            return super().read(name, value)
        try:
            limits = {country: Decimal(str(limit)) for country, limit in value.items()}
        except (AttributeError, InvalidOperation) as error:
            raise SettingError("amount_limits must map DK and FI to amounts") from error
        return {**self.amount_limits, **limits}
