"""Chromium, worked as a person works it: for the browser tests and the pictures."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from stack.browser import chromium

from .office import wait_for

DESK = (1440, 900)
PHONE = (390, 844)
MILLISECONDS = 30_000
ASSETS_MS = 120_000
#: a view that has its content
VIEW = ".o_action_manager :is(.o_renderer, .o_form_renderer)"
LOADING = ".o_loading_indicator, .o-mail-Chatter .fa-spin"
#: counts the calls under way: Odoo shows that it loads only when a call is slow
COUNT_CALLS = """
window.callsUnderWay = 0;
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (...body) {
    window.callsUnderWay += 1;
    this.addEventListener("loadend", () => { window.callsUnderWay -= 1; });
    return send.apply(this, body);
};
"""
#: no call, and what the last one brought is drawn, for two frames in a row
IS_QUIET = """
async () => {
    for (let frame = 0; frame < 2; frame++) {
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        if (window.callsUnderWay) return false;
    }
    return true;
}
"""


class Browser:
    """One Chromium, closed at the end; it remembers what its pages complained of."""

    def __init__(self) -> None:
        self._complaints: list[tuple[str, str]] = []
        self._stack = ExitStack()
        # a busy machine may take longer than Playwright's five seconds
        expect.set_options(timeout=MILLISECONDS)

    def __enter__(self) -> Browser:
        with _whole_address_space():
            self._chromium = self._stack.enter_context(chromium())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def person(self, size: tuple[int, int] = DESK, **options: Any) -> BrowserContext:
        """Somebody with cookies of his own; his tabs have this size."""
        width, height = size
        context = self._chromium.new_context(
            viewport={"width": width, "height": height}, **options
        )
        context.set_default_timeout(MILLISECONDS)
        context.on("console", self._note)
        context.on("weberror", lambda it: self._add(it.page.url, f"{it.error}"))
        return context

    def complaints(self, site: str) -> list[str]:
        """The errors in the console that pages or files of this site have caused."""
        return [text for where, text in self._complaints if where.startswith(site)]

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            page = message.page.url if message.page else ""
            self._add(message.location.get("url") or page, message.text)

    def _add(self, where: str, text: str) -> None:
        self._complaints.append((where, f"{text} ({where})"))


@contextmanager
def _whole_address_space() -> Iterator[None]:
    """Lift the limit that Odoo sets for its own process: Chromium reserves more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def phone_tab(person: BrowserContext) -> Page:
    """Another tab of the same person's browser, as small as a phone."""
    page = person.new_page()
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    return page


class WebClient:
    """Odoo's web client in one tab, worked by the words a person reads there."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        page.add_init_script(COUNT_CALLS)

    def log_in(self, login: str, password: str) -> None:
        """Log in at Odoo's own page."""
        self.page.goto(f"{self.url}/web/login")
        self.page.get_by_label("Email", exact=True).fill(login)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Log in", exact=True).click()
        # the first one waits until Odoo has put its assets together
        self.page.locator(".o_main_navbar").wait_for(timeout=ASSETS_MS)

    def open(self, path: str) -> None:
        """Open an address of the web client and wait for what it shows."""
        self.page.goto(f"{self.url}{path}")
        self.settle()

    def open_dialog(self, path: str) -> None:
        """Open an address that shows a dialog, and wait for what is in it."""
        self.page.goto(f"{self.url}{path}")
        self.page.locator(".modal .o_form_renderer").wait_for()
        self.quiet()
        expect(self.page.locator(".o_datetime_picker")).to_have_count(0)

    def settle(self) -> None:
        """Wait until the view is there and nothing is being loaded."""
        self.page.locator(VIEW).first.wait_for()
        self.quiet()

    def quiet(self) -> None:
        """Wait until the page has got and drawn all that it has asked for."""
        expect(self.page.locator(LOADING)).to_have_count(0)
        self.page.wait_for_function(IS_QUIET)

    def click(self, place: Locator) -> None:
        """Click somewhere, once nothing is under way that would take it away."""
        self.quiet()
        place.click()

    def press(self, label: str) -> None:
        """Press the button with this label."""
        self.click(self.page.get_by_role("button", name=label, exact=True))

    def press_smart(self, label: str) -> None:
        """Press the smart button with this label."""
        # the name that a reader hears has the icon in it, too
        self.click(self.page.locator(".oe_stat_button", has_text=label))
        self.settle()

    def turn_to(self, label: str) -> None:
        """Turn to a page of the form's notebook."""
        tab = self.page.get_by_role("tab", name=label, exact=True)
        self.click(tab)
        expect(tab).to_contain_class("active")

    def field(self, name: str) -> Locator:
        """The widget of a field, where the view shows it."""
        return self.page.locator(f".o_field_widget[name='{name}']:visible").first

    def fill(self, **values: str) -> None:
        """Type into fields."""
        self.quiet()
        for name, text in values.items():
            self.field(name).locator("input, textarea").first.fill(text)

    def choose(self, name: str, label: str) -> None:
        """Choose one of a field's words from its menu."""
        self.click(self.field(name).locator("input"))
        self.click(self.page.locator(".o_select_menu_item", has_text=label))

    def save(self) -> None:
        """Save the form, and wait until it is."""
        self.click(self.page.locator(".o_form_button_save"))
        expect(self.page.locator(".o_form_saved, .o_form_readonly")).to_have_count(1)

    def discard(self) -> None:
        """Leave a new record's form, which Odoo would save otherwise."""
        self.page.locator(".o_form_button_cancel").click()
        self.page.locator(".o_list_view, .o_kanban_view").wait_for()

    def drop_filters(self) -> None:
        """Take all filters and groups out of the search box."""
        facets = self.page.locator(".o_facet_remove")
        if not facets.count():
            # on a phone the box is behind a button
            self.page.locator(".o_control_panel button:has(.fa-search)").click()
            facets.first.wait_for()
        while facets.count():
            before = facets.count()
            facets.first.click()
            expect(facets).to_have_count(before - 1)
        self.settle()

    def reload_until(self, what: str, locator: Locator) -> None:
        """Reload the page until it shows ``locator``."""

        def is_there() -> bool:
            self.page.reload()
            self.settle()
            return locator.is_visible()

        wait_for(what, is_there)
