"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, sync_playwright

# No sandbox: it does not work as root. The rest keeps Chromium from calling its maker.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextlib.contextmanager
def chromium(headless: bool = True) -> Iterator[Browser]:
    """A browser of its own, closed at the end; Playwright's own one is not needed.

    >>> with chromium() as browser:
    ...     browser.new_page().goto(odoo.url)
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            headless=headless,
            args=list(ARGUMENTS),
            # it does not start under a moved clock (`dev/test --days`)
            env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"},
        )
        try:
            yield browser
        finally:
            browser.close()
