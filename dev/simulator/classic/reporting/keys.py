"""Reference access tokens: a merchant's own key to the reporting APIs."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from ...core import Simulator
from ...records import Merchant
from ..openid.records import JudgedToken
from .records import ReportingKey

LIFE = timedelta(days=5 * 365 + 1)


class KeyBook:
    """The keys that merchants made in the portal and have not revoked."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._table = simulator.store.table(ReportingKey)

    def make(self, merchant: Merchant) -> ReportingKey:
        """A new key; its token is shown this once."""
        now = self._simulator.clock.now()
        token = secrets.token_hex(32).upper()
        return self._table.put(ReportingKey(token, merchant.id, now, now + LIFE))

    def revoke(self, merchant: Merchant) -> int:
        """End all keys of a merchant; return how many there were."""
        found = self._table.find(merchant_id=merchant.id)
        for key in found:
            self._table.delete(key.token)
        return len(found)

    def judge(self, token: str) -> JudgedToken | None:
        """A key as it is now; None for one unknown or revoked."""
        key = self._table.get(token)
        if key is None:
            return None
        is_expired = key.expires_at <= self._simulator.clock.now()
        return JudgedToken(key, is_expired, is_revoked=False)

    def describe(self) -> list[dict[str, Any]]:
        """All keys for showing, without their tokens."""
        return [
            {
                "merchant_id": key.merchant_id,
                "created_at": key.created_at,
                "expires_at": key.expires_at,
            }
            for key in self._table.all()
        ]

    def clear(self) -> None:
        """Forget all keys."""
        self._table.clear()
