"""Any days of MobilePay's money, in any order of hearing of them.

Each example plays some days at a real simulator: payments through an issuer with
daily and one with instant transfers, fees kept back or invoiced, refunds, other
rows, pages of any size. Then fetching, booking, entering, statement lines and
matching happen in any order, some of it repeatedly. At the end every øre must be
explained: what is expected is reckoned from the plan and the bank alone.
"""

import random
from contextlib import contextmanager
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from ..scale import scaled
from ..settling import SettlementCase

EXAMPLES = scaled(5, 60)

oere = st.integers(min_value=1, max_value=250_000)
payments = st.tuples(st.sampled_from(["daily", "instant"]), oere, st.booleans())
# few amounts, so that equal ones are common
payments |= st.tuples(
    st.sampled_from(["daily", "instant"]),
    st.sampled_from([10000, 12345]),
    st.booleans(),
)
others = st.tuples(
    st.sampled_from(["Payment", "Adjustment", "ServiceFee", "Refund", "Unheard-of"]),
    oere.map(lambda amount: amount - 125_000).filter(bool),
)
refunds = st.tuples(st.integers(0, 5), st.integers(1, 100))
days = st.fixed_dictionaries(
    {
        "payments": st.lists(payments, max_size=3),
        "refunds": st.lists(refunds, max_size=1),
        "others": st.lists(others, max_size=1),
    }
)
steps = st.lists(
    st.sampled_from(["fetch", "settle", "process", "match", "line", "line", "all"]),
    max_size=12,
)
plans = st.fixed_dictionaries(
    {
        "days": st.lists(days, min_size=1, max_size=3),
        "kept": st.tuples(st.booleans(), st.booleans()),
        "page": st.sampled_from([1, 2, 1000]),
        "style": st.sampled_from(["plain", "upper", "spaced", "stripped", "prefixed"]),
        "steps": steps,
        "seed": st.integers(0, 1000),
    }
)


class _Over(Exception):
    """The example is over: everything it did is rolled back."""


@tagged("post_install", "-at_install", "mobilepay_scaled")
class TestAnyDays(SettlementCase):
    def test_every_oere_is_explained_whatever_the_order(self):
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=scaled(True, False),
            # an example takes seconds: the first that fails is told as it is
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(plans)
        def check(plan):
            with self.example(plan):
                self.play(plan)
                self.hear(plan)
                self.finish()
                self.check_books()

        check()
        self.assertGreater(self.played, 0)

    played = 0

    @contextmanager
    def example(self, plan):
        """Start with an empty MobilePay; forget everything at the end."""
        self.control("reset", keep_sessions=True, keep_merchants=True)
        self.control("settings", daily_limit=1000, reporting_page_size=plan["page"])
        self.go_to(days_ago=self.DAYS)
        type(self).played += 1
        try:
            with self.env.cr.savepoint():
                yield
                raise _Over
        except _Over:
            self.env.invalidate_all()
            self.env.cr.precommit.data.pop("mobilepay_match", None)

    # ---------------------------------------------------------------------- play

    def play(self, plan):
        """Let MobilePay's days pass; keep what they must come to."""
        self.fees = dict(zip(("daily", "instant"), plan["kept"], strict=True))
        self.paid, self.explained, self.refunded = [], Decimal(0), {}
        for number, day in enumerate(plan["days"]):
            self.go_to(self.DAYS - number)
            for method, amount, heard in day["payments"]:
                self.pay_one(method, amount, heard)
            for index, percent in day["refunds"]:
                self.refund_some(index, percent)
            for kind, amount in day["others"]:
                self.use("daily", fees="invoiced")
                self.other(kind, amount / 100, reference="ANOTHER-SYSTEM-7")
                if kind != "ServiceFee":
                    self.explained += Decimal(amount) / 100
        self.go_to(0, hour=11)

    def pay_one(self, method, amount, heard):
        kept = "kept" if self.fees[method] else "invoiced"
        self.use(method, fees=kept, transaction_fee="0.75")
        line = {"name": "Service", "price_unit": amount / 100, "tax_ids": [(5, 0, 0)]}
        request = self.send(self.invoice(invoice_line_ids=[Command.create(line)]))
        self.pay(request)
        if heard:
            request.action_refresh_status()
        self.paid.append(request)

    def refund_some(self, index, percent):
        """Give some of a payment back, unless there is none, or nothing is left."""
        if not self.paid:
            return
        request = self.paid[index % len(self.paid)]
        amount = round(request.amount * percent / 100, 2)
        left = request.amount - self.refunded.get(request, 0.0)
        if 0 < amount <= left:
            self.refund(request, f"{amount:.2f}")
            self.refunded[request] = self.refunded.get(request, 0.0) + amount

    # ---------------------------------------------------------------------- hear

    def hear(self, plan):
        """Do what the crons and the bank do, in the order of the plan."""
        self.waiting = self.statement(style=plan["style"])
        random.Random(plan["seed"]).shuffle(self.waiting)
        self.lines = self.env["account.bank.statement.line"]
        self.strangers = self.lines
        for step in plan["steps"]:
            if step in ("line", "all"):
                self.import_lines(1 if step == "line" else len(self.waiting))
            else:
                self.run_cron(step)

    def run_cron(self, name):
        self.env.ref(f"account_mobilepay.cron_{name}").method_direct_trigger()

    def import_lines(self, count):
        for _number in range(min(count, len(self.waiting))):
            entry = self.waiting.pop()
            amount = float(entry["amount"])
            self.lines += self.bank_line(
                entry["text"], amount, date=entry["day"], ref=entry["reference_number"]
            )
            # almost the same, but not MobilePay's
            self.strangers += self.bank_line(f"{entry['text']}1", amount)

    def finish(self):
        """Run everything to its end."""
        self.import_lines(len(self.waiting))
        for _round in range(2):
            self.transfers().write({"next_try_on": "2020-01-01 00:00:00"})
            for name in ("fetch", "settle", "process", "settle", "match"):
                self.run_cron(name)

    # --------------------------------------------------------------------- check

    def check_books(self):
        self.check_transfers()
        self.check_bank()
        self.assertEqual(self.in_transit(), 0.0)
        self.assertEqual(self.owed(), 0.0)
        other = self.balance(self.connection.other_account_id)
        self.assertEqual(
            Decimal(repr(other)).quantize(Decimal("0.01")), -self.explained
        )
        report = self.env["mobilepay.owed.wizard"].create(
            {"company_id": self.company.id}
        )
        self.assertTrue(report.agrees)
        self.assertEqual(report.owed, 0.0)

    def check_transfers(self):
        transfers = self.transfers()
        self.assertEqual(
            set(transfers.mapped("state")), {"settled"} if transfers else set()
        )
        there = self.inspect()["transfers"]
        self.assertEqual(len(transfers), len(there))
        for request in self.paid:
            self.assertEqual(request.state, "paid")
            self.assertEqual(len(self.payments(request)), 1)
            self.assertTrue(request.payment_id.is_matched)
        refunds = self.env["account.payment"].search(
            [("mobilepay_refund_id", "!=", False), ("company_id", "=", self.company.id)]
        )
        self.assertAlmostEqual(
            sum(refunds.mapped("amount")), sum(self.refunded.values()), 2
        )

    def check_bank(self):
        """Each bank line is matched once, with the transfer it is of."""
        for line in self.lines:
            self.assertTrue(line.is_reconciled, line.mobilepay_note)
            targets = line.move_id.line_ids._mobilepay_counterparts()
            self.assertEqual(len(targets), 1)
        for stranger in self.strangers:
            self.assertFalse(stranger.is_reconciled)
        for transfer in self.transfers().filtered("total"):
            self.assertEqual(len(transfer.bank_line_id), 1, transfer.reference)
            self.assertEqual(transfer.bank_line_id.amount, transfer.total)
        used = self.transfers().bank_line_id
        self.assertEqual(used, self.lines)
