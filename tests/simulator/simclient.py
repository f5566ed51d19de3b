"""What the tests of the simulator share: the process, callers, a receiver."""

from __future__ import annotations

import base64
import hashlib
import html
import http.server
import json
import os
import queue
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import requests

DEV = Path(__file__).resolve().parents[2] / "dev"
PATIENCE = 15
REDIRECT_URI = "https://odoo.example/mobilepay/redirect"
SCOPE = "openid offline_access invoice transactionreporting"
DANISH, FINNISH = "DK12345678", "FI12345678"
API = "/invoice-restapi/api/v1"
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def wait_for(what: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Return the first true value of ``what``; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not true within {seconds} s: {what}")


class SimulatorProcess:
    """The simulator as a real process, on a free loopback port."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "simulator", "--port", "0", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(DEV)}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True
        )
        self.first_line = self.process.stdout.readline()
        self.url = self.first_line.split()[-1]

    def stop(self) -> int:
        """End it as a service manager would; return its exit code."""
        self.process.terminate()
        self.rest = self.process.communicate(timeout=PATIENCE)[0]
        return self.process.returncode

    def control(self, path: str, content: Any = None, status: int = 200) -> Any:
        """POST to a control endpoint (GET without content)."""
        url = f"{self.url}/control/{path}"
        if content is None:
            response = requests.get(url, timeout=PATIENCE)
        else:
            response = requests.post(url, json=content, timeout=PATIENCE)
        assert response.status_code == status, response.text
        return response.json()

    def state(self) -> dict[str, Any]:
        """Everything it received."""
        return self.control("state")

    def settings(self, **changes: Any) -> None:
        """Change settings."""
        self.control("settings", changes)

    def advance(self, **parts: float) -> None:
        """Move its clock forward by a timedelta's parts."""
        seconds = timedelta(**parts).total_seconds()
        self.control("clock", {"advance_seconds": seconds})

    def flush(self, **options: Any) -> dict[str, int]:
        """Have all callbacks tried now."""
        return self.control("callbacks/flush", options)

    def pages(self, path: str, **form: str) -> requests.Response:
        """GET a page, or POST a form to it without following redirects."""
        url = f"{self.url}{path}"
        if not form:
            return requests.get(url, timeout=PATIENCE)
        return requests.post(url, data=form, timeout=PATIENCE, allow_redirects=False)


class Integrator:
    """An ordinary OpenID client, written on ``requests`` alone."""

    def __init__(self, simulator: SimulatorProcess, country: str = "dk") -> None:
        self.simulator = simulator
        path = f"/{country}/account/.well-known/openid-configuration"
        self.document = simulator.pages(path).json()
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.asked = {
            "response_type": "code id_token",
            "response_mode": "form_post",
            "client_id": "demo-client",
            "redirect_uri": REDIRECT_URI,
            "scope": SCOPE,
            "state": "state with spaces & signs",
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "merchant_vat": f"{country.upper()}12345678",
        }

    def open(self, **changes: str | None) -> requests.Response:
        """GET the authorize page, some parameters changed or (None) left out."""
        self.asked.update(changes)
        endpoint = self.document["authorization_endpoint"]
        return requests.get(endpoint, params=self.asked, timeout=PATIENCE)

    def decide(self, decision: str = "grant", **form: str) -> requests.Response:
        """Press a button on the authorize page."""
        page = self.open()
        form = {"username": "merchant", "decision": decision, **form}
        return requests.post(
            page.url, data=form, timeout=PATIENCE, allow_redirects=False
        )

    def granted(self) -> dict[str, str]:
        """Go through the authorize page; return what is posted back."""
        return form_fields(self.decide())

    def token(self, **form: str) -> requests.Response:
        """Ask the token endpoint, with the secret in the form."""
        secret = {"client_id": "demo-client", "client_secret": "demo-secret"}
        return requests.post(
            self.document["token_endpoint"],
            data={**secret, **form},
            timeout=PATIENCE,
        )

    def exchange(self, code: str, /, **changes: str) -> requests.Response:
        """Exchange a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": self.verifier,
        }
        return self.token(**{**form, **changes})

    def refresh(self, refresh_token: str) -> requests.Response:
        """Use a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token)

    def connect(self) -> dict[str, Any]:
        """The whole flow; return the tokens."""
        response = self.exchange(self.granted()["code"])
        assert response.status_code == 200, response.text
        return response.json()


def form_fields(page: requests.Response) -> dict[str, str]:
    """The fields of a form_post page."""
    assert page.status_code == 200, page.text
    found = FIELD.findall(page.text)
    return {name: html.unescape(value) for name, value in found}


def fragment_fields(response: requests.Response) -> dict[str, str]:
    """The fields in the fragment of a redirect."""
    assert response.status_code == 302
    return dict(parse_qsl(urlsplit(response.headers["Location"]).fragment))


class MerchantClient:
    """Calls the Invoice API for one merchant."""

    def __init__(
        self, simulator: SimulatorProcess, vat: str = DANISH, token: str | None = None
    ) -> None:
        self.simulator = simulator
        if token is None:
            asked = {"merchant_vat": vat}
            token = simulator.control("tokens", asked)["access_token"]
        self.headers = {
            "Authorization": f"Bearer {token}",
            "x-ibm-client-id": "demo-ibm-id",
            "x-ibm-client-secret": "demo-ibm-secret",
        }
        self.id = self.call("GET", "/merchants/me").json()["MerchantId"]
        found = self.call("GET", self.path("invoiceissuers")).json()
        self.issuers = {
            issuer["Name"].split("(")[1][:-1]: issuer["Id"]
            for issuer in found["InvoiceIssuers"]
        }

    def path(self, rest: str) -> str:
        """A path below this merchant."""
        return f"/merchants/{self.id}/{rest}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call the API."""
        headers = {**self.headers, **options.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        url = f"{self.simulator.url}{API}{path}"
        return requests.request(
            method, url, headers=headers, timeout=PATIENCE, **options
        )

    def as_payer(
        self, method: str, path: str, phone: str, **options: Any
    ) -> requests.Response:
        """Call the user simulation API."""
        payers = self.simulator.control("payers")
        user = next(entry["user_id"] for entry in payers if entry["phone"] == phone)
        return self.call(method, path, headers={"AuthenticatedUser": user}, **options)

    def invoice(self, **changes: Any) -> dict[str, Any]:
        """A good request; ``None`` leaves a field out."""
        body = {
            "InvoiceIssuer": self.issuers.get("Daily"),
            "ConsumerAlias": {"Alias": "+4511111101", "AliasType": "Phone"},
            "ConsumerName": "Anna Jensen",
            "TotalAmount": 360.5,
            "TotalVATAmount": 72.1,
            "InvoiceNumber": f"F{secrets.token_hex(6)}",
            "IssueDate": day(0),
            "DueDate": day(14),
            "InvoiceArticles": [
                {
                    "ArticleDescription": "A bicycle bell",
                    "VATRate": 25,
                    "TotalVATAmount": 72.1,
                    "TotalPriceIncludingVat": 360.5,
                    "Quantity": 1.125,
                    "PricePerUnit": 256.3556,
                }
            ],
            **changes,
        }
        return {name: value for name, value in body.items() if value is not None}

    def post(self, body: Any, kind: str = "") -> requests.Response:
        """POST one invoice or, with another ``kind``, a link or a batch."""
        return self.call("POST", self.path(f"invoices{kind}"), json=body)

    def create(self, kind: str = "", **changes: Any) -> str:
        """Create an invoice that MobilePay takes; return its id."""
        response = self.post(self.invoice(**changes), kind)
        assert response.status_code == 202, response.text
        return response.json()["InvoiceId"]

    def status(self, invoice_id: str) -> str:
        """An invoice's status in lower case."""
        response = self.call("GET", self.path(f"invoices/{invoice_id}/status"))
        assert response.status_code == 200, response.text
        return response.json()["Status"].lower()

    def details(self, invoice_id: str) -> dict[str, Any]:
        """An invoice's details."""
        response = self.call("GET", self.path(f"invoices/{invoice_id}"))
        assert response.status_code == 200, response.text
        return response.json()

    def register(self, url: str, scheme: str = "apikey") -> None:
        """Register a callback address."""
        secret = {"ApiKey": "the-key"}
        if scheme == "basic":
            secret = {"username": "mobilepay", "password": "pass:word"}
        body = {**secret, "callbackurl": url}
        response = self.call("PUT", self.path(f"auth/{scheme}"), json=body)
        assert response.status_code == 204, response.text


def day(days: int) -> str:
    """The day so many days from the Danish merchant's today."""
    today = datetime.now(ZoneInfo("Europe/Copenhagen")).date()
    return (today + timedelta(days=days)).isoformat()


class Receiver:
    """A merchant's callback address that answers as it is told."""

    def __init__(self) -> None:
        self.received: queue.Queue[tuple[str | None, Any]] = queue.Queue()
        self.status = 200
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), self._handler()
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.02,), daemon=True).start()

    def next(self) -> tuple[str | None, Any]:
        """The next delivery: its Authorization header and its JSON."""
        return self.received.get(timeout=PATIENCE)

    def events(self, count: int) -> list[dict[str, Any]]:
        """The next ``count`` elements, however they were batched."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            found.extend(self.next()[1])
        assert len(found) == count
        return found

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                self.send_response(receiver.status)
                self.end_headers()
                receiver.received.put((self.headers["Authorization"], body))

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing."""

        return Handler


class Reporting:
    """Calls the reporting APIs for one merchant, with a key of its own."""

    V1, V2 = (f"/transaction-reporting/api/merchant/v{number}" for number in (1, 2))
    V3 = "/v3/reporting"

    def __init__(self, simulator: SimulatorProcess, vat: str = DANISH) -> None:
        self.simulator = simulator
        key = simulator.control(f"merchants/{vat}/reporting-key", {})
        self.headers = {
            "Authorization": f"Bearer {key['token']}",
            "x-ibm-client-id": "demo-ibm-id",
            "x-ibm-client-secret": "demo-ibm-secret",
        }

    def get(self, path: str, **params: Any) -> requests.Response:
        """GET from one of the APIs."""
        names = {name.rstrip("_"): value for name, value in params.items()}
        url = f"{self.simulator.url}{path}"
        return requests.get(url, params=names, headers=self.headers, timeout=PATIENCE)

    def read(self, path: str, **params: Any) -> dict[str, Any]:
        """GET what must be there."""
        response = self.get(path, **params)
        assert response.status_code == 200, response.text
        return response.json()

    def pages(self, path: str, **params: Any) -> list[list[dict[str, Any]]]:
        """All pages of transactions."""
        answer = self.read(path, **params)
        found = [answer["transactions"]]
        while answer.get("nextPageToken"):
            answer = self.read(path, **params, pageToken=answer["nextPageToken"])
            found.append(answer["transactions"])
        return found
