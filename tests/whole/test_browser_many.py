"""Many invoices, filters, dashboard and the payer's portal, in a real browser."""

import os
from contextlib import ExitStack

from play.browser import Browser, phone_tab
from play.stage import set_stage
from play.walk import Walk
from playwright.sync_api import expect

from odoo.tests import BaseCase, tagged

from ...tools.colours import COLOURS
from ..common import BO, SimulatorMixin
from ..looks import BARS, FAINT
from .test_colours import FAMILIES, family_of

TEMPLATE = "ACCOUNT_MOBILEPAY_TEMPLATE_DB"
TRUTH_MS = 60_000
OWED = "/odoo/action-account_mobilepay.action_mobilepay_owed_wizard"
REQUESTS = "/odoo/action-account_mobilepay.action_mobilepay_invoice"
#: what many eyes need of a text and of what is behind it (WCAG, AA)
CONTRAST = 4.5


@tagged("post_install", "-at_install")
class TestBrowserMany(SimulatorMixin, BaseCase):
    """Never skipped: without Chromium or the servers it fails."""

    starts_processes = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        template = os.environ[TEMPLATE]
        name = f"{template.removesuffix('_template')}_many"
        cls.stage = set_stage(stack, name, source=template)
        office = cls.stage.office
        values = cls.stage.connection_values()
        [connection] = office.call("mobilepay.connection", "create", [values])
        office.connect(connection)
        fields = ["partner_id"]
        domain = [("name", "in", cls.stage.invoices)]
        cls.moves = office.call("account.move", "search_read", domain, fields)
        partners = [move["partner_id"][0] for move in cls.moves]
        method = {"invoice_sending_method": "mobilepay"}
        office.call("res.partner", "write", partners[1:], method)

    def setUp(self):
        super().setUp()
        stack = ExitStack()
        self.addCleanup(stack.close)
        self.browser = stack.enter_context(Browser())
        self.walk = Walk(self.stage, self.browser.person())

    def test_batch_filters_and_portal(self):
        self.walk.log_in()
        self.send_all_together()
        self.filter_the_list()
        self.look_at_the_dashboard()
        self.look_at_the_graph()
        self.open_what_mobilepay_owes()
        self.pay_in_the_portal()
        self.assertEqual(self.browser.complaints(self.stage.url), [])

    # --------------------------------------------------------------------- steps

    def send_all_together(self):
        """Select all, Send: the batch shows what became of each."""
        page, desk = self.walk.page, self.walk.desk
        desk.open("/odoo/customer-invoices")
        desk.click(page.locator("thead .o_list_record_selector"))
        panel = page.locator(".o_control_panel")
        desk.click(panel.get_by_role("button", name="Send", exact=True))
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("4 invoice(s) with MobilePay")
        desk.click(dialog.get_by_label("All via MobilePay"))
        expect(dialog).to_contain_text("5 invoice(s) with MobilePay")
        desk.click(dialog.get_by_role("button", name="Send", exact=True))
        expect(dialog).to_be_hidden()
        desk.settle()
        expect(desk.field("move_count")).to_have_text("5")
        refused = page.get_by_role("button", name="Open what was refused")
        desk.reload_until("the batch's outcome", refused)
        expect(desk.field("out_count")).to_have_text("4")
        expect(desk.field("refused_count")).to_have_text("1")
        desk.click(refused)
        expect(page.get_by_role("row", name="Ditte Skov")).to_have_count(1)

    def filter_the_list(self):
        """The accountant's two questions: what waits, and what needs me."""
        self.choose_filter("MobilePay: waiting")
        expect(self.rows()).to_have_count(4)
        self.choose_filter("MobilePay: refused, rejected, expired")
        expect(self.rows()).to_have_count(1)
        expect(self.rows()).to_contain_text("Ditte Skov")

    def look_at_the_dashboard(self):
        """The journal's card counts what waits; a click lists it, with its story."""
        page, desk = self.walk.page, self.walk.desk
        desk.open("/odoo/accounting")
        expect(page.locator("[name='mobilepay_refused']")).to_contain_text("1 Failed")
        waiting = page.locator("[name='mobilepay_waiting']")
        expect(waiting).to_contain_text("4 Waiting")
        desk.click(waiting.get_by_text("4 Waiting"))
        expect(self.rows()).to_have_count(4)
        self.assert_readable()
        desk.click(self.rows().first)
        expect(desk.field("next_step")).to_contain_text("Nothing to do")
        timeline = desk.field("step_ids")
        expect(timeline).to_contain_text("Sent to MobilePay")
        expect(timeline).to_contain_text("Waiting")
        self.assert_readable()
        page.set_viewport_size({"width": 375, "height": 800})
        page.reload()
        expect(timeline.locator(".o_kanban_record").first).to_be_visible()
        page.set_viewport_size({"width": 1440, "height": 900})

    def look_at_the_graph(self):
        """Each status has the colour that README gives it."""
        page, desk = self.walk.page, self.walk.desk
        desk.open(REQUESTS)
        desk.click(page.locator(".o_switch_view.o_graph"))
        bars = dict(page.wait_for_function(BARS).json_value())
        colours = {
            state: colour
            for colour, states in COLOURS["mobilepay.invoice"].items()
            for state in states
        }
        words = {"Waiting": "created", "Refused": "invalid"}
        self.assertEqual(set(words), set(bars) - {"Sum"})
        for word, state in words.items():
            self.assertEqual(family_of(bars[word]), FAMILIES[colours[state]])

    def open_what_mobilepay_owes(self):
        """Its figures are seen at once: no calendar over them."""
        self.walk.desk.open_dialog(OWED)
        expect(self.walk.page.locator(".modal [name='owed']")).to_be_visible()
        self.walk.page.keyboard.press("Escape")

    def assert_readable(self):
        """No badge and no muted text of ours is too faint."""
        seen = self.walk.page.evaluate(FAINT)
        self.assertTrue(seen)
        faint = [(text, contrast) for text, contrast in seen if contrast < CONTRAST]
        self.assertFalse(faint)

    def choose_filter(self, label):
        page, desk = self.walk.page, self.walk.desk
        desk.open("/odoo/customer-invoices")
        desk.click(page.locator(".o_searchview_dropdown_toggler"))
        desk.click(page.get_by_role("menuitemcheckbox", name=label))
        page.keyboard.press("Escape")
        desk.settle()

    def rows(self):
        return self.walk.page.locator(".o_data_row")

    def pay_in_the_portal(self):
        """The payer presses the button, pays, comes back; the page finds out itself."""
        payer = self.browser.person()
        page = phone_tab(payer)
        page.goto(f"{self.stage.url}{self.portal_path('Café Kastellet')}")
        page.get_by_role("button", name="Pay with MobilePay").click()
        page.wait_for_url(f"{self.stage.simulator.url}/pay/**")
        page.get_by_label("Your phone number").fill(BO)
        page.get_by_role("button", name="Pay now").click()
        page.wait_for_url(f"{self.stage.url}/my/invoices/**")
        expect(page.locator(".o_mobilepay_state")).to_contain_text(
            "Paid with MobilePay", timeout=TRUTH_MS
        )
        expect(page.get_by_role("button", name="Pay with MobilePay")).to_have_count(0)

    def portal_path(self, customer):
        [move] = [one for one in self.moves if one["partner_id"][1] == customer]
        [read] = self.stage.office.call(
            "account.move", "read", [move["id"]], ["access_token"]
        )
        return f"/my/invoices/{move['id']}?access_token={read['access_token']}"
