"""The Vipps MobilePay service's settings.

Limits are data, and where MobilePay's documents disagree or say nothing a setting
chooses which reading the simulator shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..settings import SettingGroup


@dataclass
class VippsSettings(SettingGroup):
    """All of them with their defaults (the README's table explains them)."""

    CHOICES: ClassVar[dict[str, tuple[str, ...]]] = {
        "vipps_key_scope": ("operation", "unit"),
        "vipps_unknown_fields": ("refused", "ignored"),
        "vipps_expiry_flows": ("push_and_qr", "any"),
        "vipps_failed_approval": ("silent", "event"),
        "vipps_adjust_type": ("json", "problem"),
        "vipps_secret_form": ("base64", "guid"),
    }
    ABOVE_ZERO: ClassVar[tuple[str, ...]] = (
        *("vipps_write_limit", "vipps_read_limit"),
        *("vipps_senders", "vipps_webhook_limit"),
    )

    vipps_token_seconds: int = 3600
    # Rate limits (section 7)
    vipps_rate_limits: bool = True
    vipps_write_limit: int = 5
    vipps_read_limit: int = 120
    vipps_retry_after: bool = False
    # Webhooks (section 8)
    vipps_senders: int = 4
    vipps_webhook_limit: int = 25
    vipps_secret_form: str = "base64"
    # Readings of what the documents leave open
    vipps_key_scope: str = "operation"
    vipps_unknown_fields: str = "refused"
    vipps_expiry_flows: str = "push_and_qr"
    vipps_receipt_url_suffices: bool = False
    vipps_not_allowed_status: int = 400
    vipps_no_customer_status: int = 400
    vipps_failed_approval: str = "silent"
    vipps_adjust_type: str = "json"
    vipps_cancel_needs_key: bool = False
    vipps_system_headers: bool = False
