"""The card of the MobilePay journal is no bank's: its buttons and its graph."""

import json
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.tests import tagged

from ..states import StatesCase


@tagged("post_install", "-at_install")
class TestCard(StatesCase):
    def graph(self, journal=None):
        journal = journal or self.connection.journal_id
        journal.invalidate_recordset(["kanban_dashboard_graph"])
        [graph] = json.loads(journal.kanban_dashboard_graph)
        return graph

    def values(self):
        return [bar["value"] for bar in self.graph()["values"]]

    def paid(self, days_ago, amount, company=None, **values):
        """Return a request that was paid so long ago."""
        day = fields.Date.today() - timedelta(days=days_ago)
        values = {"paid_on": day, "paid_amount": amount, **values}
        return self.request("paid", company, **values)

    def test_paid_by_week(self):
        self.assertEqual(self.values(), [0.0] * 6)
        self.paid(0, 100.0)
        self.paid(0, 20.5)
        self.paid(7, 30.0)
        self.paid(35, 40.0)
        self.paid(42, 1000.0)
        self.paid(0, 1000.0, self.nordlys)
        self.request("created", amount=1000.0)
        self.assertEqual(self.values(), [40.0, 0.0, 0.0, 0.0, 30.0, 120.5])
        kinds = [bar["type"] for bar in self.graph()["values"]]
        self.assertEqual(kinds, ["past"] * 5 + ["future"])
        self.assertFalse(self.graph()["is_sample_data"])

    def test_weeks_are_the_reader_s(self):
        journal = self.connection.journal_id
        day = fields.Date.to_date("2026-11-29")
        lang = self.env["res.lang"]._lang_get(self.env.user.lang)
        lang.week_start = "7"
        self.assertEqual(str(journal._mobilepay_week(day)), "2026-11-29")
        lang.week_start = "1"
        self.assertEqual(str(journal._mobilepay_week(day)), "2026-11-23")

    def test_other_currencies(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        euro.rate_ids.unlink()
        self.paid(0, 100.0)
        self.paid(0, 20.0, currency_id=euro.id)
        self.assertEqual(self.values()[-1], 100.0)
        euro.rate_ids.create(
            {
                "currency_id": euro.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "inverse_company_rate": 7.5,
            }
        )
        self.assertEqual(self.values()[-1], 250.0)

    def test_a_bank_keeps_its_own(self):
        graph = self.graph(self.company_data["default_journal_bank"])
        self.assertIn("x", graph["values"][0])

    def test_buttons(self):
        view = self.env.ref("account.account_journal_dashboard_kanban_view")
        arch = self.env["account.journal"].get_view(view.id, "kanban")["arch"]
        card = etree.fromstring(arch)
        [ours] = card.xpath("//div[@name='mobilepay_buttons']")
        fetch = self.env.ref("account_mobilepay.action_mobilepay_transfer_fetch")
        self.assertEqual(
            ours.xpath("button/@name"), [str(fetch.id), "action_mobilepay_requests"]
        )
        [bank] = card.xpath("//div[@id='dashboard_bank_cash_left']")
        self.assertEqual(bank.get("t-if"), "!dashboard.mobilepay")
        [graph] = card.xpath("//field[@name='kanban_dashboard_graph']")
        self.assertIn("!dashboard.mobilepay", graph.get("t-att-graph_type"))
