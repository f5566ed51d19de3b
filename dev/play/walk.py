"""The main job by hand: what a person does on the screens, step by step."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Locator, Page, expect

from .browser import WebClient, phone_tab
from .stage import LOGIN, Stage

#: typed into the connection's form, in developer mode
TYPED = (
    "merchant_vat",
    "custom_discovery_url",
    "custom_api_base",
    "custom_reporting_base",
    "base_url",
    "client_id",
    "client_secret",
    "gateway_client_id",
    "gateway_secret",
)
MERCHANT_USER = "merchant"


class Walk:
    """An accountant at the web client of a stage, with a payer's phone beside."""

    def __init__(self, stage: Stage, person: BrowserContext) -> None:
        self.stage = stage
        self.person = person
        self.desk = WebClient(person.new_page(), stage.url)

    def log_in(self) -> None:
        """Log in as the demo's accountant."""
        self.desk.log_in(LOGIN, LOGIN)

    # ------------------------------------------------------------------- connect

    def fill_in_connection(self) -> None:
        """Fill in a new connection's form, up to the button Connect."""
        values = self.stage.connection_values()
        self.desk.open("/odoo/mobilepay-connections/new?debug=1")
        self.desk.choose("environment", "Custom addresses")
        self.desk.fill(**{name: values[name] for name in TYPED})

    def press_connect(self) -> None:
        """Press Connect, and wait for MobilePay's page."""
        self.desk.press("Connect")
        self.page.wait_for_url(f"{self.stage.simulator.url}/**")

    def give_access(self) -> None:
        """Log in at MobilePay and give access; ends on the connection's form."""
        self.page.get_by_label("User name").fill(MERCHANT_USER)
        self.page.get_by_role("button", name="Grant access").click()
        self.page.wait_for_url(f"{self.stage.url}/odoo/mobilepay-connections/*")
        self.desk.settle()

    # ---------------------------------------------------------------------- send

    def open_invoice(self, customer: str) -> None:
        """Open the only invoice of a customer from the list."""
        self.desk.open("/odoo/customer-invoices?debug=0")
        self.desk.click(self.page.get_by_role("cell", name=customer, exact=True))
        self.title.wait_for()

    def press_send_via_mobilepay(self) -> Locator:
        """Press Send via MobilePay; returns the wizard's dialog."""
        self.desk.press("Send via MobilePay")
        dialog = self.page.get_by_role("dialog")
        dialog.locator(".o_field_widget[name='mobilepay_phone']").wait_for()
        self.desk.quiet()
        return dialog

    def _choose(self, choice: Locator) -> None:
        """Take one of several; ends when the form has followed."""
        if choice.is_checked():
            return
        with self.page.expect_response(lambda answer: "onchange" in answer.url):
            choice.check()
        # a button that is pressed before is pressed for nothing
        self.desk.settle()

    def send(self, dialog: Locator, kind: str = "") -> None:
        """Press Send, having chosen how to reach the payer; waits until it is sent."""
        if kind:
            self._choose(dialog.get_by_label(kind, exact=True))
        self.desk.click(dialog.get_by_role("button", name="Send", exact=True))
        expect(dialog).to_be_hidden()
        self.desk.settle()

    # ----------------------------------------------------------------------- pay

    def pay_in_app(self, number: str) -> Page:
        """Pay the newest invoice on a payer's phone, in another tab; the tab."""
        phone = phone_tab(self.person)
        phone.goto(self.stage.phone(number))
        phone.get_by_role("button", name="Pay now").first.click()
        phone.locator("[data-status='paid']").first.wait_for()
        return phone

    def pay_by_link(self, url: str, number: str) -> Page:
        """Open a payment link in another tab and pay there; the tab."""
        phone = phone_tab(self.person)
        phone.goto(url)
        phone.get_by_label("Your phone number").fill(number)
        phone.get_by_role("button", name="Pay now").click()
        phone.wait_for_url(f"{self.stage.url}/**")
        return phone

    def wait_until_paid(self) -> None:
        """Reload the invoice until its ribbon says that it is paid."""
        ribbon = self.page.locator(".ribbon", has_text="Paid")
        self.desk.reload_until("the invoice to be paid", ribbon)

    def open_request(self) -> None:
        """Go from an invoice to its request at MobilePay."""
        self.desk.press_smart("MobilePay")
        self.page.get_by_role("tab", name="Timeline").wait_for()

    # ------------------------------------------------------------------- screens

    @property
    def page(self) -> Page:
        """The tab with the web client."""
        return self.desk.page

    @property
    def title(self) -> Locator:
        """The number above an invoice."""
        return self.page.locator(".oe_title [name='name']:visible")

    @property
    def chatter(self) -> Locator:
        """The messages below or beside a form."""
        return self.page.locator(".o-mail-Thread")
