"""A state has the same colour in every view: tools/colours.py is the rule."""

import ast
import colorsys
import re
from pathlib import Path

from lxml import etree

from odoo.tests import TransactionCase, tagged

from ...tools.colours import COLOURS, RIBBONS

#: fields that show the state of another model's record
MIRRORS = {
    ("account.move", "mobilepay_state"): "mobilepay.invoice",
    ("mobilepay.invoice", "mail_state"): "mobilepay.invoice mail_state",
    ("mobilepay.transfer", "stage"): "mobilepay.transfer",
    ("mobilepay.step", "result"): "mobilepay.event",
    ("mobilepay.owed", "stage"): "mobilepay.owed",
    ("mobilepay.check", "result"): "mobilepay.check result",
}
#: models that show no state of ours in colours
ELSEWHERE = {"mobilepay.issuer", "mobilepay.transaction", "account.bank.statement.line"}
EQUAL = re.compile(r"^(\w+) == '(\w+)'$")
WITHIN = re.compile(r"^(\w+) in (\(.+\))$")
RIBBON_STATE = re.compile(r"^(\w+) != '(\w+)'$")
GRAPH = Path(__file__).parents[2] / "static/src/views/mobilepay_graph.js"
BAR = re.compile(r'^    (\w+): "(#[0-9a-f]{6})",$', re.MULTILINE)
#: what a person calls the colours of the rule
FAMILIES = {
    "info": "blue",
    "primary": "violet",
    "success": "green",
    "warning": "yellow",
    "danger": "red",
    "muted": "grey",
}
#: up to which angle of the colour circle a colour has its name
ANGLES = [(20, "red"), (60, "yellow"), (160, "green"), (225, "blue"), (300, "violet")]


def family_of(code):
    """Return what a person calls the colour of a code, '#rrggbb'."""
    parts = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    hue, _light, saturation = colorsys.rgb_to_hls(*parts)
    if saturation < 0.2:
        return "grey"
    return next((name for most, name in ANGLES if hue * 360 < most), "red")


def states_of(expression):
    """Return the field and the states that an expression names; None if it is none."""
    if found := EQUAL.match(expression):
        return found[1], {found[2]}
    if found := WITHIN.match(expression):
        return found[1], set(ast.literal_eval(found[2]))
    return None


@tagged("post_install", "-at_install")
class TestColours(TransactionCase):
    def views(self):
        """Yield ``(view, model, arch)`` of the addon's views, those inside too."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "account_mobilepay"), ("model", "=", "ir.ui.view")]
        )
        for view in self.env["ir.ui.view"].browse(data.mapped("res_id")).exists():
            if view.model:
                yield view, etree.fromstring(view.arch)

    def model_of(self, view, node):
        """Return the model of the record that a node shows."""
        model = view.model
        for parent in reversed(list(node.iterancestors("field"))):
            field = self.env[model]._fields.get(parent.get("name"))
            if field is not None and field.type in ("one2many", "many2many"):
                model = field.comodel_name
        return model

    def table_of(self, model, name):
        """Return the colours of a model's field, None if it is no state."""
        owner = MIRRORS.get((model, name))
        if not owner and name == "state":
            owner = model
        return COLOURS.get(owner)

    def decorations(self):
        """Yield ``(where, node, model, {colour: expression})``."""
        for view, arch in self.views():
            for node in arch.iter(etree.Element):
                found = {
                    name.removeprefix("decoration-"): value
                    for name, value in node.attrib.items()
                    if name.startswith("decoration-")
                }
                if found:
                    yield view.name, node, self.model_of(view, node), found

    def test_states_in_fields(self):
        """A field that shows a state has the whole rule, word for word."""
        seen = set()
        for where, node, model, found in self.decorations():
            if node.tag != "field" or model in ELSEWHERE:
                continue
            with self.subTest(view=where, field=node.get("name")):
                table = self.table_of(model, node.get("name"))
                self.assertIsNotNone(table, f"{model} has no colours in the table")
                shown = {
                    colour: states_of(expression)
                    for colour, expression in found.items()
                }
                expected = {
                    colour: (node.get("name"), states)
                    for colour, states in table.items()
                }
                self.assertEqual(shown, expected)
                seen.add((model, node.get("name")))
        self.assertIn(("mobilepay.invoice", "state"), seen)
        self.assertIn(("account.move", "mobilepay_state"), seen)

    def test_states_in_rows(self):
        """A row is coloured by some of its states, and as they are elsewhere."""
        checked = 0
        for where, node, model, found in self.decorations():
            for colour, expression in found.items():
                told = states_of(expression)
                table = told and self.table_of(model, told[0])
                if node.tag == "field" or not table:
                    continue
                with self.subTest(view=where, colour=colour):
                    self.assertLessEqual(told[1], table[colour])
                    checked += 1
        self.assertGreater(checked, 3)

    def test_every_badge_of_a_state_is_coloured(self):
        for view, arch in self.views():
            for node in arch.xpath("//field[@widget='badge']"):
                model = self.model_of(view, node)
                with self.subTest(view=view.name, field=node.get("name")):
                    coloured = any(
                        name.startswith("decoration-") for name in node.attrib
                    )
                    self.assertTrue(coloured, model)

    def test_ribbons(self):
        """A form's ribbon has the colour of the state that it names."""
        checked = 0
        for view, arch in self.views():
            table = COLOURS.get(view.model)
            for node in arch.xpath("//widget[@name='web_ribbon']"):
                told = RIBBON_STATE.match(node.get("invisible") or "")
                if not (told and table):
                    continue
                with self.subTest(view=view.name, state=told[2]):
                    [colour] = [c for c, states in table.items() if told[2] in states]
                    self.assertEqual(node.get("bg_color"), RIBBONS[colour])
                    checked += 1
        self.assertEqual(checked, 4)

    def test_graph(self):
        """The bars of a graph have the colours that the lists have."""
        bars = {
            state: family_of(code) for state, code in BAR.findall(GRAPH.read_text())
        }
        self.assertEqual(
            bars,
            {
                state: FAMILIES[colour]
                for colour, states in COLOURS["mobilepay.invoice"].items()
                for state in states
            },
        )

    def test_every_state_of_a_request_has_one_colour(self):
        states = dict(self.env["mobilepay.invoice"]._fields["state"].selection)
        coloured = [s for some in COLOURS["mobilepay.invoice"].values() for s in some]
        self.assertEqual(sorted(coloured), sorted(states))
