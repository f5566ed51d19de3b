"""Uninstalling is refused while MobilePay holds something; each reason by itself."""

from odoo import fields
from odoo.tests import tagged

from ...models.health.ir_module_module import ANYWAY
from ..states import StatesCase


@tagged("post_install", "-at_install")
class TestUninstallRefused(StatesCase):
    def setUp(self):
        super().setUp()
        # what is left is each test's own
        system = self.env(su=True)
        system["mobilepay.connection"].search([]).state = "not_connected"
        system["mobilepay.invoice"].search([]).state = "canceled"

    def left(self):
        """Return what has to be done first, line by line."""
        return self.env["ir.module.module"]._mobilepay_left_to_do()

    def test_nothing_is_left(self):
        self.request("rejected")
        self.request("canceled")
        self.assertEqual(self.left(), [])

    def test_requests_that_can_be_paid(self):
        # protects: health/ir_module_module.py: _mobilepay_left_of / OPEN_STATES
        for state in ("queued", "sending", "unconfirmed", "created", "accepted"):
            self.request(state, company=self.nordlys)
        [line] = self.left()
        self.assertRegex(line, "^Nordlys.*can still be paid: 5")

    def test_payments_that_are_not_posted(self):
        # protects: health/ir_module_module.py: _mobilepay_left_of / unbooked
        self.request("paid", paid_on=fields.Date.today())
        [line] = self.left()
        self.assertIn("not posted yet: 1", line)

    def test_money_that_mobilepay_owes(self):
        # protects: health/ir_module_module.py: _mobilepay_balance
        self.posted()
        [line] = self.left()
        self.assertIn("owes", line)

    def test_company_that_is_connected(self):
        # protects: health/ir_module_module.py: _mobilepay_left_of / "connected"
        self.theirs.state = "connected"
        [line] = self.left()
        self.assertRegex(line, "^Nordlys.*Disconnect")

    def test_copy_and_last_resort(self):
        # protects: health/ir_module_module.py: _mobilepay_left_to_do / str2bool
        self.request("created")
        parameters = self.env["ir.config_parameter"].sudo()
        for name in ("database.is_neutralized", ANYWAY):
            with self.subTest(name):
                parameters.set_param(name, "True")
                self.assertEqual(self.left(), [])
                parameters.set_param(name, "False")
                self.assertEqual(len(self.left()), 1)
