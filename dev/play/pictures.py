"""Pictures of the main screens, each for a desk and for a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, expect

from .browser import DESK, PHONE, Browser, WebClient
from .office import OfficeError, wait_for
from .settlement import Settlement
from .setup_walk import SetupWalk
from .stage import MERCHANT_VAT, Stage
from .story import Story

BANK_LINES = "/odoo/action-account_mobilepay.action_mobilepay_bank_line"
OWED = "/odoo/action-account_mobilepay.action_mobilepay_owed_wizard"
ANNA, BO, EMMA = "+4511111101", "+4511111102", "+4511111105"
LISTS = {
    "dashboard": "/odoo/accounting",
    "invoices": "/odoo/customer-invoices",
    "requests": "/odoo/action-account_mobilepay.action_mobilepay_invoice",
    "events": "/odoo/action-account_mobilepay.action_mobilepay_event",
    "connections": "/odoo/mobilepay-connections",
    "transfers": "/odoo/mobilepay-transfers",
    "bank-lines-left": BANK_LINES,
}
TABS = (
    "How Invoices Go Out",
    "How Payers Meet It",
    "Transfers and Bank",
    "Privacy",
    "Registration",
)
CUSTOMERS = "/odoo/action-account.res_partner_action_customer"
#: how much of the web client's content does not fit on the screen
HIDDEN = """() => {
    const boxes = document.querySelector('.modal') ? [] : document.querySelectorAll(
        '.o_content, .o_form_view_container, .o_form_sheet_bg'
    );
    return Math.max(0, ...[...boxes].map(box => box.scrollHeight - box.clientHeight));
}"""


class Pictures:
    """Walks through the main job and takes a picture of each screen."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.folder = folder
        self.taken: list[str] = []

    def take(self) -> Iterator[str]:
        """Take all pictures; yields the name of each file."""
        with Browser() as browser:
            self.walk = SetupWalk(self.stage, browser.person(DESK))
            self.walk.log_in()
            cookies = self.walk.person.storage_state()
            owner = browser.person(PHONE, storage_state=cookies)
            self.small = WebClient(owner.new_page(), self.stage.url)
            for scene in (
                self._connect,
                self._send,
                self._pay,
                self._settle,
                self._check,
                self._look_around,
            ):
                scene()
                yield from self.taken
                self.taken.clear()

    # -------------------------------------------------------------------- scenes

    def _connect(self) -> None:
        self._both("connection-new", "/odoo/mobilepay-connections/new?debug=0")
        for client in (self.walk.desk, self.small):
            client.discard()
        self._both("refused", "/mobilepay/oidc/finish?state=unknown")
        self._set_up()
        self._both("connection-connected", "/odoo/mobilepay-connections/1?debug=0")
        for tab in TABS:
            self.walk.desk.turn_to(tab)
            self._shoot(f"connection-{tab.lower().replace(' ', '-')}", self.walk.page)

    def _set_up(self) -> None:
        """Go through the guided set-up; each step at the desk and on the phone."""
        walk = self.walk
        walk.open_setup()
        walk.say_where()
        self._shoot("setup-1-ask", walk.page)
        walk.press_on("I have sent it", "Enter the credentials")
        self._here("setup-2-credentials")
        walk.enter_credentials()
        walk.press_connect()
        self._shoot("authorize", walk.page)
        walk.open_setup()
        self._here("setup-3-nobody-came-back")
        walk.connect()
        self._here("setup-4-books")
        walk.check_books()
        self._here("setup-5-payers")
        walk.choose_payers()
        self._here("setup-6-test")
        walk.desk.press("Skip the test")
        walk.wait_for_news("is set up")
        self._shoot("setup-done", walk.page)

    def _send(self) -> None:
        self.walk.open_invoice("Café Kastellet")
        self.walk.send(self.walk.press_send_via_mobilepay())
        self._here("invoice-link")
        self.walk.open_invoice("Ditte Skov")
        dialog = self.walk.press_send_via_mobilepay()
        self.walk.desk.click(dialog.get_by_role("button", name="Send", exact=True))
        self.walk.page.get_by_text("Invalid Operation").wait_for()
        self._shoot("invoice-refusal", self.walk.page)
        self.walk.page.reload()
        self._here("invoice-invalid")
        self.walk.open_invoice("Anna Holm")
        self._here("invoice-before")
        dialog = self.walk.press_send_via_mobilepay()
        self._shoot("send-wizard", self.walk.page)
        self._shoot_small_wizard()
        self.walk.send(dialog)
        self._here("invoice-sent")

    def _pay(self) -> None:
        phone = self.walk.person.new_page()
        phone.goto(self.stage.phone(ANNA))
        self._shoot("app", phone, PHONE)
        [link] = self.stage.office.call(
            "mobilepay.invoice", "search_read", [("kind", "=", "link")], ["link_url"]
        )
        phone.goto(link["link_url"])
        self._shoot("landing-page", phone, PHONE)
        phone.close()
        phone = self.walk.pay_by_link(link["link_url"], EMMA)
        self._shoot("payer-back-in-portal", phone, PHONE)
        phone.close()
        self.walk.pay_in_app(ANNA).close()
        self.walk.wait_until_paid()
        self._here("invoice-paid")
        self.walk.open_request()
        self._here("request-paid")

    def _settle(self) -> None:
        story = Story(self.stage)
        for _line in Settlement(self.stage, story).play():
            pass
        if story.problems:
            raise OfficeError("; ".join(story.problems))
        self._import_a_stranger()
        [transfer] = self.stage.office.call(
            "mobilepay.transfer", "search", [("transaction_ids.type", "=", "Refund")]
        )
        self._both("transfer-settled", f"/odoo/mobilepay-transfers/{transfer}?debug=0")
        for client, size in ((self.walk.desk, DESK), (self.small, PHONE)):
            client.open_dialog(f"{OWED}?debug=0")
            self._shoot("owed", client.page, size)
            client.press("Show the rows")
            expect(client.page.locator(".modal")).to_have_count(0)
            client.settle()
            client.click(client.page.locator(".o_group_header").first)
            client.page.locator(".o_data_row").first.wait_for()
            self._shoot("owed-rows", client.page, size)
            client.open(f"{BANK_LINES}?debug=0")
            client.drop_filters()
            self._shoot("bank-lines", client.page, size)

    def _import_a_stranger(self) -> None:
        """Put a line on the bank whose text does not say what it is."""
        [journal] = self.stage.office.call(
            "account.journal", "search", [("code", "=", "BNK1")]
        )
        values = {"journal_id": journal, "payment_ref": "MOBILEPAY", "amount": 1250.0}
        [line] = self.stage.office.call(
            "account.bank.statement.line", "create", [values]
        )
        noted = [("id", "=", line), ("mobilepay_note", "!=", False)]
        wait_for(
            "what is noted of the bank line",
            lambda: self.stage.office.call(
                "account.bank.statement.line", "search", noted
            ),
        )

    def _check(self) -> None:
        """Run the go-live check: before, as it waits, at its end, and its report."""
        payers = self.stage.control("payers", phone=BO)
        [user] = [payer["user_id"] for payer in payers if payer["phone"] == BO]
        self.walk.desk.open("/odoo/mobilepay-connections/1?debug=0")
        self.walk.desk.press("Go-live check")
        self.walk.desk.fill(payer_phone=BO, payer_user=user)
        self.walk.desk.save()
        self._here("check-new")
        self.walk.desk.press("Start")
        begun = re.compile("Continue|Print the report")
        self.walk.page.get_by_role("button", name=begun).wait_for(timeout=90_000)
        self._here("check-running")
        office = self.stage.office
        wait_for(
            "the go-live check's last step",
            lambda: office.call("mobilepay.check", "search", [("state", "=", "done")]),
            seconds=240,
        )
        self._here("check-done")
        self.walk.desk.click(self.walk.page.locator(".o_data_row").nth(9))
        self.walk.page.locator(".modal").wait_for()
        self._shoot("check-step", self.walk.page, whole=False)
        [check] = office.call("mobilepay.check", "search", [])
        report = "account_mobilepay.report_check_document"
        self._both("check-report", f"/report/html/{report}/{check}")

    def _look_around(self) -> None:
        for name, path in LISTS.items():
            self._both(name, f"{path}?debug=0")
        for client, size in ((self.walk.desk, DESK), (self.small, PHONE)):
            client.open("/odoo/settings?debug=0")
            client.click(client.page.locator("[data-key='account']").first)
            client.page.locator(".o_setting_box#mobilepay").scroll_into_view_if_needed()
            self._shoot("settings", client.page, size, whole=False)
        [anna] = self.stage.office.call(
            "res.partner", "search", [("name", "=", "Anna Holm")]
        )
        self.walk.desk.open(f"{CUSTOMERS}/{anna}")
        self.walk.desk.turn_to("Invoicing")
        self._shoot("customer", self.walk.page)
        self._be_in_trouble()
        self.stage.control(f"merchants/{MERCHANT_VAT}/revoke")
        self.walk.desk.open("/odoo/mobilepay-connections/1")
        self.walk.desk.press("Test connection")
        self.walk.page.get_by_text("Invalid Operation").wait_for()
        self._both("connection-consent-lost", "/odoo/mobilepay-connections/1")

    def _be_in_trouble(self) -> None:
        """Send news that cannot be read, and look at what the connection says."""
        news = [{"InvoiceId": "17", "Status": "paid"}]
        self.stage.control("callbacks/inject", merchant_vat=MERCHANT_VAT, body=news)
        for client, size in ((self.walk.desk, DESK), (self.small, PHONE)):
            client.open("/odoo/mobilepay-connections/1?debug=0")
            client.turn_to("Health")
            self._shoot("connection-health", client.page, size)

    # ------------------------------------------------------------------- shooting

    def _both(self, name: str, path: str) -> None:
        """Open an address at the desk and on the phone, and shoot it."""
        for client, size in ((self.walk.desk, DESK), (self.small, PHONE)):
            client.page.goto(f"{self.stage.url}{path}")
            client.page.wait_for_load_state()
            if path.startswith("/odoo"):
                client.settle()
            self._shoot(name, client.page, size)

    def _here(self, name: str) -> None:
        """Shoot what the desk shows, also on the phone."""
        self.walk.desk.settle()
        self._both(name, self.walk.page.url.removeprefix(self.stage.url))

    def _shoot_small_wizard(self) -> None:
        self.small.open(self.walk.page.url.removeprefix(self.stage.url))
        self.small.page.locator(".o_statusbar_buttons .dropdown-toggle").click()
        self.small.press("Send via MobilePay")
        self.small.page.locator("[name='mobilepay_phone']").wait_for()
        self._shoot("send-wizard", self.small.page, PHONE)

    def _shoot(
        self, name: str, page: Page, size: tuple[int, int] = DESK, whole: bool = True
    ) -> None:
        """Take one picture, as high as what is there to see."""
        page.evaluate("document.fonts.ready")
        for frame in page.frames:
            if "pdfjs" in frame.url:
                frame.locator(".page[data-loaded='true']").first.wait_for()
        width, height = size
        if whole:
            height += page.evaluate(HIDDEN)
        page.set_viewport_size({"width": width, "height": height})
        file = f"{name}-{'phone' if size == PHONE else 'desk'}.png"
        page.screenshot(path=self.folder / file, animations="disabled")
        page.set_viewport_size({"width": size[0], "height": size[1]})
        self.taken.append(file)
