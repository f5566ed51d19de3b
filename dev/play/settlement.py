"""Three days of MobilePay's money: paid, paid out, on the bank, and all matched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import requests

from .bank import FEE, Bank
from .office import wait_for
from .stage import MERCHANT_VAT, Stage
from .story import Story, money

#: days ago, in the simulator's time; what was paid on the last is paid out after it
DAYS = (4, 3, 2)
REFUND_ON = 3
#: transfer method: customer, phone and price, the same every day
CUSTOMERS = {
    "daily": (
        ("Gro Ibsen", "+4511112101", 240.0),
        ("Hjalte Juul", "+4511112102", 96.4),
    ),
    "instant": (
        ("Karla Lund", "+4511112103", 180.0),
        ("Mads Nør", "+4511112104", 52.0),
    ),
}


class Settlement:
    """Plays on with a connected company; adds to the story's result."""

    def __init__(self, stage: Stage, story: Story) -> None:
        self.stage = stage
        self.office = stage.office
        self.story = story
        self.bank = Bank(stage)
        #: by transfer method
        self.paid: dict[str, list[dict[str, Any]]] = {"daily": [], "instant": []}

    def play(self) -> Iterator[str]:
        """Play step by step; yields a line for each, as it happens."""
        yield from self._agree()
        for days_ago in DAYS:
            yield from self._day(days_ago)
        yield from self._today()
        yield from self._fetch()
        yield from self._import()
        yield from self._match()
        yield from self._credit()
        yield from self._add_up()

    # --------------------------------------------------------------------- agree

    def _agree(self) -> Iterator[str]:
        """Agree with MobilePay and the bank on how the money comes."""
        self.connection = self._connection(["company_id"])
        self.company = self.connection["company_id"][0]
        self.issuers = self.bank.agree()
        self.journal = self.bank.open_account()
        self.customers = {
            method: [self._customer(name, phone) for name, phone, _price in rows]
            for method, rows in CUSTOMERS.items()
        }
        yield f"one issuer is paid at once, one daily less {FEE} DKK a payment"

    def _customer(self, name: str, phone: str) -> int:
        self.stage.control("payers", phone=phone, name=name)
        values = {"name": name, "mobilepay_phone": phone}
        [partner] = self.office.call("res.partner", "create", [values])
        return int(partner)

    # ---------------------------------------------------------------------- days

    def _day(self, days_ago: int) -> Iterator[str]:
        """Play one day: what is refunded on it was paid on the day before."""
        day = self.stage.today - timedelta(days=days_ago)
        self.stage.control("clock", set=f"{day}T10:00:00Z")
        if days_ago == REFUND_ON:
            yield from self._refund(self.paid["daily"][0])
        instant, daily = self._take("instant", day), self._take("daily", day)
        yield f"{day}: {instant} DKK are paid out at once, {daily} DKK the next day"

    def _today(self) -> Iterator[str]:
        """Let the rest of the days pass; what is paid now is paid out tomorrow."""
        self.stage.control("clock", reset=True)
        paid = self._take("daily", self.stage.today)
        yield f"today: {paid} DKK are paid, to be paid out tomorrow"

    def _take(self, method: str, day: date) -> Decimal:
        """Have each customer of an issuer pay an invoice of that day; their sum."""
        moves = self._send(method, day)
        for request in self._requests(moves):
            page = f"{self.stage.phone(request['phone'])}/invoices"
            address = f"{page}/{request['mobilepay_id']}/accept"
            requests.post(address, timeout=60).raise_for_status()
        wait_for("the payments", lambda: self._are_posted(moves))
        paid = self._requests(moves)
        self.paid[method] += paid
        return sum((money(request["amount"]) for request in paid), Decimal(0))

    def _send(self, method: str, day: date) -> list[int]:
        """Post and send an invoice to each customer, in the issuer's name."""
        values = [
            {
                "move_type": "out_invoice",
                "partner_id": partner,
                "invoice_date": str(day),
                "invoice_date_due": str(day + timedelta(days=14)),
                "invoice_line_ids": [
                    [
                        0,
                        0,
                        {"name": "Cykelværksted", "quantity": 1, "price_unit": price},
                    ]
                ],
            }
            for partner, (_name, _phone, price) in zip(
                self.customers[method], CUSTOMERS[method], strict=True
            )
        ]
        moves = self.office.call("account.move", "create", values)
        self.office.call("account.move", "action_post", moves)
        for move in moves:
            problem = self.office.send(move, mobilepay_issuer_id=self.issuers[method])
            self.story.expect(f"sent on {day}: {problem}", not problem)
        return list(moves)

    def _requests(self, moves: list[int]) -> list[dict[str, Any]]:
        fields = ["mobilepay_id", "phone", "amount", "payment_id", "move_id"]
        domain = [("move_id", "in", moves)]
        return list(
            self.office.call("mobilepay.invoice", "search_read", domain, fields)
        )

    def _are_posted(self, moves: list[int]) -> bool:
        self.stage.control("callbacks/flush")
        return all(request["payment_id"] for request in self._requests(moves))

    def _refund(self, request: dict[str, Any]) -> Iterator[str]:
        """Pay a payment back in MobilePay's portal."""
        self.refunded = request
        self.stage.control(f"invoices/{request['mobilepay_id']}/refund")
        move = request["move_id"][1]
        yield f"{money(request['amount'])} DKK of {move} are paid back in the portal"

    # --------------------------------------------------------------------- fetch

    def _fetch(self) -> Iterator[str]:
        """Fetch the transfers; they are entered at once."""
        self.office.call(
            "mobilepay.connection", "action_fetch_transfers", [self.connection["id"]]
        )
        found = self._transfers()
        fees = sum((money(one["fee_total"]) for one in found), Decimal(0))
        kept = FEE * len(DAYS) * len(CUSTOMERS["daily"])
        self.story.result["transfers"] = len(found)
        self.story.expect("as many transfers", len(found) == len(self._paid_out()[0]))
        self.story.expect(f"fees of {kept}", fees == -kept)
        yield f"{len(found)} transfers are entered, {kept} DKK fees in them"

    def _transfers(self) -> list[dict[str, Any]]:
        domain = [("connection_id", "=", self.connection["id"])]
        fields = ["state", "problem", "fee_total", "bank_line_id"]
        found = self.office.call("mobilepay.transfer", "search_read", domain, fields)
        waiting = [one["problem"] for one in found if one["state"] != "settled"]
        self.story.expect(f"all transfers are settled: {waiting}", not waiting)
        return list(found)

    def _paid_out(self) -> tuple[list[Decimal], list[Decimal]]:
        """What MobilePay has transferred, and what only after today: the main job's."""
        fetched_to = self._connection(["transfers_fetched_to"])["transfers_fetched_to"]
        now: list[Decimal] = []
        later: list[Decimal] = []
        for one in _of_merchant(self.stage.inspect()["transfers"]):
            (later if one["day"] > fetched_to else now).append(money(one["total"]))
        return now, later

    # ---------------------------------------------------------------------- bank

    def _import(self) -> Iterator[str]:
        """Import the bank's two statements, one going on where the other ends."""
        opening = "0"
        self.lines: list[int] = []
        for method in ("instant", "daily"):
            content = self.bank.download(
                transfer=method, opening=opening, to=str(self.stage.today)
            )
            name = f"{method}.camt053.xml"
            statement = self.bank.import_file(self.journal, name, content)
            self.lines += statement["line_ids"]
            opening = str(money(statement["balance_end_real"]))
            problem = statement["problem_description"]
            self.story.expect(f"a statement without gaps: {problem}", not problem)
            yield f"{name}: {len(statement['line_ids'])} lines imported"

    def _match(self) -> Iterator[str]:
        """Wait for the lines to be matched by themselves."""
        wait_for("every bank line to be matched", lambda: not self._unmatched())
        left = self._unmatched()
        transfers = self._transfers()
        matched = len(self.lines) - len(left)
        on_bank = sum(bool(one["bank_line_id"]) for one in transfers)
        self.story.result.update(
            bank_lines=len(self.lines), matched=matched, unmatched=len(left)
        )
        self.story.expect("each transfer has its bank line", on_bank == matched)
        yield f"{matched} bank lines are matched by themselves"

    def _unmatched(self) -> list[int]:
        domain = [("id", "in", self.lines), ("is_reconciled", "=", False)]
        return list(self.office.call("account.bank.statement.line", "search", domain))

    # -------------------------------------------------------------------- refund

    def _credit(self) -> Iterator[str]:
        """Credit the refunded invoice and match it with what MobilePay paid back."""
        invoice = self.refunded["move_id"][0]
        context = {"active_model": "account.move", "active_ids": [invoice]}
        [values] = self.office.call("account.move", "read", [invoice], ["journal_id"])
        reversal = {
            "reason": "Paid back in MobilePay's portal",
            "journal_id": values["journal_id"][0],
        }
        [wizard] = self.office.call(
            "account.move.reversal", "create", [reversal], context=context
        )
        action = self.office.call(
            "account.move.reversal", "refund_moves", [wizard], context=context
        )
        note = action["res_id"]
        self.office.call("account.move", "action_post", [note])
        self._add_payment(note)
        [credit] = self.office.call(
            "account.move", "read", [note], ["name", "payment_state"]
        )
        self.story.expect("the credit note is paid", credit["payment_state"] == "paid")
        yield f"the refund is matched with credit note {credit['name']}"

    def _add_payment(self, note: int) -> None:
        """Press Add at the outstanding payment below a credit note."""
        widget = "invoice_outstanding_credits_debits_widget"
        [credit] = self.office.call("account.move", "read", [note], [widget])
        [offered] = credit[widget]["content"]
        amount = money(offered["amount"])
        self.story.expect("the refund", amount == money(self.refunded["amount"]))
        self.office.call(
            "account.move", "js_assign_outstanding_line", [note], offered["id"]
        )

    # -------------------------------------------------------------------- add up

    def _add_up(self) -> Iterator[str]:
        """Compare the books with what MobilePay itself says it owes."""
        # the main job was played three days ahead
        report = self._report(self.stage.today + timedelta(days=3))
        today = self._report(self.stage.today)
        net, fees = self._owed_by_mobilepay()
        clearing = money(report["clearing_balance"])
        transit = money(report["transit_balance"])
        self.story.result["in_transit_balance"] = str(transit)
        self.story.expect("the report agrees with the books", report["agrees"])
        self.story.expect("today's, too", today["agrees"])
        self.story.expect(
            f"MobilePay owes {net} and {fees} fees, the books say {clearing}",
            money(report["owed"]) == clearing == net + fees > 0,
        )
        self.story.expect("nothing is in transit", transit == 0)
        yield f"MobilePay owes {net} DKK and {fees} DKK of fees; the books: {clearing}"
        yield f"{transit} DKK are in transit"

    def _report(self, day: date) -> dict[str, Any]:
        """What MobilePay owes as of a day, as the report says."""
        values = {"day": str(day), "company_id": self.company}
        [report] = self.office.call("mobilepay.owed.wizard", "create", [values])
        fields = ["owed", "clearing_balance", "agrees", "transit_balance"]
        [found] = self.office.call("mobilepay.owed.wizard", "read", [report], fields)
        return dict(found)

    def _owed_by_mobilepay(self) -> tuple[Decimal, Decimal]:
        """What is on the balances or paid out after today, and fees taken off it.

        The books hear of a fee with the transfer that it is in, as MobilePay does
        not tell it before.
        """
        balances = _of_merchant(self.stage.inspect()["balances"])
        _now, later = self._paid_out()
        net = sum((money(one["balance"]) for one in balances), sum(later, Decimal(0)))
        return net, FEE * len(CUSTOMERS["daily"])

    def _connection(self, fields: list[str]) -> dict[str, Any]:
        domain = [("merchant_vat", "=", MERCHANT_VAT)]
        return dict(self.office.read_one("mobilepay.connection", domain, fields))


def _of_merchant(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["merchant_vat"] == MERCHANT_VAT]
