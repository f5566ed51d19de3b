"""Tests of a company count in no figure, and stand in no list by themselves."""

import json
from ast import literal_eval

from lxml import etree

from odoo.fields import Domain
from odoo.tests import new_test_user, tagged

from ..checking import CheckCase

INVOICE_LISTS = (
    "account.action_move_out_invoice",
    "account.action_move_out_invoice_type",
    "account.action_move_out_refund_type",
    "account.action_move_out_refund_type_non_legacy",
)


@tagged("post_install", "-at_install")
class TestTestMoney(CheckCase):
    def setUp(self):
        super().setUp()
        self.real = self.send(self.invoice())
        self.check = self.checked().sudo()
        self.tests = self.check._requests()
        self.assertIn("paid", self.tests.mapped("state"))

    def listed(self, xmlid, user=None):
        """Return what a menu's list shows at first, to an accountant without more."""
        action = self.env.ref(xmlid).sudo()
        Model = self.env[action.res_model].with_user(user or self.env.user)
        search = [(action.search_view_id.id, "search")]
        arch = etree.fromstring(Model.get_views(search)["views"]["search"]["arch"])
        filters = [
            Domain(literal_eval(arch.xpath(f"//filter[@name='{name}']/@domain")[0]))
            for name in map(_filter_name, literal_eval(action.context))
            if name
        ]
        domain = Domain(literal_eval(action.domain or "[]"))
        if filters:
            domain &= Domain.OR(filters)
        return Model.search(domain & Domain("company_id", "=", self.company.id))

    def test_card(self):
        # protects: request/mobilepay_invoice_situation.py: they are never paid out
        self.assertEqual(set(self.tests.mapped("situation")), {False})
        card = json.loads(self.connection.journal_id.kanban_dashboard)["mobilepay"]
        counts = {name: group["count"] for name, group in card.items() if group}
        self.assertEqual(counts.pop("waiting"), 1)
        self.assertFalse(any(counts.values()), counts)

    def test_card_while_it_runs(self):
        check = self.started().sudo()
        self.assertFalse(any(check._requests().mapped("situation")))
        self.assertTrue(all(check._requests().mapped("is_test")))

    def test_lists(self):
        user = new_test_user(
            self.env,
            "billing",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        for whom in (self.env.user, user):
            requests = self.listed("account_mobilepay.action_mobilepay_invoice", whom)
            self.assertEqual(requests, self.real)
            self.assertFalse(
                self.listed("account_mobilepay.action_mobilepay_consent", whom)
            )
            self.assertFalse(
                self.listed("account_mobilepay.action_mobilepay_batch", whom)
            )
            found = requests.search([("is_test", "=", True)])
            self.assertEqual(found.sudo(), self.tests.sorted("id", reverse=True))
        self.assertTrue(self.env["mobilepay.consent"].search([]), "there is one")
        self.assertTrue(self.env["mobilepay.batch"].search([]), "there are some")

    def test_lists_of_invoices(self):
        tests = self.check._moves()
        self.assertEqual(len(tests.journal_id), 1)
        for xmlid in INVOICE_LISTS:
            with self.subTest(xmlid=xmlid):
                listed = self.listed(xmlid)
                self.assertFalse(listed & tests)
        self.assertIn(self.real.move_id, self.listed(INVOICE_LISTS[0]))

    def test_what_the_card_opens(self):
        journal = self.connection.journal_id
        action = journal.action_mobilepay_requests()
        self.assertEqual(action["context"], {"search_default_real": 1})


def _filter_name(key):
    """The filter that a key of an action's context switches on, '' for others."""
    _before, _prefix, name = key.partition("search_default_")
    return name
