"""Every field that a screen shows has a label that an accountant reads."""

import re
from pathlib import Path

from lxml import etree

from odoo.tests import TransactionCase, tagged

ADDON = "account_mobilepay"
ROOT = Path(__file__).resolve().parents[2]
#: what can be changed, and whose label says it all
SELF_EXPLAINING = {
    "mobilepay.owed.wizard.company_id",
    "mobilepay.owed.wizard.day",
    "mobilepay.transfer.fetch.company_id",
    "mobilepay.transfer.fetch.first",
    "mobilepay.transfer.fetch.last",
}
#: labels that Odoo makes of a field's name, and programmers' words
TECHNICAL = re.compile(r"\b(Id|Ids|Uid|Url|Uri|Json|Vat|Html|Utc|Datetime|Bool)\b|_")


@tagged("post_install", "-at_install")
class TestWords(TransactionCase):
    def shown(self):
        """Yield ``(view, field, node)`` of every field of ours that a view shows."""
        data = self.env["ir.model.data"].search(
            [("module", "=", ADDON), ("model", "=", "ir.ui.view")]
        )
        for view in self.env["ir.ui.view"].browse(data.mapped("res_id")).exists():
            if not view.model:
                continue
            for node in etree.fromstring(view.arch).iter("field"):
                field = self.field_of(view, node)
                if field is not None and ADDON in (field._modules or ()):
                    yield view, field, node

    def field_of(self, view, node):
        model = self.env[view.model]
        for parent in reversed(list(node.iterancestors("field"))):
            field = model._fields.get(parent.get("name"))
            if field is not None and field.type in ("one2many", "many2many"):
                model = self.env[field.comodel_name]
        return model._fields.get(node.get("name"))

    def is_visible(self, node):
        hidden = {node.get("invisible"), node.get("column_invisible")}
        return not hidden & {"1", "True"}

    def is_open(self, view, node):
        """Whether a person can change it there."""
        around = [node, *node.iterancestors("form", "list", "kanban")]
        return view.type in ("form", "list", "kanban") and not any(
            one.get("edit") == "0" or one.get("readonly") == "1" for one in around
        )

    def label(self, field, node):
        return node.get("string") or field._description_string(self.env)

    def test_labels(self):
        """In plain words: of its own, not made of the name, and no code's words."""
        checked = 0
        for view, field, node in self.shown():
            if not self.is_visible(node):
                continue
            label = self.label(field, node)
            with self.subTest(view=view.name, field=str(field), label=label):
                self.assertTrue(label and label[0].isupper())
                self.assertNotRegex(label, TECHNICAL)
                checked += 1
        self.assertGreater(checked, 150)

    def test_what_can_be_changed_says_what_it_decides(self):
        missing = set()
        for view, field, node in self.shown():
            decides = not field.readonly and field.type != "one2many"
            if (
                decides
                and self.is_open(view, node)
                and self.is_visible(node)
                and str(field) not in SELF_EXPLAINING
                and not field.help
            ):
                missing.add(str(field))
        self.assertEqual(missing, set())

    def test_no_plural_made_by_hand(self):
        """“(s)” is no plural in any language."""
        files = [
            file
            for folder in ("models", "wizard", "views", "report", "controllers")
            for file in (ROOT / folder).rglob("*")
            if file.suffix in (".py", ".xml")
        ]
        self.assertGreater(len(files), 80)
        found = [
            (file.name, word)
            for file in files
            for word in re.findall(r"\b[A-Za-z]+\(s\)", file.read_text())
        ]
        self.assertEqual(found, [])
