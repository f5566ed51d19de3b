"""The main job, played once: connect, send five, hear back, post, and add up."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import requests

from .leaks import in_log
from .office import wait_for
from .stage import Stage

DAY = 24 * 3600
REQUEST_FIELDS = [
    "state",
    "mobilepay_id",
    "link_url",
    "phone",
    "paid_amount",
    "move_id",
]


class Story:
    """Plays the main job on a stage and keeps what came of it in ``result``."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.office = stage.office
        self.result: dict[str, Any] = {}
        self.problems: list[str] = []

    def play(self) -> Iterator[str]:
        """Play step by step; yields a line for each, as it happens."""
        yield from self._connect()
        moves = self._invoices()
        yield from self._send(moves)
        yield from self._payers_act(moves)
        yield from self._hear_back(moves)
        yield from self._add_up(moves)

    def expect(self, what: str, holds: bool) -> None:
        """Remember an expectation that did not hold."""
        if not holds:
            self.problems.append(what)

    def look_for_leaks(self) -> None:
        """Look for secrets and payers' numbers in Odoo's log, at debug level."""
        found = in_log(self.stage)
        self.result["leaks"] = len(found)
        for kind in found:
            self.expect(f"no {kind} in Odoo's log", False)

    # ------------------------------------------------------------------- connect

    def _connect(self) -> Iterator[str]:
        values = self.stage.connection_values()
        [connection_id] = self.office.call("mobilepay.connection", "create", [values])
        last_page = self.office.connect(connection_id)
        connection = self.office.read_one(
            "mobilepay.connection",
            [("id", "=", connection_id)],
            ["state", "state_text", "issuer_id", "journal_id", "company_id"],
        )
        self.expect("connected", connection["state"] == "connected")
        self.expect("back on the form", "mobilepay-connections" in last_page)
        yield f"{connection['state_text']}, issuer {connection['issuer_id'][1]}"

    # ---------------------------------------------------------------------- send

    def _invoices(self) -> list[dict[str, Any]]:
        fields = ["name", "amount_total", "partner_id"]
        domain = [("name", "in", self.stage.invoices)]
        return list(
            self.office.call("account.move", "search_read", domain, fields, order="id")
        )

    def _send(self, moves: list[dict[str, Any]]) -> Iterator[str]:
        refused = 0
        for move in moves:
            problem = self.office.send(move["id"])
            refused += bool(problem)
            outcome = f"refused: {' '.join(problem.split())}" if problem else "sent"
            yield f"{move['name']} {move['partner_id'][1]}: {outcome}"
        self.result.update(sent=len(moves), refused=refused)
        again = self.office.call("account.move", "read", [moves[0]["id"]], ["name"])
        self.expect("a second click sends nothing", self._sends_nothing(moves[0]["id"]))
        yield f"{again[0]['name']}: a second click sends nothing"

    def _sends_nothing(self, move_id: int) -> bool:
        """Press Send with MobilePay once more; MobilePay must not hear of it."""
        before = self._create_calls()
        wizard = {"move_id": move_id, "sending_methods": ["mobilepay"]}
        wizard_id = self.office.call("account.move.send.wizard", "create", wizard)
        try:
            self.office.call(
                "account.move.send.wizard", "action_send_and_print", [wizard_id]
            )
        except RuntimeError as error:
            return "open MobilePay request" in str(error) and (
                self._create_calls() == before
            )
        return False

    def _create_calls(self) -> int:
        return sum(self.stage.inspect()["create_calls"].values())

    # -------------------------------------------------------------------- payers

    def _payers_act(self, moves: list[dict[str, Any]]) -> Iterator[str]:
        direct, link, later, unwilling, _unknown = (
            self._request(move["id"]) for move in moves
        )
        self._on_phone(direct, "accept")
        yield f"{direct['phone']} pays in the app"
        landing = {"phone": "+4511111104", "action": "pay"}
        page = requests.post(
            link["link_url"], landing, allow_redirects=False, timeout=60
        )
        self.expect("the link brings the payer back", page.status_code == 303)
        yield f"a payer opens the link and pays; sent back to {self._path(page)}"
        payment_date = self.stage.today + timedelta(days=2)
        self._on_phone(later, "accept", payment_date=str(payment_date))
        yield f"{later['phone']} accepts, to pay on {payment_date}"
        self._on_phone(unwilling, "reject")
        yield f"{unwilling['phone']} rejects"

    def _request(self, move_id: int) -> dict[str, Any]:
        return dict(
            self.office.read_one(
                "mobilepay.invoice", [("move_id", "=", move_id)], REQUEST_FIELDS
            )
        )

    def _on_phone(self, request: dict[str, Any], action: str, **form: str) -> None:
        page = f"{self.stage.simulator.url}/phone/{request['phone']}"
        requests.post(
            f"{page}/invoices/{request['mobilepay_id']}/{action}", form, timeout=60
        ).raise_for_status()

    def _path(self, page: requests.Response) -> str:
        return page.headers.get("Location", "nowhere").partition("?")[0]

    # ----------------------------------------------------------------- hear back

    def _hear_back(self, moves: list[dict[str, Any]]) -> Iterator[str]:
        expected = ("paid", "paid", "accepted", "rejected", "invalid")
        self._wait_for_states(moves, expected)
        yield f"callbacks processed: {', '.join(expected)}"
        self.stage.control("clock", advance_seconds=3 * DAY)
        self._wait_for_states(moves, ("paid", "paid", "paid", "rejected", "invalid"))
        yield "three days later the accepted one is paid as well"

    def _wait_for_states(
        self, moves: list[dict[str, Any]], expected: tuple[str, ...]
    ) -> None:
        def arrived() -> bool:
            self.stage.control("callbacks/flush")
            return tuple(self._request(m["id"])["state"] for m in moves) == expected

        wait_for(f"states {expected}", arrived, 90)

    # -------------------------------------------------------------------- add up

    def _add_up(self, moves: list[dict[str, Any]]) -> Iterator[str]:
        requests_now = [self._request(move["id"]) for move in moves]
        paid = [r for r in requests_now if r["state"] == "paid"]
        payments = self.office.call(
            "account.payment",
            "search_read",
            [("mobilepay_invoice_id", "!=", False)],
            ["amount", "memo", "payment_reference", "state", "is_reconciled"],
        )
        posted = [p for p in payments if p["state"] in ("in_process", "paid")]
        balance = self._clearing_balance()
        total = sum((money(payment["amount"]) for payment in posted), Decimal(0))
        self.result.update(
            paid=len(paid),
            posted=len(posted),
            rejected=sum(r["state"] == "rejected" for r in requests_now),
            clearing_balance=str(balance),
            sum_of_payments=str(total),
            create_calls=self._create_calls(),
        )
        self._check_books(paid, posted, balance, total)
        yield f"clearing account {balance} DKK, payments {total} DKK"

    def _check_books(
        self,
        paid: list[dict[str, Any]],
        posted: list[dict[str, Any]],
        balance: Decimal,
        total: Decimal,
    ) -> None:
        counted = {"sent": 5, "paid": 3, "posted": 3, "rejected": 1, "refused": 1}
        for name, number in counted.items():
            self.expect(f"{name} is {number}", self.result[name] == number)
        self.expect("clearing equals the payments", balance == total > 0)
        self.expect("payments are reconciled", all(p["is_reconciled"] for p in posted))
        moves = [request["move_id"][0] for request in paid]
        states = self.office.call("account.move", "read", moves, ["payment_state"])
        self.expect(
            "paid show as paid", {s["payment_state"] for s in states} == {"paid"}
        )

    def _clearing_balance(self) -> Decimal:
        """What the books say MobilePay owes, in DKK."""
        line = self.office.read_one(
            "account.payment.method.line",
            [("code", "=", "mobilepay"), ("payment_type", "=", "inbound")],
            ["payment_account_id"],
        )
        account_id = line["payment_account_id"][0]
        lines = self.office.call(
            "account.move.line",
            "search_read",
            [("account_id", "=", account_id), ("parent_state", "=", "posted")],
            ["balance"],
        )
        return sum((money(line["balance"]) for line in lines), Decimal(0))


def money(amount: float) -> Decimal:
    """An amount as Odoo's JSON has it, to the øre."""
    return Decimal(repr(amount)).quantize(Decimal("0.01"))
