"""A merchant's caller of Vipps MobilePay, and a receiver of its webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import queue
import secrets
import threading
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from simclient import PATIENCE, SimulatorProcess

FULL, PLAIN, FINN, NORSE = "100001", "100002", "200001", "300001"
ANNA, BO = "+4511111101", "+4511111102"
ALL_EVENTS = [
    f"epayments.payment.{name}.v1"
    for name in (
        *("created", "aborted", "expired", "cancelled"),
        *("captured", "refunded", "authorized", "terminated"),
    )
]


class VippsClient:
    """Calls token endpoint, ePayment, webhooks and QR for one sales unit."""

    def __init__(self, simulator: SimulatorProcess, msn: str = FULL) -> None:
        self.simulator, self.msn = simulator, msn
        units = simulator.control("vipps/units")
        self.unit = next(unit for unit in units if unit["msn"] == msn)
        self.headers = {
            "Ocp-Apim-Subscription-Key": self.unit["primary_key"],
            "Merchant-Serial-Number": msn,
            "Vipps-System-Name": "odoo",
            "Vipps-System-Version": "19.0",
            "Vipps-System-Plugin-Name": "tests",
            "Vipps-System-Plugin-Version": "1",
        }
        self.headers["Authorization"] = f"Bearer {self.token()['access_token']}"

    def ask_token(self, **changes: str | None) -> requests.Response:
        """The token endpoint, headers changed or (None) left out."""
        own = {
            "client_id": self.unit["client_id"],
            "client_secret": self.unit["client_secret"],
            "Authorization": None,
        }
        headers = {**own, **changes}
        return self.call("POST", "/accesstoken/get", headers=headers)

    def token(self) -> dict[str, str]:
        """A fresh token's answer."""
        response = self.ask_token()
        assert response.status_code == 200, response.text
        return response.json()

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call with all headers; one that is None is left out."""
        headers = {**self.headers, **options.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        url = f"{self.simulator.url}{path}"
        return requests.request(
            method, url, headers=headers, timeout=PATIENCE, **options
        )

    def write(
        self, path: str, body: Any = None, key: str | None = "", **options: Any
    ) -> requests.Response:
        """POST to ePayment with a key: a fresh one, or the given, or (None) none."""
        key = secrets.token_hex(8) if key == "" else key
        usual = {"Idempotency-Key": key, "Content-Type": "application/json"}
        headers = {**usual, **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        path = f"/epayment/v1/payments{path}"
        return self.call("POST", path, headers=headers, **options)

    def payment(self, **changes: Any) -> dict[str, Any]:
        """A good request; ``None`` leaves a field out."""
        body = {
            "amount": self.amount(36050),
            "paymentMethod": {"type": "WALLET"},
            "reference": f"acme-{secrets.token_hex(6)}",
            "userFlow": "WEB_REDIRECT",
            "returnUrl": "https://shop.example/back?order=17",
            "paymentDescription": "Invoice INV/2026/00012",
            **changes,
        }
        return {name: value for name, value in body.items() if value is not None}

    def push(self, **changes: Any) -> dict[str, Any]:
        """A good request to Anna's phone."""
        customer = {"phoneNumber": ANNA.lstrip("+")}
        push = {"userFlow": "PUSH_MESSAGE", "returnUrl": None, "customer": customer}
        return self.payment(**{**push, **changes})

    def create(self, body: dict[str, Any] | None = None) -> str:
        """Create a payment; return its reference."""
        body = body or self.payment()
        response = self.write("", body)
        assert response.status_code == 201, response.text
        return body["reference"]

    def approved(self, value: int = 36050) -> str:
        """A payment that Anna approved."""
        reference = self.create(self.push(amount=self.amount(value)))
        self.act(reference, "approve")
        return reference

    def act(self, reference: str, action: str, **content: Any) -> dict[str, Any]:
        """What payer, time or bank do."""
        return self.simulator.control(f"vipps/payments/{reference}/{action}", content)

    def get(self, reference: str) -> dict[str, Any]:
        """GET a payment."""
        response = self.call("GET", f"/epayment/v1/payments/{reference}")
        assert response.status_code == 200, response.text
        return response.json()

    def events(self, reference: str) -> list[dict[str, Any]]:
        """Its event log."""
        response = self.call("GET", f"/epayment/v1/payments/{reference}/events")
        assert response.status_code == 200, response.text
        return response.json()

    def moved(self, reference: str) -> dict[str, int]:
        """The aggregate's values."""
        aggregate = self.get(reference)["aggregate"]
        return {
            name.removesuffix("Amount"): part["value"]
            for name, part in aggregate.items()
        }

    def capture(
        self, reference: str, value: int, key: str | None = ""
    ) -> requests.Response:
        """Capture."""
        body = {"modificationAmount": self.amount(value)}
        return self.write(f"/{reference}/capture", body, key)

    def refund(
        self, reference: str, value: int, key: str | None = ""
    ) -> requests.Response:
        """Refund."""
        body = {"modificationAmount": self.amount(value)}
        return self.write(f"/{reference}/refund", body, key)

    def cancel(self, reference: str, body: Any = None) -> requests.Response:
        """Cancel, with or without a body."""
        return self.write(f"/{reference}/cancel", body)

    def register(self, url: str, events: list[str] | None = None) -> dict[str, str]:
        """Register a webhook; id and secret."""
        body = {"url": url, "events": events or ALL_EVENTS}
        response = self.call("POST", "/webhooks/v1/webhooks", json=body)
        assert response.status_code == 201, response.text
        return response.json()

    def amount(self, value: Any, currency: str = "") -> dict[str, Any]:
        """An amount in the unit's currency."""
        return {"currency": currency or self.unit["currency"], "value": value}

    def control(self, **changes: Any) -> None:
        """Change what the sales unit may do."""
        self.simulator.control(f"vipps/units/{self.msn}", changes)


def receipt(*totals: int, currency: str = "DKK") -> dict[str, Any]:
    """A receipt with lines of these sums (25 % of tax)."""
    lines = [
        {
            "id": str(number),
            "name": f"Line {number}",
            "totalAmount": total,
            "totalAmountExcludingTax": total - total // 5,
            "totalTaxAmount": total // 5,
            "taxRate": 2500,
            "unitInfo": {"unitPrice": total, "quantity": "1", "quantityUnit": "PCS"},
        }
        for number, total in enumerate(totals)
    ]
    return {"orderLines": lines, "bottomLine": {"currency": currency}}


def ahead(**parts: float) -> str:
    """A moment so far from now, as ``expiresAt`` has it."""
    moment = datetime.now().astimezone() + timedelta(**parts)
    return moment.isoformat(timespec="seconds")


def code_of(response: requests.Response) -> int | None:
    """The code of a problem."""
    content = response.json()
    assert content["status"] == response.status_code
    assert response.headers["Content-Type"].startswith("application/problem+json")
    codes = [row for row in content["extraDetails"] if row["name"] == "ErrorCode"]
    return int(codes[0]["reason"]) if codes else None


class Delivery(NamedTuple):
    """What reached a webhook's address."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.raw)
        return content

    @property
    def name(self) -> str:
        return str(self.body["name"])

    def is_signed(self, secret: str, url: str) -> bool:
        """Does the signature hold, by the published recipe?"""
        digest = base64.b64encode(hashlib.sha256(self.raw).digest()).decode()
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        date = self.headers["x-ms-date"]
        text = f"POST\n{target}\n{date};{parts.netloc};{digest}"
        made = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
        expected = (
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
            + base64.b64encode(made).decode()
        )
        is_same = self.headers["authorization"] == expected
        return is_same and self.headers["x-ms-content-sha256"] == digest


class WebhookReceiver:
    """An address that answers as it is told, by event name if so wished."""

    def __init__(self) -> None:
        self.received: queue.Queue[Delivery] = queue.Queue()
        self.status = 200
        self.statuses: dict[str, int] = {}
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), self._handler()
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook/x?key=a%2Fb"
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.02,), daemon=True).start()

    def next(self) -> Delivery:
        """The next delivery."""
        return self.received.get(timeout=PATIENCE)

    def names(self, count: int) -> list[str]:
        """The names of the next ``count``."""
        return [self.next().name for _ in range(count)]

    def is_silent(self, seconds: float = 0) -> bool:
        """Nothing (more) has come, nor comes within so long."""
        try:
            self.received.get(timeout=seconds or 0.001)
        except queue.Empty:
            return True
        return False

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): text for name, text in self.headers.items()}
                found = Delivery(self.path, headers, raw)
                status = receiver.statuses.get(found.name, receiver.status)
                receiver.received.put(found)
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing."""

        return Handler
