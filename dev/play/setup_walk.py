"""The guided set-up by hand: six steps, from nothing to a test on one's own phone."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from .walk import Walk

SETUP = "/odoo/action-account_mobilepay.action_mobilepay_open_setup?debug=1"
CREDENTIALS = ("client_id", "client_secret", "gateway_client_id", "gateway_secret")
ADDRESSES = (
    "merchant_vat",
    "custom_discovery_url",
    "custom_api_base",
    "custom_reporting_base",
    "base_url",
)


class SetupWalk(Walk):
    """An accountant who sets MobilePay up for the first time."""

    def open_setup(self) -> None:
        """Open the set-up from the menu's action, wherever it is to go on."""
        self.desk.open(SETUP)

    def ask(self, **changes: str) -> None:
        """Step 1: say where MobilePay is, and that the e-mail was sent."""
        self.say_where(**changes)
        self.desk.press("I have sent it")
        self.desk.settle()

    def say_where(self, **changes: str) -> None:
        """Fill step 1 in."""
        values = {**self.stage.connection_values(), **changes}
        self.desk.choose("environment", "Custom addresses")
        self.desk.fill(**{name: values[name] for name in ADDRESSES})

    def enter_credentials(self, **changes: str) -> None:
        """Step 2: type what MobilePay has sent."""
        self.wait_for_step("Enter the credentials")
        values = {**self.stage.connection_values(), **changes}
        self.desk.fill(**{name: values[name] for name in CREDENTIALS})
        self.press_on("Save and continue", "Connect")

    def connect(self) -> None:
        """Step 3: go to MobilePay, give access, come back."""
        self.press_connect()
        self.page.get_by_label("User name").fill("merchant")
        self.page.get_by_role("button", name="Grant access").click()
        self.come_back()
        self.wait_for_step("Check issuer, journals and accounts")

    def come_back(self) -> None:
        """Wait until MobilePay has sent the browser back to the set-up."""
        self.page.wait_for_url(f"{self.stage.url}/odoo/accounting/mobilepay-setup/*")
        self.desk.settle()

    def check_books(self) -> None:
        """Step 4: take what is proposed."""
        self.press_on("The books are right", "Choose how payers meet MobilePay")

    def choose_payers(self) -> None:
        """Step 5: take what is proposed."""
        self.press_on("Show it like this", "Send a test to your own phone")

    def send_test(self, number: str) -> None:
        """Step 6: send the test to this number; ends when MobilePay has it."""
        self.desk.fill(onboarding_phone=number)
        self.desk.press("Send the test")
        self.wait_for_news("is set up")

    def cancel_test(self) -> None:
        """Credit the test; ends when it is."""
        self.desk.press("Cancel the test invoice")
        self.wait_for_news("is credited")

    def wait_for_news(self, words: str) -> None:
        """Wait until the form says so."""
        expect(self.page.locator(".o_form_sheet")).to_contain_text(words)
        self.desk.settle()

    # ----------------------------------------------------------------- dashboard

    def card(self, name: str) -> Locator:
        """A journal's card on the dashboard."""
        return self.page.locator(".o_kanban_record").filter(
            has=self.page.get_by_text(name, exact=True)
        )

    def press_on_card(self, label: str, title: str) -> None:
        """Press a button on the dashboard and wait for the title of the step."""
        self.desk.click(self.page.get_by_role("button", name=label))
        self.wait_for_step(title)

    # ------------------------------------------------------------------- helpers

    def press_on(self, label: str, title: str) -> None:
        """Press a step's button and wait for the title of the next."""
        self.desk.press(label)
        self.wait_for_step(title)

    def wait_for_step(self, title: str) -> None:
        """Wait for the step with this title."""
        expect(self.step).to_have_text(title)
        self.desk.settle()

    def look_at(self, label: str) -> None:
        """Click on the badge of a step."""
        self.desk.click(self.page.locator(".o_selection_badge", has_text=label))

    @property
    def step(self) -> Locator:
        """The title of the step that is shown."""
        return self.page.locator(".o_form_sheet h3:visible")

    @property
    def finished(self) -> Locator:
        """The badges of the steps that look finished."""
        done = self.page.locator(".fa-check")
        return self.page.locator(".o_selection_badge", has=done)

    @property
    def problem(self) -> Locator:
        """What the step that is shown says is wrong."""
        return self.page.locator(".o_form_sheet .alert-danger:visible")
