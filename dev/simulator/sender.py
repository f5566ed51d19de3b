"""Calling a merchant's address, for whichever service has something to tell."""

from __future__ import annotations

from typing import Any

import requests

from .core import Simulator


class Sender:
    """POSTs, and says how it went. No lock is to be held while a merchant is called."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._session = requests.Session()
        self._session.trust_env = False

    def post(self, url: str, content: bytes, headers: dict[str, str]) -> dict[str, Any]:
        """POST a JSON body; ``ok`` is any 2xx within the time limit, no redirect."""
        timeout = self._simulator.settings.callback_timeout_seconds
        outcome: dict[str, Any] = {"url": url, "at": self._simulator.clock.now()}
        try:
            response = self._session.post(
                url,
                data=content,
                headers={"Content-Type": "application/json", **headers},
                timeout=timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return {**outcome, "ok": False, "error": type(error).__name__}
        status = response.status_code
        return {**outcome, "ok": 200 <= status < 300, "status": status}
