"""The five pictures of README and of the addon's page: what is bought with it.

Made after the unattended main job, by addresses and not by clicks, so that a screen may
change without breaking them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from .browser import Browser, WebClient
from .pictures import HIDDEN, LISTS, OWED
from .settlement import Settlement
from .stage import LOGIN, Stage
from .story import Story

SIZE = (1280, 800)
#: of an invoice with its foot
TALL = (1280, 1130)
#: as high as a reader wants to scroll, and as wide as a page of text
HIGHEST, WIDTH = 1000, 1120
GROWN = "() => document.querySelector('#invoice_html').clientHeight > 600"
COLORS = 160
MOST_BYTES = 150_000


class GalleryError(RuntimeError):
    """A picture is too large; the text names it."""


class Gallery:
    """Plays the main job and takes the pictures that are named in README."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.office = stage.office
        self.folder = folder

    def take(self) -> Iterator[str]:
        """Take all pictures; yields the name of each file."""
        self._play()
        with Browser() as self.browser:
            self.desk = WebClient(self.browser.person(SIZE).new_page(), self.stage.url)
            self.desk.log_in(LOGIN, LOGIN)
            yield self._shoot("connection", self._connection())
            yield self._shoot("invoice", self._invoice())
            yield self._shoot("requests", self._requests())
            yield self._shoot("portal", self._portal())
            yield self._shoot("owed", self._owed())

    def _play(self) -> None:
        """Live through some days, then send once more: something is open, too."""
        story = Story(self.stage)
        for _line in (*story.play(), *Settlement(self.stage, story).play()):
            pass
        if story.problems:
            raise GalleryError("; ".join(story.problems))
        self.open = [self._sent_again(name) for name in ("Anna Holm", "Café Kastellet")]

    def _sent_again(self, customer: str) -> int:
        """Bill a customer for something and send it; returns the invoice's id."""
        named = [("name", "=", customer)]
        [partner] = self.office.call("res.partner", "search", named, limit=1)
        line = {"name": "Cykeleftersyn, forår", "price_unit": 640.0}
        values = {
            "move_type": "out_invoice",
            "partner_id": partner,
            "invoice_date": str(self.stage.today),
            "invoice_date_due": str(self.stage.today + timedelta(days=14)),
            "invoice_line_ids": [[0, 0, line]],
        }
        [new] = self.office.call("account.move", "create", [values])
        self.office.call("account.move", "action_post", [new])
        if problem := self.office.send(new):
            raise GalleryError(problem)
        return int(new)

    # -------------------------------------------------------------------- screens

    def _connection(self) -> Page:
        return self._opened("/odoo/mobilepay-connections/1?debug=0")

    def _invoice(self) -> Page:
        return self._opened(f"/odoo/customer-invoices/{self.open[0]}?debug=0")

    def _requests(self) -> Page:
        return self._opened(f"{LISTS['requests']}?debug=0")

    def _portal(self) -> Page:
        """What the payer of a link sees, who needs no login."""
        address = self.office.call("account.move", "get_portal_url", [self.open[1]])
        page = self.browser.person(TALL).new_page()
        page.goto(f"{self.stage.url}{address}")
        page.wait_for_load_state()
        invoice = page.frame_locator("#invoice_html")
        invoice.locator("#mobilepay img").first.wait_for()
        # the frame grows to the height of what is in it
        page.wait_for_function(GROWN)
        return page

    def _owed(self) -> Page:
        self.desk.open_dialog(f"{OWED}?debug=0")
        self.desk.press("Show the rows")
        expect(self.desk.page.locator(".modal")).to_have_count(0)
        self.desk.settle()
        closed = self.desk.page.locator(".o_group_header:not(.o_group_open)")
        while closed.count():
            left = closed.count()
            closed.last.click()
            expect(closed).to_have_count(left - 1)
            self.desk.settle()
        return self.desk.page

    def _opened(self, path: str) -> Page:
        self.desk.open(path)
        return self.desk.page

    # ------------------------------------------------------------------- shooting

    def _shoot(self, name: str, page: Page) -> str:
        """Take a picture, as small as it can be read."""
        page.evaluate("document.fonts.ready")
        size = page.viewport_size or {"width": SIZE[0], "height": SIZE[1]}
        if size["height"] < HIGHEST:
            height = min(HIGHEST, size["height"] + page.evaluate(HIDDEN))
            page.set_viewport_size({"width": size["width"], "height": height})
        taken = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
        page.set_viewport_size(size)
        small = taken.convert("RGB").resize(
            (WIDTH, taken.height * WIDTH // taken.width), Image.Resampling.LANCZOS
        )
        file = self.folder / f"{name}.png"
        colors = small.quantize(COLORS, dither=Image.Dither.NONE)
        colors.save(file, optimize=True)
        if file.stat().st_size > MOST_BYTES:
            raise GalleryError(f"{file} has {file.stat().st_size // 1000} kB")
        return f"{file.name}, {file.stat().st_size // 1000} kB"
