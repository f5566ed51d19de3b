"""The company's bank: its account in the books, and the statements it hands out."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import requests

from .stage import MERCHANT_VAT, Stage

IBAN = "DK50 0040 0440 1162 43"
#: what MobilePay keeps of a payment where it pays out daily
FEE = Decimal("1.50")
AGREED = {
    "daily": {"fees": "kept", "transaction_fee": str(FEE)},
    "instant": {"fees": "invoiced"},
}


class Bank:
    """The bank to which MobilePay pays out, and the accountant who imports."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.office = stage.office

    def open_account(self) -> int:
        """Give the bank journal of the connection its account; returns its id."""
        connection = self.office.read_one(
            "mobilepay.connection",
            [("merchant_vat", "=", MERCHANT_VAT)],
            ["bank_journal_ids"],
        )
        [journal] = connection["bank_journal_ids"]
        account = {"bank_acc_number": IBAN}
        self.office.call("account.journal", "write", [journal], account)
        return int(journal)

    def agree(self) -> dict[str, int]:
        """Tell both ends how each issuer is paid; the issuers by transfer method."""
        issuers = self.office.call(
            "mobilepay.issuer",
            "search_read",
            [("connection_id.merchant_vat", "=", MERCHANT_VAT), ("enabled", "=", True)],
            ["name", "mobilepay_id"],
        )
        found = {}
        for issuer in issuers:
            method = "instant" if "Instant" in issuer["name"] else "daily"
            values = {"transfer_method": method}
            self.office.call("mobilepay.issuer", "write", [issuer["id"]], values)
            path = f"merchants/{MERCHANT_VAT}/issuers/{issuer['mobilepay_id']}"
            self.stage.control(path, transfer=method, **AGREED[method])
            found[method] = int(issuer["id"])
        return found

    def address(self, **choices: str) -> str:
        """Where the bank's statement of MobilePay's transfers can be got."""
        query = urlencode({"account": IBAN.replace(" ", ""), **choices})
        return f"{self.stage.simulator.url}/control/bank/{MERCHANT_VAT}?{query}"

    def download(self, **choices: str) -> bytes:
        """Get the statement as a camt.053 file."""
        answer = requests.get(self.address(**choices), timeout=60)
        answer.raise_for_status()
        return answer.content

    def import_file(self, journal: int, name: str, content: bytes) -> dict[str, Any]:
        """Import a file at the journal's card of the dashboard; the statement."""
        action = self.office.call(
            "account.journal", "import_account_statement", [journal]
        )
        values = {
            "statement_filename": name,
            "statement_file": base64.b64encode(content).decode(),
        }
        [wizard] = self.office.call(
            action["res_model"], "create", [values], context=action["context"]
        )
        shown = self.office.call(
            action["res_model"],
            "import_file_button",
            [wizard],
            context=action["context"],
        )
        [statement] = self.office.call(
            "account.bank.statement",
            "search_read",
            shown["domain"],
            ["line_ids", "balance_end_real", "problem_description"],
        )
        return dict(statement)
