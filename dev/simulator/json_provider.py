"""Flask's JSON, with amounts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask.json.provider import DefaultJSONProvider


class MoneyJSON(DefaultJSONProvider):
    """Flask's JSON, with amounts as numbers and keys in the order given."""

    sort_keys = False

    @staticmethod
    def default(value: Any) -> Any:
        """Turn what JSON does not know into what MobilePay writes."""
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        if isinstance(value, (date, datetime)):
            return value.isoformat()
        return DefaultJSONProvider.default(value)
