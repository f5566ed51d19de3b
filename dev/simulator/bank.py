"""The merchant's bank: what services paid out, as the lines of a statement.

A line shows the beginning of the payout's reference. A Danish bank writes it as text,
a Finnish one also as a reference number. Banks print texts in their own ways: the
styles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from .records import Merchant

#: How money reaches the account: of a whole day, or each payment at once.
DAILY, INSTANT = "daily", "instant"

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
PARTY = "MobilePay"
#: How much of a reference a bank line holds.
SHOWN = 30
#: What kind of entry it is, in the bank's words.
ENTRY_TEXTS = {"DK": "Overførsel", "FI": "TILISIIRTO"}
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _spaced(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _stripped(text: str) -> str:
    return re.sub(r"[\W_]", " ", text)


STYLES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper": str.upper,
    "spaced": _spaced,
    "stripped": _stripped,
    "prefixed": f"{PARTY} {{}}".format,
}


@dataclass
class Asked:
    """Which payouts, and how their texts are printed."""

    merchant: Merchant
    first: date | None = None
    last: date | None = None
    kind: str | None = None
    issuer_id: str | None = None
    style: str = "plain"


@dataclass
class Payout:
    """Money that a service sent to the account, or took back from it.

    ``reference`` is the service's own, ``shown_reference`` what the bank is told.
    """

    id: str
    day: date
    amount: Decimal
    currency: str
    kind: str
    issuer_id: str
    reference: str
    shown_reference: str


@dataclass
class Line:
    """One line of the statement; ``reference_number`` is None in Denmark."""

    day: date
    amount: Decimal
    currency: str
    text: str
    reference_number: str | None
    servicer_reference: str
    transfer_reference: str
    transfer: str
    issuer_id: str


@dataclass
class Account:
    """The merchant's account and its balance before the first line."""

    iban: str
    currency: str
    opening: Decimal = Decimal()


def lines_of(payouts: Sequence[Payout], asked: Asked) -> list[Line]:
    """The payouts that are asked for, as lines."""
    return [
        _line(payout, asked)
        for payout in payouts
        if asked.kind in (None, payout.kind)
        and asked.issuer_id in (None, payout.issuer_id)
    ]


def show(line: Line) -> dict[str, Any]:
    """A line as JSON."""
    return {**asdict(line), "day": line.day.isoformat()}


def _line(payout: Payout, asked: Asked) -> Line:
    shown = NOT_IN_XML.sub(" ", payout.shown_reference)[:SHOWN]
    return Line(
        day=payout.day,
        amount=payout.amount,
        currency=payout.currency,
        text=STYLES[asked.style](shown),
        reference_number=shown if asked.merchant.country == "FI" else None,
        servicer_reference=payout.id.replace("-", "").upper(),
        transfer_reference=payout.reference,
        transfer=payout.kind,
        issuer_id=payout.issuer_id,
    )


def camt(lines: Sequence[Line], account: Account, asked: Asked, now: datetime) -> bytes:
    """The statement as camt.053.001.02, with one Ntry a line."""
    days = [line.day for line in lines] or [now.date()]
    first, last = asked.first or days[0], asked.last or days[-1]
    name = f"{account.iban}-{first:%Y%m%d}-{last:%Y%m%d}"[:35]
    document = Element("Document", xmlns=NAMESPACE)
    report = SubElement(document, "BkToCstmrStmt")
    made_at = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    _put(report, {"GrpHdr": {"MsgId": f"{now:%Y%m%d%H%M%S%f}", "CreDtTm": made_at}})
    statement = SubElement(report, "Stmt")
    identity = {"Id": {"IBAN": account.iban}, "Ccy": account.currency}
    _put(statement, {"Id": name, "CreDtTm": made_at, "Acct": identity})
    closing = account.opening + sum((line.amount for line in lines), Decimal())
    _put_balance(statement, "OPBD", account, account.opening, first)
    _put_balance(statement, "CLBD", account, closing, last)
    for line in lines:
        _put_entry(statement, line, ENTRY_TEXTS[asked.merchant.country])
    ElementTree.indent(document)
    content = ElementTree.tostring(document, encoding="utf-8", xml_declaration=True)
    return bytes(content)


def _put(parent: Element, content: dict[str, Any]) -> None:
    """Add elements below ``parent``, in order."""
    for tag, value in content.items():
        element = SubElement(parent, tag)
        if isinstance(value, dict):
            _put(element, value)
        else:
            element.text = value


def _put_amount(parent: Element, amount: Decimal, currency: str) -> None:
    element = SubElement(parent, "Amt", Ccy=currency)
    element.text = f"{abs(amount):.2f}"


def _put_signed(parent: Element, amount: Decimal, currency: str) -> None:
    _put_amount(parent, amount, currency)
    _put(parent, {"CdtDbtInd": "DBIT" if amount < 0 else "CRDT"})


def _put_balance(
    statement: Element, code: str, account: Account, amount: Decimal, day: date
) -> None:
    balance = SubElement(statement, "Bal")
    _put(balance, {"Tp": {"CdOrPrtry": {"Cd": code}}})
    _put_signed(balance, amount, account.currency)
    _put(balance, {"Dt": {"Dt": day.isoformat()}})


def _put_entry(statement: Element, line: Line, text: str) -> None:
    entry, day = SubElement(statement, "Ntry"), {"Dt": line.day.isoformat()}
    _put_signed(entry, line.amount, line.currency)
    _put(entry, {"Sts": "BOOK", "BookgDt": day, "ValDt": day})
    _put(entry, {"AcctSvcrRef": line.servicer_reference, "BkTxCd": _code(line)})
    details = SubElement(SubElement(entry, "NtryDtls"), "TxDtls")
    _put(details, {"Refs": {"AcctSvcrRef": line.servicer_reference}})
    amounts = SubElement(SubElement(details, "AmtDtls"), "TxAmt")
    _put_amount(amounts, line.amount, line.currency)
    party = "Cdtr" if line.amount < 0 else "Dbtr"
    _put(details, {"RltdPties": {party: {"Nm": PARTY}}})
    _put(details, {"RmtInf": _remittance(line)})
    _put(entry, {"AddtlNtryInf": text})


def _code(line: Line) -> dict[str, Any]:
    """Payments, a credit transfer received or issued."""
    family = "ICDT" if line.amount < 0 else "RCDT"
    return {"Domn": {"Cd": "PMNT", "Fmly": {"Cd": family, "SubFmlyCd": "DMCT"}}}


def _remittance(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {"Ustrd": line.text}
    if line.reference_number:
        found["Strd"] = {"CdtrRefInf": {"Ref": line.reference_number}}
    return found
