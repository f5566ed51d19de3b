"""What every screen keeps to: labels, icons, and what its menus offer."""

import re
from collections import defaultdict

from lxml import etree

from odoo.tests import TransactionCase, tagged

MODULE = "account_mobilepay"
#: shown by no view of its own, and yet what a person searches for
KNOWN = {
    "company_id", "connection_id", "display_name", "id", "mobilepay_id", "partner_id",
    # of requests and of payments
    "accepted_on", "batch_id", "ended_on", "instalment", "invoice_number", "phone",
    "mobilepay_invoice_id", "mobilepay_invoice_ids", "mobilepay_refund_id",
    "is_test", "paid_amount", "request_id",
    # of connections, customers and reports
    "check_ids", "invoice_sending_method", "line_id", "mobilepay_connection_ids",
    "mobilepay_consent_ids", "move_ids", "transfer_ids",
    # of transfers, beside their stage: what they are grouped by
    "state",
}  # fmt: skip
#: of Odoo itself, in every model or in its mixins
ODOO = re.compile(r"(create|write)_(date|uid)|message_|activity_|has_message|my_act")


@tagged("post_install", "-at_install")
class TestScreens(TransactionCase):
    maxDiff = None

    def own_views(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "ir.ui.view")]
        )
        return self.env["ir.ui.view"].browse(data.mapped("res_id")).exists()

    def own_fields(self):
        """Yield each field that the addon has defined or changed."""
        for model in self.env.registry.models.values():
            for field in model._fields.values():
                if MODULE in (field._module, *(field._modules or ())):
                    yield field

    def test_no_two_fields_of_a_model_have_the_same_label(self):
        """Odoo warns of them at every install."""
        labels = defaultdict(set)
        for model in {field.model_name for field in self.own_fields()}:
            for field in self.env[model]._fields.values():
                labels[model, field.string].add(field)
        twice = [
            sorted(map(str, fields))
            for fields in labels.values()
            if len(fields) > 1 and any(one._module == MODULE for one in fields)
        ]
        self.assertEqual(twice, [])

    def test_menus_for_filters_offer_what_some_screen_shows(self):
        """A person chooses among words that are known, not among the works inside."""
        shown = defaultdict(set)
        for view in self.own_views().filtered("model"):
            nodes = etree.fromstring(view.arch).iter("field")
            shown[view.model].update(node.get("name") for node in nodes)
        # a menu for filters stands over a list
        lists = self.own_views().filtered(lambda view: view.type == "list")
        listed = set(lists.mapped("model"))
        strange = []
        for field in self.own_fields():
            model, name = field.model_name, field.name
            described = self.env[model].fields_get([name]).get(name, {})
            offered = described.get("searchable") and described["type"] != "json"
            known = name in shown[model] | KNOWN or ODOO.match(name)
            if offered and not known and model in listed:
                strange.append(f"{model}.{name}")
        self.assertEqual(sorted(strange), [])

    def test_what_a_person_types_is_looked_for_in_known_words(self):
        """No ID of MobilePay's stands in the list under the search box."""
        ids = {"correlation_id", "transaction_id", "key", "bank_key", "raw", "payload"}
        for view in self.own_views().filtered(lambda one: one.type == "search"):
            fields = etree.fromstring(view.arch).iter("field")
            with self.subTest(view=view.name):
                self.assertFalse(ids & {node.get("name") for node in fields})

    def test_what_a_filter_names_is_still_found(self):
        request = self.env["mobilepay.invoice"]
        self.assertFalse(request.search([("tries", "=", -1)]))

    def test_no_icon_looks_like_a_missing_letter(self):
        """In a line of text ``fa-mobile`` is an empty upright box."""
        for view in self.own_views():
            found = etree.fromstring(view.arch).xpath(
                "//i[contains(concat(' ', @class, ' '), ' fa-mobile ')]"
            )
            with self.subTest(view=view.name):
                self.assertFalse(found)
        kinds = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "mail.activity.type")]
        )
        for kind in self.env["mail.activity.type"].browse(kinds.mapped("res_id")):
            self.assertNotEqual(kind.icon, "fa-mobile")

    def test_one_word_for_one_state(self):
        """A state has no second name, on no screen; what was done says what."""
        texts = defaultdict(set)
        for field in self.own_fields():
            texts[field.string].add(str(field))
            if field.type == "selection" and isinstance(field.selection, list):
                for _value, label in field.selection:
                    texts[label].add(str(field))
        for view in self.own_views():
            for node in etree.fromstring(view.arch).iter(etree.Element):
                words = [node.text, node.tail, node.get("string"), node.get("title")]
                for text in filter(None, words):
                    texts[" ".join(text.split())].add(view.name)
        # Waiting, Refused, Recorded, Queued, Odoo
        for old in ("Created", "Invalid", "Applied", "Made here", "Done here"):
            self.assertFalse(texts[old], old)
        states = dict(self.env["mobilepay.invoice"]._fields["state"].selection)
        card = self.env.ref(f"{MODULE}.account_journal_dashboard_kanban_requests")
        for state in ("created", "accepted"):
            self.assertIn(card.name, texts[states[state]])
        kinds = dict(self.env["mobilepay.step"]._fields["kind"].selection)
        self.assertEqual(kinds["queued"], states["queued"])
