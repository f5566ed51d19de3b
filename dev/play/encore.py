"""After the main job: a batch, consent, taking back, sending again, two companies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

from .newcomer import COMPANY
from .office import wait_for
from .stage import Stage
from .story import Story

DIRECT, LINKS, UNKNOWN, TOO_MUCH = 24, 20, 4, 2
CAFE_GUEST = "+4511111105"


class Encore:
    """Plays on where the main job ended; adds to the story's result."""

    def __init__(self, stage: Stage, story: Story) -> None:
        self.stage = stage
        self.office = stage.office
        self.story = story

    def play(self) -> Iterator[str]:
        """Play step by step; yields a line for each, as it happens."""
        yield from self._batch()
        yield from self._consent()
        yield from self._paid_otherwise()
        yield from self._send_again()
        yield from self._second_company()

    # --------------------------------------------------------------------- batch

    def _batch(self) -> Iterator[str]:
        # the main job ended three days ahead: an invoice of today would be past due
        self.stage.control("clock", reset=True)
        before = self.stage.inspect()["create_calls"]
        moves = self._invoices(list(self._customers()))
        wizard = {"move_ids": [[6, 0, moves]]}
        wizard_id = self._create("account.move.send.batch.wizard", wizard)
        action = self.office.call(
            "account.move.send.batch.wizard", "action_send_and_print", [wizard_id]
        )
        batch_id = action["res_id"]
        wait_for("the batch's verdicts", lambda: self._verdicts(batch_id), 120)
        after = self.stage.inspect()["create_calls"]
        calls = {k: n - before.get(k, 0) for k, n in after.items() if n}
        out, refused = self._verdicts(batch_id)
        self.story.result.update(batch=len(moves), create_calls=sum(after.values()))
        self.story.expect("44 of the batch are out", out == DIRECT + LINKS)
        self.story.expect("6 are refused", refused == UNKNOWN + TOO_MUCH)
        self.story.expect(
            "one call per kind",
            calls.get("direct_batch") == 1 and calls.get("link_batch") == 1,
        )
        yield f"batch of {len(moves)}: {out} at MobilePay, {refused} refused, 2 calls"

    def _customers(self) -> Iterator[tuple[dict[str, Any], float]]:
        """Who gets an invoice in the batch, and for how much."""
        for number in range(DIRECT):
            phone = f"+45111120{number:02d}"
            self.stage.control("payers", phone=phone, name=f"Payer {number}")
            yield {"name": f"Kunde {number}", "mobilepay_phone": phone}, 100.0 + number
        for number in range(LINKS):
            yield {"name": f"Linkkunde {number}"}, 200.0 + number
        for number in range(UNKNOWN):
            phone = f"+45299998{number:02d}"
            yield {"name": f"Ukendt {number}", "mobilepay_phone": phone}, 300.0
        for number in range(TOO_MUCH):
            yield {"name": f"For dyr {number}"}, 400000.0

    def _verdicts(self, batch_id: int) -> tuple[int, int] | None:
        """How many are out and refused, once MobilePay has said so of each."""
        self.stage.control("callbacks/flush")
        found = self.office.call(
            "mobilepay.invoice",
            "search_read",
            [("batch_id", "=", batch_id)],
            ["state"],
        )
        states = [request["state"] for request in found]
        if len(states) < 50 or set(states) - {"created", "invalid"}:
            return None
        return states.count("created"), states.count("invalid")

    # ------------------------------------------------------------------- consent

    def _consent(self) -> Iterator[str]:
        [connection] = self.office.call("mobilepay.connection", "search", [], limit=1)
        self.office.call(
            "mobilepay.connection", "write", [connection], {"ask_consent": True}
        )
        [first] = self._invoices([({"name": "Café Strandvejen"}, 250.0)])
        self.office.send(first)
        request = self._request(first)
        self._sync(connection)
        pay = {"phone": CAFE_GUEST, "action": "pay"}
        requests.post(request["link_url"], pay, allow_redirects=False, timeout=60)
        consent = self.office.read_one(
            "mobilepay.consent", [("request_id", "=", request["id"])], ["mobilepay_id"]
        )
        page = f"{self.stage.phone(CAFE_GUEST)}/consents/{consent['mobilepay_id']}"
        requests.post(page, {"decision": "grant"}, timeout=60).raise_for_status()
        self._sync(connection)
        granted = self.office.call(
            "mobilepay.consent", "search_count", [("state", "=", "granted")]
        )
        [second] = self._invoices([(self._partner_of(first), 260.0)])
        self.office.send(second)
        kind = self._request(second)["kind"]
        self.story.result["consents"] = granted
        self.story.expect("one consent is granted", granted == 1)
        self.story.expect("consent leads from link to direct", kind == "direct")
        yield f"a payer of a link consents; the next invoice goes out {kind}"

    def _sync(self, connection: int) -> None:
        self.office.call("mobilepay.connection", "action_sync_consents", [connection])

    def _partner_of(self, move_id: int) -> int:
        [move] = self.office.call("account.move", "read", [move_id], ["partner_id"])
        return int(move["partner_id"][0])

    # --------------------------------------------------------------- taking back

    def _paid_otherwise(self) -> Iterator[str]:
        [move] = self._invoices([({"name": "Ebbe", "mobilepay_phone": "11111106"}, 50)])
        self.office.send(move)
        context = {"active_model": "account.move", "active_ids": [move]}
        [wizard] = self.office.call(
            "account.payment.register", "create", [{}], context=context
        )
        self.office.call(
            "account.payment.register",
            "action_create_payments",
            [wizard],
            context=context,
        )
        wait_for("the request to be taken back", lambda: self._is_canceled(move))
        self.story.result["canceled"] = 1
        yield "an invoice paid in another way is taken back at MobilePay"

    def _is_canceled(self, move_id: int) -> bool:
        request = self._request(move_id)
        if request["state"] != "canceled":
            return False
        found = {one["id"]: one["status"] for one in self.stage.inspect()["invoices"]}
        return str(found[request["mobilepay_id"]]).lower() == "canceled"

    # --------------------------------------------------------------- sending again

    def _send_again(self) -> Iterator[str]:
        refused = self.office.read_one(
            "mobilepay.invoice",
            [("state", "=", "invalid"), ("batch_id", "=", False)],
            ["move_id"],
        )
        move = refused["move_id"][0]
        phone = {"mobilepay_phone": "+45 11 11 11 07"}
        self.office.call("res.partner", "write", [self._partner_of(move)], phone)
        problem = self.office.send(move)
        state = self._request(move)["state"]
        self.story.result["resent"] = int(state == "created")
        self.story.expect(
            "corrected and sent again", not problem and state == "created"
        )
        yield "the refused invoice is corrected and sent again"

    # ------------------------------------------------------------- second company

    def _second_company(self) -> Iterator[str]:
        company = self._make_company()
        context = {"allowed_company_ids": [company]}
        values = {
            **self.stage.connection_values(),
            "merchant_vat": "DK87654321",
            "company_id": company,
        }
        [connection] = self.office.call(
            "mobilepay.connection", "create", [values], context=context
        )
        self.office.connect(connection, username="other")
        [move] = self._invoices([({"name": "Frida"}, 75.0)], context)
        self.office.send(move)
        request = self._request(move)
        pay = {"phone": "+4511111108", "action": "pay"}
        requests.post(request["link_url"], pay, allow_redirects=False, timeout=60)
        wait_for("the second company's payment", lambda: self._is_posted(move))
        payment = self.office.read_one(
            "account.payment",
            [("mobilepay_invoice_id", "=", request["id"])],
            ["company_id"],
        )
        self.story.expect("in its own books", payment["company_id"][0] == company)
        self.story.result["companies"] = self.office.call(
            "mobilepay.connection", "search_count", [("state", "=", "connected")]
        )
        yield "a second company with its own connection is paid into its own books"

    def _make_company(self) -> int:
        company = self.office.make_danish_company(COMPANY)
        [admin] = self.office.call("res.users", "search", [("login", "=", "admin")])
        added = {"company_ids": [[4, company]]}
        self.office.call("res.users", "write", [admin], added)
        return company

    def _is_posted(self, move_id: int) -> bool:
        self.stage.control("callbacks/flush")
        return bool(self._request(move_id)["payment_id"])

    # -------------------------------------------------------------------- helpers

    def _create(self, model: str, values: dict[str, Any], **context: Any) -> int:
        [record] = self.office.call(model, "create", [values], **context)
        return int(record)

    def _request(self, move_id: int) -> dict[str, Any]:
        fields = ["state", "kind", "link_url", "mobilepay_id", "payment_id"]
        domain = [("move_id", "=", move_id), ("superseded", "=", False)]
        return dict(self.office.read_one("mobilepay.invoice", domain, fields))

    def _invoices(
        self, wanted: list[tuple[Any, float]], context: dict[str, Any] | None = None
    ) -> list[int]:
        """Post an invoice for each customer (an id, or values of a new one)."""
        more = {"context": context} if context else {}
        values = []
        for customer, amount in wanted:
            line = {"name": "Cykelværksted", "quantity": 1, "price_unit": amount}
            values.append(
                {
                    "move_type": "out_invoice",
                    "partner_id": self._customer(customer),
                    "invoice_date": self._today(),
                    "invoice_line_ids": [[0, 0, line]],
                }
            )
        moves = self.office.call("account.move", "create", values, **more)
        self.office.call("account.move", "action_post", moves, **more)
        return list(moves)

    def _customer(self, customer: Any) -> int:
        if isinstance(customer, int):
            return customer
        method = {"invoice_sending_method": "mobilepay"}
        return self._create("res.partner", {**customer, **method})

    def _today(self) -> str:
        return str(self.stage.today)
