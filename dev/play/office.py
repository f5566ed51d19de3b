"""The accountant at the web client: the same HTTP doors, without the screen."""

import re
import time
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

import requests


class OfficeError(RuntimeError):
    """Odoo answered with an error; the text is what a person would read."""


class Office:
    """A session of one user at one Odoo server."""

    def __init__(self, url: str, database: str) -> None:
        self.url = url
        self.database = database
        self.session = requests.Session()

    def log_in(self, login: str, password: str) -> None:
        """Log in as a person does, and keep the session cookie."""
        params = {"db": self.database, "login": login, "password": password}
        self._rpc("/web/session/authenticate", params)

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a model's method as the web client does."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._rpc(f"/web/dataset/call_kw/{model}/{method}", params)

    def read_one(self, model: str, domain: list[Any], fields: list[str]) -> Any:
        """Return the only record of `domain`, or None."""
        found = self.call(model, "search_read", domain, fields, limit=1)
        return found[0] if found else None

    def connect(self, connection_id: int, username: str = "merchant") -> str:
        """Press Connect and give consent at MobilePay; returns the last page's URL."""
        action = self.call("mobilepay.connection", "action_connect", [connection_id])
        consent = {"username": username, "decision": "grant"}
        page = requests.post(action["url"], data=consent, timeout=30)
        address, answer = read_form(page.text)
        # cross-site: the session cookie stays at home, as browsers hold it
        parked = requests.post(address, answer, allow_redirects=False, timeout=30)
        finish = parked.headers["Location"]
        return self.session.get(requests.compat.urljoin(self.url, finish)).url

    def make_danish_company(self, name: str) -> int:
        """Make a company with the Danish chart of accounts; returns its id.

        Odoo would install what more it has for the country, which takes a minute and
        fails while a scheduled action runs: the context keeps it from that.
        """
        [denmark] = self.call("res.country", "search", [("code", "=", "DK")])
        [currency] = self.call("res.currency", "search", [("name", "=", "DKK")])
        values = {"name": name, "country_id": denmark, "currency_id": currency}
        plain = {"install_mode": True}
        [company] = self.call("res.company", "create", [values], context=plain)
        self.call("account.chart.template", "try_loading", [], "dk", company)
        return int(company)

    def send(self, move_id: int, **choices: Any) -> str:
        """Press Send via MobilePay and Send; returns '' or the error a person sees."""
        action = self.call("account.move", "action_mobilepay_send", [move_id])
        wizard_id = self.call(
            "account.move.send.wizard",
            "create",
            {"move_id": move_id, **choices},
            context=action["context"],
        )
        try:
            self.call("account.move.send.wizard", "action_send_and_print", [wizard_id])
        except OfficeError as error:
            return str(error)
        return ""

    def _rpc(self, path: str, params: Mapping[str, Any]) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self.session.post(self.url + path, json=body, timeout=300).json()
        if "error" in answer:
            raise OfficeError(answer["error"]["data"]["message"])
        return answer.get("result")


def read_form(page: str) -> tuple[str, dict[str, str]]:
    """Return action and hidden fields of the only form on a page."""
    action = re.search(r'<form[^>]*\baction="([^"]+)"', page)
    if not action:
        raise OfficeError(f"there is no form on this page: {page[:400]}")
    inputs = re.findall(r"<input[^>]*>", page)
    pairs = (
        (re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag))
        for tag in inputs
    )
    return unescape(action[1]), {
        unescape(name[1]): unescape(value[1]) for name, value in pairs if name and value
    }


def wait_for(what: str, question: Callable[[], Any], seconds: float = 60) -> Any:
    """Ask until the answer is true; what it waited for is in the error."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.2)
    raise OfficeError(f"waited {seconds:.0f} s in vain for: {what}")
