"""The bank statement of the transfers (contract, section 9, the table at its end)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from inprocess import ONE_DAY, World
from simclient import DANISH, FINNISH, PATIENCE, MerchantClient, day

from simulator import bank

pytestmark = pytest.mark.usefixtures("noon")

IBAN = "DK5000400440116243"
XML = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"}
REFERENCE = "Ord/17-æ Long_enough.to.be cut off somewhere"


@pytest.fixture
def statement(simulator):
    """Ask the bank."""

    def ask(vat: str = DANISH, status: int = 200, **params: Any) -> requests.Response:
        names = {name.rstrip("_"): value for name, value in params.items()}
        url = f"{simulator.url}/control/bank/{vat}"
        asked = {"account": IBAN, **names}
        response = requests.get(url, params=asked, timeout=PATIENCE)
        assert response.status_code == status, response.text
        return response

    return ask


@pytest.fixture
def lines(statement):
    """The statement's lines, as JSON."""
    return lambda *args, **params: statement(*args, format="json", **params).json()[
        "lines"
    ]


def pay(simulator, vat: str, label: str, reference: str, amount: float) -> None:
    merchant = MerchantClient(simulator, vat)
    phone = "+358401111101" if vat == FINNISH else "+4511111101"
    invoice = merchant.create(
        InvoiceIssuer=merchant.issuers[label],
        ConsumerAlias={"Alias": phone, "AliasType": "Phone"},
        PaymentReference=reference,
        TotalAmount=amount,
    )
    simulator.control(f"invoices/{invoice}/accept", {})


@pytest.fixture(params=[DANISH, FINNISH])
def vat(request, simulator) -> str:
    """A merchant with an instant transfer of 100 and a daily one of 52."""
    pay(simulator, request.param, "Instant", REFERENCE, 100)
    for amount in (50, 2):
        pay(simulator, request.param, "Daily", f"D{amount}", amount)
    simulator.control("settle", {})
    return request.param


def test_texts(simulator, lines, vat):
    instant, daily = lines(vat)
    reference = simulator.state()["transfers"][-1]["reference"]
    assert (instant["text"], daily["text"]) == (REFERENCE[:30], reference)
    assert (instant["amount"], daily["amount"]) == (100, 52)
    numbers = [instant["reference_number"], daily["reference_number"]]
    is_finnish = vat == FINNISH
    assert numbers == ([REFERENCE[:30], reference] if is_finnish else [None, None])


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("plain", "Ord/17-æ Long_enough.to.be cut"),
        ("upper", "ORD/17-Æ LONG_ENOUGH.TO.BE CUT"),
        ("spaced", "Ord/ 17-æ  Lon g_en ough .to. be c ut"),
        ("stripped", "Ord 17 æ Long enough to be cut"),
        ("prefixed", "MobilePay Ord/17-æ Long_enough.to.be cut"),
    ],
)
def test_styles(statement, lines, vat, style, text):
    line = lines(vat, style=style, transfer="instant")[0]
    assert line["text"] == text
    assert line["reference_number"] in (None, REFERENCE[:30])
    root = ElementTree.fromstring(statement(vat, style=style).content)
    assert root.find(".//c:RmtInf/c:Ustrd", XML).text == text


def test_filters(simulator, lines, vat):
    (line,) = lines(vat, transfer="daily")
    assert line["transfer"] == "daily"
    assert lines(vat, from_=day(1)) == lines(vat, to=day(-1)) == []
    assert len(lines(vat, from_=day(0), to=day(0))) == 2
    assert lines(vat, issuer=line["issuer_id"]) == [line]
    assert lines(DANISH if vat == FINNISH else FINNISH) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": ""},
        {"from": "soon"},
        {"from": "2026-01-02", "to": "2026-01-01"},
        {"style": "odd"},
        {"format": "pdf"},
        {"transfer": "weekly"},
        {"opening": "much"},
    ],
)
def test_wrong_questions(statement, wrong):
    assert statement(status=400, **wrong).status_code == 400


def test_camt(simulator, statement, vat):
    response = statement(vat, opening="-10.5", from_=day(-1), to=day(3))
    assert response.headers["Content-Type"].startswith("application/xml")
    root = ElementTree.fromstring(response.content)
    assert root.find("c:BkToCstmrStmt", XML)[0].tag.endswith("GrpHdr")
    (found,) = root.findall("c:BkToCstmrStmt/c:Stmt", XML)
    assert found.find("c:Acct/c:Id/c:IBAN", XML).text == IBAN
    currency = "EUR" if vat == FINNISH else "DKK"
    assert found.find("c:Acct/c:Ccy", XML).text == currency
    assert balances(found) == {
        "OPBD": (Decimal("-10.50"), day(-1)),
        "CLBD": (Decimal("141.50"), day(3)),
    }
    instant, daily = found.findall("c:Ntry", XML)
    assert entry_amount(instant) == 100 and entry_amount(daily) == 52
    assert daily.find("c:BookgDt/c:Dt", XML).text == day(0)
    assert daily.find("c:AddtlNtryInf", XML).text
    details = daily.find("c:NtryDtls/c:TxDtls", XML)
    assert details.find("c:RltdPties/c:Dbtr/c:Nm", XML).text == "MobilePay"
    number = details.find("c:RmtInf/c:Strd/c:CdtrRefInf/c:Ref", XML)
    assert (number is None) == (vat == DANISH)


def entry_amount(node: ElementTree.Element) -> Decimal:
    amount = Decimal(node.find("c:Amt", XML).text)
    return -amount if node.find("c:CdtDbtInd", XML).text == "DBIT" else amount


def balances(node: ElementTree.Element) -> dict[str, tuple[Decimal, str]]:
    return {
        found.find("c:Tp/c:CdOrPrtry/c:Cd", XML).text: (
            entry_amount(found),
            found.find("c:Dt/c:Dt", XML).text,
        )
        for found in node.findall("c:Bal", XML)
    }


def test_what_never_reached_the_account(simulator, lines, statement):
    pay(simulator, DANISH, "Instant", "gone", 100)
    (transfer,) = simulator.state()["transfers"]
    simulator.control(f"transfers/{transfer['reference']}/return", {})
    invoice = simulator.state()["invoices"][0]["id"]
    simulator.control(f"invoices/{invoice}/refund", {})
    assert lines() == []
    simulator.control("settle", {})
    assert simulator.state()["transfers"][-1]["total"] == 0
    assert lines() == []
    root = ElementTree.fromstring(statement(opening=7).content)
    assert {amount for amount, _day in balances(root[0][1]).values()} == {7}


def test_withdrawal(simulator, statement):
    issuer = MerchantClient(simulator).issuers["Daily"]
    fee = {"type": "ServiceFee", "amount": -49}
    simulator.control(f"merchants/{DANISH}/issuers/{issuer}/transactions", fee)
    simulator.control("settle", {})
    (entry,) = ElementTree.fromstring(statement().content).iterfind(".//c:Ntry", XML)
    assert entry_amount(entry) == -49
    party = entry.find("c:NtryDtls/c:TxDtls/c:RltdPties/c:Cdtr/c:Nm", XML)
    assert party.text == "MobilePay"


def test_any_reference_is_well_formed(simulator, statement, lines):
    reference = "<a>&\x00\x1b\ufffe\"'😀"
    pay(simulator, DANISH, "Instant", reference, 1)
    root = ElementTree.fromstring(statement().content)
    text = root.find(".//c:RmtInf/c:Ustrd", XML).text
    assert text == lines()[0]["text"] == "<a>&   \"'😀"


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.decimals("-900", "900", places=2), max_size=12),
    st.decimals("-900", "900", places=2),
)
def test_balances_add_up(amounts, opening):
    first = date(2026, 3, 20)
    world = World(first)
    for number, amount in enumerate(amounts):
        world.add(amount, world.local(first + number // 2 * ONE_DAY, 12))
    world.go(first + 30 * ONE_DAY, 12)
    asked = bank.Asked(world.simulator.merchant_by_vat(DANISH))
    found = bank.lines_of(world.simulator.payouts(asked), asked)
    account = bank.Account(IBAN, "DKK", opening)
    content = bank.camt(found, account, asked, world.simulator.clock.now())
    node = ElementTree.fromstring(content)[0][1]
    entries = [entry_amount(entry) for entry in node.findall("c:Ntry", XML)]
    assert balances(node)["OPBD"][0] == opening
    assert balances(node)["CLBD"][0] == opening + sum(entries) == opening + sum(amounts)
    known = [ref.text for ref in node.iterfind(".//c:Refs/c:AcctSvcrRef", XML)]
    assert len(set(known)) == len(known) == len(entries)
