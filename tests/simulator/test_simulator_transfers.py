"""Money on balances and in transfers (contract, section 9)."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from inprocess import MINUTE, ONE_DAY, World
from simclient import DANISH, FINNISH, PATIENCE, MerchantClient, day

from simulator.classic.reporting import references
from simulator.classic.reporting.nights import latest_night, night_of

pytestmark = pytest.mark.usefixtures("noon")

MONDAY = date(2026, 2, 2)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


# references


def test_default_form():
    reference = references.write_reference(references.DEFAULT_FORM, 17, MONDAY)
    assert reference == "04" + "00000000" + "017" + "020226" + "8"


@pytest.mark.parametrize(
    ("digits", "check"), [("123", "2"), ("1234", "4"), ("0000", "0"), ("2026", "8")]
)
def test_check_digit_is_that_of_finnish_reference_numbers(digits, check):
    assert references.check_digit(digits) == check


def test_a_form_of_ones_own():
    form = references.read_form("12 yy mm dd 34567890 rrr x")
    assert form == "12YYMMDD34567890RRRX"
    assert references.write_reference(form, 5, MONDAY)[:-1] == "1226020234567890005"


@pytest.mark.parametrize(
    "form",
    [
        "",
        "0400000000RRRDDMMYY1",
        "0400000000XRRRDDMMYY",
        "040000000RRRDDMMYYX",
        "0400000000RRRDDMMDDX",
        "A400000000RRRDDMMYYX",
        "٠400000000RRRDDMMYYX",
    ],
)
def test_forms_that_are_refused(form):
    with pytest.raises(ValueError, match="20 characters|once each"):
        references.read_form(form)


def test_references_are_unique_beyond_999_a_day():
    form = references.DEFAULT_FORM
    made = {references.write_reference(form, number, MONDAY) for number in range(5000)}
    assert len(made) == 5000
    assert {len(reference) for reference in made} == {20}


# nights


@pytest.mark.parametrize("vat", [DANISH, FINNISH])
@pytest.mark.parametrize("first", [MONDAY, SPRING, AUTUMN, date(2026, 12, 31)])
def test_a_days_payments_go_on_the_next(vat, first):
    world, second = World(first, vat), first + ONE_DAY
    last = world.local(second) - timedelta(seconds=1)
    world.add(1, world.local(first))
    world.add(2, last)
    world.add(4, world.local(second))
    world.add(8, world.local(second, 1, 59))
    world.go(second, 1, 59)
    assert world.totals() == []
    world.go(second, 2)
    assert world.totals() == [(second, 3)]
    world.go(second, 23, 59)
    assert len(world.totals()) == 1
    world.go(second + ONE_DAY, 2)
    assert world.totals()[1:] == [(second + ONE_DAY, 12)]


@pytest.mark.parametrize("country", ["DK", "FI"])
def test_there_is_one_night_a_day(country):
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    moments = (start + number * 15 * MINUTE for number in range(366 * 96))
    nights = [latest_night(moment, country) for moment in moments]
    steps = {after - before for before, after in zip(nights, nights[1:], strict=False)}
    assert steps == {timedelta(0), ONE_DAY}
    assert latest_night(night_of(SPRING, country), country) == SPRING


def test_many_days_at_once_are_one_transfer_each_oldest_first():
    world = World(MONDAY)
    for offset in (0, 1, 2, 5):
        world.add(10 + offset, world.local(MONDAY + offset * ONE_DAY, 12))
    world.go(MONDAY + 9 * ONE_DAY, 12)
    days = [MONDAY + offset * ONE_DAY for offset in (1, 2, 3, 6)]
    assert world.totals() == list(zip(days, (10, 11, 12, 15), strict=True))
    made = world.classic.transfers.all()
    assert [transfer.day for transfer in made] == days
    assert made[0].made_at == world.local(days[0], 2)


def test_what_becomes_known_late_goes_into_the_next_transfer():
    world = World(MONDAY)
    world.go(MONDAY + 3 * ONE_DAY, 12)
    world.add(5, world.local(MONDAY, 6))
    world.go(MONDAY + 3 * ONE_DAY, 13)
    assert world.totals() == []
    world.go(MONDAY + 6 * ONE_DAY, 12)
    assert world.totals() == [(MONDAY + 4 * ONE_DAY, 5)]


def test_nothing_is_no_transfer_and_a_debt_is_withdrawn():
    world = World(MONDAY)
    world.go(MONDAY + 3 * ONE_DAY, 12)
    assert world.totals() == []
    world.add(-25, world.local(MONDAY + 3 * ONE_DAY, 12), "ServiceFee")
    world.go(MONDAY + 4 * ONE_DAY, 12)
    assert world.totals() == [(MONDAY + 4 * ONE_DAY, -25)]


def test_clock_moved_back():
    world = World(MONDAY)
    world.go(MONDAY + 10 * ONE_DAY, 12)
    world.go(MONDAY, 12)
    world.add(7, world.local(MONDAY, 12))
    world.go(MONDAY + ONE_DAY, 12)
    assert world.totals() == [(MONDAY + ONE_DAY, 7)]


AMOUNTS = st.decimals("-500", "2000", places=2)
EVENTS = st.lists(st.tuples(st.integers(0, 60 * 24 * 9), AMOUNTS), max_size=40)


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.lists(st.integers(1, 60 * 24 * 9), max_size=6), st.booleans())
def test_sums_are_totals_whatever_happens(events, stops, is_spring):
    first = SPRING - 4 * ONE_DAY if is_spring else AUTUMN - 4 * ONE_DAY
    world = World(first)
    start, added = world.local(first, 12), []
    for minutes in sorted({*stops, 60 * 24 * 11}):
        due = [event for event in events if event[0] <= minutes]
        events = [event for event in events if event[0] > minutes]
        added += [world.add(value, start + at * MINUTE) for at, value in due]
        world.simulator.clock.set(start + minutes * MINUTE)
    check_books(world, added)
    assert world.classic.ledger.waiting(world.issuer.id) == []


def check_books(world, added) -> None:
    """Each movement in one transfer, the day after; sums equal totals."""
    book, moved = world.classic.transfers, []
    for transfer in world.transfers():
        rows = book.movements(transfer)
        moved += [row.id for row in rows]
        assert rows and sum(row.amount for row in rows) == transfer.total
        assert book.row(transfer).amount == -transfer.total
        days = {row.at.astimezone(world.zone).date() for row in rows}
        assert days == {transfer.day - ONE_DAY}
    assert sorted(moved) == sorted(row.id for row in added)
    known = [transfer.reference for transfer in world.transfers()]
    assert len(set(known)) == len(known)


def test_balances_survive_a_restart(tmp_path):
    path = str(tmp_path / "state.sqlite")
    world = World(MONDAY, path=path)
    world.add(5, world.local(MONDAY, 12))
    world.go(MONDAY + ONE_DAY, 12)
    world.add(6, world.local(MONDAY + ONE_DAY, 12))
    world.simulator.stop()
    world = World(MONDAY + ONE_DAY, path=path)
    assert world.totals() == [(MONDAY + ONE_DAY, 5)]
    assert world.classic.ledger.balance(world.issuer.id) == 6
    world.go(MONDAY + 2 * ONE_DAY, 12)
    assert world.totals()[1:] == [(MONDAY + 2 * ONE_DAY, 6)]
    world.simulator.stop()


# over HTTP: payments, fees, refunds, returns


@pytest.fixture
def paid(simulator):
    """Make an invoice and have it paid; fields of the issuer may be given."""

    def pay(amount=100, label="Daily", **fields):
        merchant = MerchantClient(simulator)
        issuer = merchant.issuers[label]
        if fields:
            simulator.control(f"merchants/{DANISH}/issuers/{issuer}", fields)
        invoice = merchant.create(InvoiceIssuer=issuer, TotalAmount=amount)
        simulator.control(f"invoices/{invoice}/accept", {})
        return invoice

    return pay


def balance(simulator, label="Daily", vat=DANISH) -> float:
    return next(
        row["balance"]
        for row in simulator.state()["balances"]
        if row["merchant_vat"] == vat and f"({label})" in row["issuer"]
    )


def issuer_path(simulator, label="Daily") -> str:
    issuer = MerchantClient(simulator).issuers[label]
    return f"merchants/{DANISH}/issuers/{issuer}"


def test_payment_lies_on_the_balance_until_the_night(simulator, paid):
    paid(100)
    assert balance(simulator) == 100
    assert simulator.state()["transfers"] == []
    simulator.advance(days=1)
    (transfer,) = simulator.state()["transfers"]
    assert (transfer["total"], transfer["day"]) == (100, day(1))
    assert transfer["kind"] == "daily" and transfer["movements"] == 1
    assert balance(simulator) == 0
    page = simulator.pages(f"/portal/{DANISH}").text
    assert transfer["reference"] in page


def test_payments_of_days_that_the_clock_jumps_over(simulator, merchant):
    for days in (1, 3):
        invoice = merchant.create(TotalAmount=days, DueDate=day(5))
        asked = {"payment_date": day(days)}
        simulator.control(f"invoices/{invoice}/accept", asked)
    simulator.advance(days=10)
    found = [(row["day"], row["total"]) for row in simulator.state()["transfers"]]
    assert found == [(day(2), 1), (day(4), 3)]


def test_kept_fees_are_deducted(simulator, paid):
    paid(100, fees="kept", transaction_fee=1.25)
    assert balance(simulator) == 98.75
    simulator.control(issuer_path(simulator), {"fees": "invoiced"})
    paid(10)
    assert balance(simulator) == 108.75


def test_instant_transfer_is_one_payment(simulator, paid):
    first = paid(100, "Instant", fees="kept")
    second = paid(50, "Instant")
    transfers = simulator.state()["transfers"]
    found = [(row["total"], row["day"], row["kind"]) for row in transfers]
    assert found == [(99, day(0), "instant"), (49, day(0), "instant")]
    known = {row["id"]: row["reference"] for row in simulator.state()["invoices"]}
    references = [row["payment_reference"] for row in transfers]
    assert references == [known[first], known[second]]
    simulator.control(f"invoices/{first}/refund", {"amount": 30})
    assert balance(simulator, "Instant") == -30
    simulator.advance(days=1)
    last = simulator.state()["transfers"][-1]
    assert (last["total"], last["kind"]) == (-30, "daily")


def test_refunds_end_at_what_was_paid(simulator, paid):
    invoice = paid(100)
    path = f"invoices/{invoice}/refund"
    refund = simulator.control(path, {"amount": 30.5})
    assert (refund["type"], refund["amount"]) == ("Refund", -30.5)
    simulator.control(path, {"amount": 69.51}, status=409)
    for wrong in (0.001, "a lot", True, "NaN"):
        simulator.control(path, {"amount": wrong}, status=400)
    simulator.control(path, {"amount": 0}, status=409)
    assert simulator.control(path, {})["amount"] == -69.5
    simulator.control(path, {}, status=409)
    assert balance(simulator) == 0
    unpaid = MerchantClient(simulator).create()
    simulator.control(f"invoices/{unpaid}/refund", {}, status=409)
    simulator.control("invoices/none/refund", {}, status=404)


def test_a_net_of_nothing_is_transferred_all_the_same(simulator, paid):
    simulator.control(f"invoices/{paid(100)}/refund", {})
    simulator.advance(days=1)
    (transfer,) = simulator.state()["transfers"]
    assert (transfer["total"], transfer["movements"]) == (0, 2)


def test_other_transactions(simulator):
    path = f"{issuer_path(simulator)}/transactions"
    for kind, amount in (("ServiceFee", -49), ("Adjustment", 0.5), ("Gift", 7)):
        simulator.control(path, {"type": kind, "amount": amount, "message": "hm"})
    foreign = {"type": "Payment", "amount": 20, "reference": "someone else's"}
    assert simulator.control(path, foreign)["reference"] == "someone else's"
    assert balance(simulator) == -21.5
    simulator.control(path, {"type": "Transfer", "amount": 1}, status=400)
    simulator.control(path, {"type": "Gift"}, status=400)
    wrong = f"merchants/{FINNISH}/issuers/{path.split('/')[3]}/transactions"
    simulator.control(wrong, foreign, status=404)


def test_returned_transfer_comes_back_to_the_balance(simulator, paid):
    paid(100)
    simulator.control("settle", {})
    (transfer,) = simulator.state()["transfers"]
    path = f"transfers/{transfer['reference']}/return"
    returned = simulator.control(path, {})
    assert (returned["type"], returned["amount"]) == ("ReturnedTransaction", 100)
    assert balance(simulator) == 100
    simulator.control(path, {}, status=409)
    simulator.control("transfers/0/return", {}, status=404)
    simulator.advance(days=1)
    assert simulator.state()["transfers"][-1]["total"] == 100


def test_settle_transfers_everything_today(simulator, paid):
    paid(100)
    other = f"merchants/{FINNISH}/issuers"
    finnish = simulator.control(other, {"name": "Uusi (Uusi)"})["id"]
    money = {"type": "Adjustment", "amount": 5}
    simulator.control(f"{other}/{finnish}/transactions", money)
    (made,) = simulator.control("settle", {"vat": FINNISH})["transfers"]
    assert (made["total"], made["currency"]) == (5, "EUR")
    (made,) = simulator.control("settle", {})["transfers"]
    assert (made["total"], made["day"]) == (100, day(0))
    assert simulator.control("settle", {})["transfers"] == []
    reference = made["reference"]
    simulator.control(f"transfers/{reference}/return", {}, status=409)
    simulator.control(f"transfers/{reference}/return", {"vat": DANISH})


def test_issuer_fields_are_checked(simulator):
    path = issuer_path(simulator)
    for wrong in (
        {"transfer": "weekly"},
        {"fees": "none"},
        {"transaction_fee": -1},
        {"transaction_fee": "much"},
        {"reference_form": "RRR"},
        {"name": "New", "colour": "red"},
    ):
        simulator.control(path, wrong, status=400)
    form = "9876543210 DDMMYY RRR X"
    shown = simulator.control(path, {"reference_form": form})
    assert shown["reference_form"] == "9876543210DDMMYYRRRX"
    assert "New" not in shown["name"]


def test_a_form_of_the_merchants_own_is_used(simulator, paid):
    paid(100, reference_form="9876543210 DDMMYY RRR X")
    (made,) = simulator.control("settle", {})["transfers"]
    today = date.fromisoformat(day(0))
    assert made["reference"][:-1] == f"9876543210{today:%d%m%y}001"


def test_reset_forgets_money(simulator, paid):
    paid(100)
    simulator.control("settle", {})
    paid(100)
    simulator.control("reset", {})
    state = simulator.state()
    assert state["transfers"] == state["reporting_keys"] == []
    assert not any(row["movements"] for row in state["balances"])


def test_keys_are_shown_once(simulator):
    path = f"merchants/{DANISH}/reporting-key"
    token = simulator.control(path, {})["token"]
    text = requests.get(f"{simulator.url}/control/state", timeout=PATIENCE).text
    assert token not in text and "reporting_keys" in text
    url = f"{simulator.url}/control/{path}"
    assert requests.delete(url, timeout=PATIENCE).json() == {"ended": 1}


def test_money_is_exact(simulator, paid):
    for amount in (0.1, 0.2, 1234.56):
        paid(amount)
    (made,) = simulator.control("settle", {})["transfers"]
    assert Decimal(str(made["total"])) == Decimal("1234.86")
