"""What `dev/demo` prepares for a person: a second company that can be set up."""

import os
from contextlib import ExitStack

from play.newcomer import CLIENT, GATEWAY, LOGIN, MERCHANT_USER, MERCHANT_VAT, Newcomer
from play.office import Office
from play.stage import set_stage

from odoo.tests import BaseCase, tagged

from ..common import SimulatorMixin
from .test_browser_main_job import TEMPLATE


@tagged("post_install", "-at_install")
class TestDemo(SimulatorMixin, BaseCase):
    starts_processes = True

    def setUp(self):
        super().setUp()
        stack = ExitStack()
        self.addCleanup(stack.close)
        template = os.environ[TEMPLATE]
        name = f"{template.removesuffix('_template')}_demo"
        self.stage = set_stage(stack, name, source=template)

    def test_the_second_company_connects_with_what_is_printed(self):
        newcomer = Newcomer(self.stage)
        newcomer.move_in()
        for text in (*CLIENT, *GATEWAY, LOGIN, MERCHANT_USER):
            self.assertIn(text, newcomer.told())
        nora = Office(self.stage.url, self.stage.odoo.database)
        nora.log_in(LOGIN, LOGIN)
        fields = ["state", "merchant_vat", "onboarding_step", "company_id"]
        [found] = nora.call("mobilepay.connection", "search_read", [], fields)
        expected = ("not_connected", MERCHANT_VAT, "ask")
        self.assertEqual(tuple(found[name] for name in fields[:3]), expected)
        typed = {
            "client_id": CLIENT[0],
            "client_secret": CLIENT[1],
            "gateway_client_id": GATEWAY[0],
            "gateway_secret": GATEWAY[1],
        }
        nora.call("mobilepay.connection", "write", [found["id"]], typed)
        nora.connect(found["id"], username=MERCHANT_USER)
        [found] = nora.call("mobilepay.connection", "search_read", [], fields)
        self.assertEqual(found["state"], "connected")
        # the first company's accountant has hers apart
        own = [("company_id", "!=", found["company_id"][0])]
        self.assertFalse(self.stage.office.read_one("mobilepay.connection", own, []))
