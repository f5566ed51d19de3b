"""The card of the MobilePay journal: its figures, and the lists behind them."""

import json
from ast import literal_eval

from lxml import etree

from odoo.tests import new_test_user, tagged

from ..states import StatesCase

SITUATIONS = ("waiting", "accepted", "owed", "refused", "attention")


@tagged("post_install", "-at_install")
class TestDashboard(StatesCase):
    def story(self, company):
        """Make requests in all states; return those of each situation by hand."""
        request, ago = self.request, self.made_long_ago
        paid_otherwise = request("rejected", company)
        paid_otherwise.move_id.payment_state = "paid"
        over = (
            request("canceled", company)
            + request("invalid", company, superseded=True)
            + paid_otherwise
            + self.paid_out(company)
        )
        self.assertEqual(set(over.mapped("situation")), {False})
        return {
            "waiting": request("queued", company)
            + request("sending", company)
            + request("created", company)
            + ago(request("created", company)),
            "accepted": request("accepted", company) + request("accepted", company),
            "owed": self.posted(company),
            "refused": request("invalid", company)
            + request("rejected", company)
            + request("expired", company),
            "attention": request("unconfirmed", company)
            + ago(request("queued", company))
            + ago(request("sending", company))
            + request("paid", company, paid_on="2026-01-05"),
        }

    def card(self, journal, companies=None):
        """Return the journal's dashboard as whoever looks with these companies on."""
        companies = companies or journal.company_id
        own = journal.with_context(allowed_company_ids=companies.ids)
        own.invalidate_recordset(["kanban_dashboard"])
        return json.loads(own.kanban_dashboard)

    def assert_card(self, journal, story, companies=None):
        card = self.card(journal, companies)["mobilepay"]
        currency = journal.company_id.currency_id
        self.assertEqual(set(card), set(SITUATIONS))
        for name in SITUATIONS:
            with self.subTest(journal=journal.name, situation=name):
                expected = story[name]
                self.assertEqual(card[name]["count"], len(expected))
                amount = currency.format(sum(expected.mapped("amount")))
                self.assertEqual(card[name]["amount"], amount)
                self.assertEqual(self.listed(journal, name, companies), expected)

    def listed(self, journal, situation, companies=None):
        """Return what the list shows that a click on the card opens."""
        own = journal.with_context(
            allowed_company_ids=(companies or journal.company_id).ids,
            mobilepay_situation=situation,
        )
        action = own.action_mobilepay_requests()
        [name] = action["context"]
        self.assertTrue(name.startswith("search_default_"))
        views = self.env["mobilepay.invoice"].get_views([(False, "search")])
        arch = self.filters(views["views"]["search"]["arch"])
        domain = action["domain"] + arch[name.removeprefix("search_default_")]
        Request = own.env["mobilepay.invoice"]
        return Request.search(domain, order="id").sudo()

    def filters(self, arch):
        """Return the domains of a search view's filters by name."""
        nodes = etree.fromstring(arch).xpath("//filter[@domain]")
        return {node.get("name"): literal_eval(node.get("domain")) for node in nodes}

    def sorted_story(self, company):
        return {n: found.sorted("id") for n, found in self.story(company).items()}

    def test_figures_and_lists(self):
        # protects: health/account_journal.py, request/mobilepay_invoice_situation.py
        ours, theirs = (
            self.sorted_story(company) for company in (self.company, self.nordlys)
        )
        both = self.company + self.nordlys
        self.assert_card(self.connection.journal_id, ours)
        self.assert_card(self.theirs.journal_id, theirs)
        self.assert_card(self.connection.journal_id, ours, both)
        self.assert_card(self.theirs.journal_id, theirs, both)

    def test_branch_counts_where_it_is_switched_on(self):
        request = self.request("created", self.branch)
        journal = self.connection.journal_id
        card = self.card(journal)["mobilepay"]
        self.assertEqual(card["waiting"]["count"], 0)
        both = self.company + self.branch
        card = self.card(journal, both)["mobilepay"]
        self.assertEqual(card["waiting"]["count"], 1)
        self.assertEqual(self.listed(journal, "waiting", both), request)

    def test_other_journals_have_nothing(self):
        self.request("created")
        journals = self.env["account.journal"].search(
            [("company_id", "=", self.company.id)]
        )
        with_card = journals.filtered(lambda one: "mobilepay" in self.card(one))
        self.assertEqual(with_card, self.connection.journal_id)

    def test_earlier_connections_requests_count(self):
        self.request("accepted")
        self.connection.active = False
        card = self.card(self.connection.journal_id)["mobilepay"]
        self.assertEqual(card["accepted"]["count"], 1)

    def test_other_currencies_are_converted(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "inverse_company_rate": 7.5,
            }
        )
        self.request("created", amount=100.0)
        self.request("created", amount=20.0, currency_id=euro.id)
        card = self.card(self.connection.journal_id)["mobilepay"]
        self.assertEqual(card["waiting"]["count"], 2)
        own = self.company.currency_id
        self.assertEqual(card["waiting"]["amount"], own.format(250.0))

    def in_euro_too(self):
        """Return requests for 100 kr and for 20 euro, of which no rate is known."""
        euro = self.env.ref("base.EUR")
        euro.active = True
        euro.rate_ids.unlink()
        both = self.request("created", amount=100.0)
        return both + self.request("created", amount=20.0, currency_id=euro.id)

    def test_other_currencies_without_a_rate_stand_apart(self):
        krone, euro = self.in_euro_too().currency_id
        card = self.card(self.connection.journal_id)["mobilepay"]
        self.assertEqual(card["waiting"]["count"], 2)
        apart = f"{krone.format(100.0)} + {euro.format(20.0)}"
        self.assertEqual(card["waiting"]["amount"], apart)

    def test_sums_of_lists_over_currencies(self):
        # protects: base/mobilepay_sums.py: what the web client asks for
        krone, euro = self.in_euro_too().currency_id
        Request = self.env["mobilepay.invoice"]

        def sums(*groupby):
            rows = Request._read_group(
                [("company_id", "=", self.company.id)],
                groupby,
                ["amount:sum_currency"],
            )
            return dict(rows) if groupby else rows[0][0]

        # no number: the web client shows none
        self.assertIs(sums(), False)
        self.assertEqual(sums("currency_id"), {krone: 100.0, euro: False})
        self.env["res.currency.rate"].create(
            {
                "currency_id": euro.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "inverse_company_rate": 7.5,
            }
        )
        self.assertEqual(sums(), 250.0)

    def test_matched_with_the_bank_is_paid_out(self):
        """Also where MobilePay's reporting does not tell."""
        request = self.posted()
        self.assertEqual(request.situation, "owed")
        payment = request.payment_id
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_payment SET is_matched = TRUE WHERE id = %s", [payment.id]
        )
        self.env.invalidate_all()
        self.assertFalse(request.situation)
        self.assertFalse(request.search([("situation", "=", "owed")]))

    def test_whoever_may_not_see_requests(self):
        self.request("created")
        user = new_test_user(self.env, "employee", "base.group_user")
        self.assertFalse(
            self.env["mobilepay.invoice"].with_user(user).has_access("read")
        )
        data = {self.connection.journal_id.id: {}}
        own = self.connection.journal_id.with_user(user)
        own.sudo().mapped("type")
        own._fill_mobilepay_dashboard_data(data)
        self.assertEqual(data, {self.connection.journal_id.id: {}})

    def test_groups_are_apart(self):
        """A request is in one situation, and the search agrees with the field."""
        self.story(self.company)
        Request = self.env["mobilepay.invoice"]
        everything = Request.search([])
        parts = [Request.search([("situation", "=", name)]) for name in SITUATIONS]
        rest = Request.search([("situation", "=", False)])
        self.assertEqual(sum(map(len, [*parts, rest])), len(everything))
        for name, part in zip(SITUATIONS, parts, strict=True):
            self.assertEqual(set(part.mapped("situation")), {name})
        self.assertEqual(set(rest.mapped("situation")), {False})
        some = Request.search([("situation", "in", ("owed", False))])
        self.assertEqual(some, (parts[2] | rest).sorted("id", reverse=True))
        others = Request.search([("situation", "!=", "owed")])
        self.assertEqual(others, (everything - parts[2]))
