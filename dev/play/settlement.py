"""Three days of MobilePay's money: paid, paid out, on the bank, and all matched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import requests

from .bank import Bank
from .office import wait_for
from .stage import MERCHANT_VAT, Stage
from .story import Story, money

#: days ago, in the simulator's time; what was paid on the last is paid out after it
DAYS = (4, 3, 2)
REFUND_ON = 3
FEE = Decimal("1.50")
#: transfer method: customer, phone and price without VAT
CUSTOMERS = {
    "daily": (("Gro Ibsen", "+4511112101", 240.0), ("Hjalte Juul", "+4511112102", 96.4)),
    "instant": (("Karla Lund", "+4511112103", 180.0), ("Mads Nør", "+4511112104", 52.0)),
}


class Settlement:
    """Plays on with a connected company; adds to the story's result."""

    def __init__(self, stage: Stage, story: Story) -> None:
        self.stage = stage
        self.office = stage.office
        self.story = story
        self.bank = Bank(stage)
        #: by transfer method: what an invoice is sent with, and what has been paid
        self.issuers: dict[str, int] = {}
        self.paid: dict[str, list[dict[str, Any]]] = {"daily": [], "instant": []}

    def play(self) -> Iterator[str]:
        """Play step by step; yields a line for each, as it happens."""
        yield from self._agree()
        for days_ago in DAYS:
            yield from self._day(days_ago)
        yield from self._pay_out()
        yield from self._import()
        yield from self._match()
        yield from self._credit()
        yield from self._add_up()

    # --------------------------------------------------------------------- agree

    def _agree(self) -> Iterator[str]:
        """Agree with MobilePay and the bank on how the money comes."""
        self.connection = self._connection(["issuer_ids", "company_id"])
        self.company = self.connection["company_id"][0]
        self._say_how_issuers_are_paid()
        self.journal = self.bank.open_account()
        self.customers = {
            method: [self._customer(name, phone) for name, phone, _price in rows]
            for method, rows in CUSTOMERS.items()
        }
        yield f"one issuer is paid at once, one daily less {FEE} DKK a payment"

    def _say_how_issuers_are_paid(self) -> None:
        agreed = {
            "daily": {"fees": "kept", "transaction_fee": str(FEE)},
            "instant": {"fees": "invoiced"},
        }
        issuers = self.office.call(
            "mobilepay.issuer",
            "search_read",
            [("id", "in", self.connection["issuer_ids"]), ("enabled", "=", True)],
            ["name", "mobilepay_id"],
        )
        for issuer in issuers:
            method = "instant" if "Instant" in issuer["name"] else "daily"
            self.issuers[method] = issuer["id"]
            self.office.call(
                "mobilepay.issuer", "write", [issuer["id"]], {"transfer_method": method}
            )
            path = f"merchants/{MERCHANT_VAT}/issuers/{issuer['mobilepay_id']}"
            self.stage.control(path, transfer=method, **agreed[method])

    def _customer(self, name: str, phone: str) -> int:
        self.stage.control("payers", phone=phone, name=name)
        values = {"name": name, "mobilepay_phone": phone}
        [partner] = self.office.call("res.partner", "create", [values])
        return int(partner)

    # ---------------------------------------------------------------------- days

    def _day(self, days_ago: int) -> Iterator[str]:
        """Play one day: what is refunded on it was paid on the day before."""
        day = date.today() - timedelta(days=days_ago)
        self.stage.control("clock", set=f"{day}T10:00:00Z")
        if days_ago == REFUND_ON:
            yield from self._refund(self.paid["daily"][0])
        sent = {method: self._send(method, day) for method in CUSTOMERS}
        for method, moves in sent.items():
            for request in self._requests(moves):
                page = f"{self.stage.phone(request['phone'])}/invoices"
                address = f"{page}/{request['mobilepay_id']}/accept"
                requests.post(address, timeout=60).raise_for_status()
            wait_for("the payments", lambda moves=moves: self._are_posted(moves))
            self.paid[method] += self._requests(moves)
        amounts = [f"{method} {self._sum(sent[method])}" for method in sent]
        yield f"{day}: payers pay {' and '.join(amounts)} DKK"

    def _send(self, method: str, day: date) -> list[int]:
        """Post and send an invoice to each customer, in the issuer's name."""
        values = [
            {
                "move_type": "out_invoice",
                "partner_id": partner,
                "invoice_date": str(day),
                "invoice_date_due": str(day + timedelta(days=14)),
                "invoice_line_ids": [
                    [0, 0, {"name": "Cykelværksted", "quantity": 1, "price_unit": price}]
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

    def _sum(self, moves: list[int]) -> Decimal:
        amounts = (money(request["amount"]) for request in self._requests(moves))
        return sum(amounts, Decimal(0))

    def _refund(self, request: dict[str, Any]) -> Iterator[str]:
        """Pay a payment back in MobilePay's portal."""
        self.refunded = request
        self.stage.control(f"invoices/{request['mobilepay_id']}/refund")
        move = request["move_id"][1]
        yield f"{money(request['amount'])} DKK of {move} are paid back in the portal"

    # ------------------------------------------------------------------- pay out

    def _pay_out(self) -> Iterator[str]:
        """Let the last night and the rest of the days pass; fetch the transfers."""
        self.stage.control("clock", reset=True)
        self.office.call(
            "mobilepay.connection", "action_fetch_transfers", [self.connection["id"]]
        )
        found = self._transfers()
        fees = sum((money(one["fee_total"]) for one in found), Decimal(0))
        problems = [one["problem"] for one in found if one["problem"]]
        instant, daily = len(self.paid["instant"]), len(DAYS)
        self.story.result["transfers"] = len(found)
        self.story.expect(f"all transfers are entered: {problems}", not problems)
        self.story.expect("one transfer a payment or night", len(found) == instant + daily)
        self.story.expect("the fees", fees == -FEE * len(self.paid["daily"]))
        yield f"{instant} instant and {daily} daily transfers, {-fees} DKK fees kept"

    def _transfers(self) -> list[dict[str, Any]]:
        domain = [("connection_id", "=", self.connection["id"])]
        fields = ["state", "problem", "total", "fee_total", "bank_line_id"]
        found = self.office.call("mobilepay.transfer", "search_read", domain, fields)
        self.story.expect("settled", {one["state"] for one in found} == {"settled"})
        return list(found)

    # ---------------------------------------------------------------------- bank

    def _import(self) -> Iterator[str]:
        """Import the bank's two statements, one going on where the other ends."""
        opening = "0"
        self.lines: list[int] = []
        for method in ("instant", "daily"):
            content = self.bank.download(transfer=method, opening=opening)
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
        reversal = {"reason": "Paid back in MobilePay's portal"}
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
        report = self._report(date.today() + timedelta(days=3))
        today = self._report(date.today())
        owed = self._owed_by_mobilepay()
        clearing = money(report["clearing_balance"])
        transit = money(report["transit_balance"])
        self.story.result["in_transit_balance"] = str(transit)
        self.story.expect("the report agrees with the books", report["agrees"])
        self.story.expect("today's, too", today["agrees"])
        self.story.expect(
            f"MobilePay owes {owed}, the books say {clearing}",
            money(report["owed"]) == clearing == owed > 0,
        )
        self.story.expect("nothing is in transit", transit == 0)
        yield f"MobilePay owes {owed} DKK, as the books say; {transit} DKK in transit"

    def _report(self, day: date) -> dict[str, Any]:
        """What MobilePay owes as of a day, as the report says."""
        values = {"day": str(day), "company_id": self.company}
        [report] = self.office.call("mobilepay.owed.wizard", "create", [values])
        fields = ["owed", "clearing_balance", "agrees", "transit_balance"]
        [found] = self.office.call("mobilepay.owed.wizard", "read", [report], fields)
        return dict(found)

    def _owed_by_mobilepay(self) -> Decimal:
        """What is on the merchant's balances or paid out only after today."""
        fetched_to = self._connection(["transfers_fetched_to"])["transfers_fetched_to"]
        state = self.stage.inspect()
        waiting = [one["balance"] for one in _of_merchant(state["balances"])]
        later = [
            one["total"]
            for one in _of_merchant(state["transfers"])
            if one["day"] > fetched_to
        ]
        return sum(map(Decimal, map(str, [*waiting, *later])), Decimal(0))

    def _connection(self, fields: list[str]) -> dict[str, Any]:
        domain = [("merchant_vat", "=", MERCHANT_VAT)]
        return dict(self.office.read_one("mobilepay.connection", domain, fields))


def _of_merchant(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["merchant_vat"] == MERCHANT_VAT]
