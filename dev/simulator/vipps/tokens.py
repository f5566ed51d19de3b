"""Access tokens (contract, section 2): their book and the endpoint."""

from __future__ import annotations

import base64
import json
import secrets
import time
from datetime import timedelta

from ..core import Simulator
from .records import AccessToken, SalesUnit
from .settings import VippsSettings


class TokenBook:
    """Issues tokens and judges them; several of a sales unit are valid at once."""

    def __init__(self, simulator: Simulator, settings: VippsSettings) -> None:
        self._simulator = simulator
        self._settings = settings
        self._tokens = simulator.store.table(AccessToken)

    def issue(self, unit: SalesUnit) -> dict[str, str]:
        """A new token, as the endpoint answers it: numbers as strings.

        Its life is counted on the simulator's clock; the moments it names are real
        ones, so that clients believe them however the clock was moved.
        """
        seconds = self._settings.vipps_token_seconds
        expires_at = self._simulator.clock.now() + timedelta(seconds=seconds)
        token = self._tokens.put(AccessToken(_make(unit), unit.msn, expires_at))
        now = int(time.time())
        return {
            "token_type": "Bearer",
            "expires_in": str(seconds),
            "ext_expires_in": str(seconds),
            "expires_on": str(now + seconds),
            "not_before": str(now),
            "resource": "00000002-0000-0000-c000-000000000000",
            "access_token": token.token,
        }

    def judge(self, text: str) -> str | None:
        """The MSN of a token that is valid now, or None."""
        token = self._tokens.get(text)
        if token is None or token.expires_at <= self._simulator.clock.now():
            return None
        return token.msn

    def revoke(self, msn: str | None = None) -> int:
        """End all tokens, or those of one sales unit; how many."""
        with self._simulator.store.lock:
            ended = [row for row in self._tokens.all() if msn in (None, row.msn)]
            for token in ended:
                self._tokens.delete(token.token)
        return len(ended)


def _make(unit: SalesUnit) -> str:
    """In the form of a JWT; nobody but us has to read it."""
    claims = {"aud": unit.client_id, "jti": secrets.token_hex(8)}
    parts = [
        json.dumps({"typ": "JWT", "alg": "RS256"}).encode(),
        json.dumps(claims).encode(),
        secrets.token_bytes(48),
    ]
    return ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts
    )
