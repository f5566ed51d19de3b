"""Every button of every screen calls what takes records, as the web client does."""

from lxml import etree

from odoo.service.model import get_public_method
from odoo.tests import TransactionCase, tagged

MODULE = "account_mobilepay"
KINDS = ("form", "list", "kanban")


@tagged("post_install", "-at_install")
class TestButtons(TransactionCase):
    def buttons(self):
        """Return the model and the method of each button that is ours."""
        views = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "ir.ui.view")]
        )
        return {
            # of a list whose rows are pressed, it is the action
            (view.model, node.get("name") or node.get("action"))
            for view in self.env["ir.ui.view"].browse(views.mapped("res_id")).exists()
            if view.type in KINDS
            for node in etree.fromstring(view.arch).xpath("//*[@type='object']")
        }

    def test_each_button_calls_a_method_of_records(self):
        for model, name in self.buttons():
            with self.subTest(model=model, button=name):
                method = get_public_method(self.env[model], name)
                # else the ids would be its first argument
                self.assertFalse(getattr(method, "_api_model", False))
