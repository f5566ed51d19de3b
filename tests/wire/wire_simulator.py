"""MobilePay's simulator as a real process, and a browser's part played to it."""

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import requests

REDIRECT_URI = "http://127.0.0.1:8069/mobilepay/oidc/return"
CLIENT = {"client_id": "demo-client", "client_secret": "demo-secret"}
GATEWAY = {"gateway_id": "demo-ibm-id", "gateway_secret": "demo-ibm-secret"}
VAT = "DK12345678"
PHONE = "+4511111101"

_FIELD = re.compile(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


class Simulator:
    """The process, and what tests may do to its world."""

    def __init__(self, dev: Path) -> None:
        self._dev = dev

    def __enter__(self) -> "Simulator":
        command = ["-m", "simulator", "--port", "0", "--speed", "100"]
        self._process = subprocess.Popen(
            [sys.executable, *command, "--redirect-uri", REDIRECT_URI],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(self._dev)},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert "listening on " in line, f"the simulator did not start: {line!r}"
        self.url = line.rsplit(" ", 1)[1].strip()
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=20)

    @property
    def discovery_url(self) -> str:
        return f"{self.url}/dk/account/.well-known/openid-configuration"

    @property
    def api_base(self) -> str:
        return f"{self.url}/invoice-restapi"

    def control(self, path: str, **content: Any) -> Any:
        """Ask the control door; POST."""
        answer = requests.post(f"{self.url}/control{path}", json=content, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def reset(self) -> None:
        """As at the start, with our redirect URI registered."""
        self.control("/reset")
        self.control("/clients/demo-client/redirect-uris", redirect_uri=REDIRECT_URI)

    def access_token(self, vat: str = VAT) -> str:
        """A token without a browser."""
        return str(self.control("/tokens", merchant_vat=vat)["access_token"])

    def consent(self, url: str, decision: str = "grant") -> dict[str, str]:
        """What comes back when a merchant's user decides on the authorize page."""
        form = {"username": "merchant", "decision": decision}
        page = requests.get(url, timeout=20)
        assert page.status_code == 200, page.text
        answer = requests.post(url, data=form, timeout=20, allow_redirects=False)
        assert answer.status_code == 200, answer.text
        return {name: unescape(value) for name, value in _FIELD.findall(answer.text)}
