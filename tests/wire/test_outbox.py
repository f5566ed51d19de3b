"""The demo's catcher of mails: what Odoo sends by SMTP stands on a page."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import requests

from stack import OutboxServer


@pytest.fixture(scope="module")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OutboxServer]:
    """One for all of them."""
    log = tmp_path_factory.mktemp("outbox") / "log"
    with OutboxServer(log_file=log) as running:
        yield running


def send(outbox: OutboxServer, subject: str, *, html: str = "") -> None:
    """Send a mail with a PDF, as Odoo's own SMTP client does."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "bogholder@example.com", "anna@example.com"
    mail["Subject"] = subject
    mail.set_content("Kære Anna")
    if html:
        mail.add_alternative(html, subtype="html")
    mail.add_attachment(b"%PDF-1.7", "application", "pdf", filename="Faktura.pdf")
    host = str(outbox.odoo_options()["smtp_server"])
    with smtplib.SMTP(host, outbox.smtp_port, timeout=20) as client:
        client.send_message(mail, to_addrs=["anna@example.com", "copy@example.com"])


def read(outbox: OutboxServer, path: str = "/") -> requests.Response:
    """Read a page."""
    return requests.get(outbox.url + path, timeout=20)


def test_a_mail_stands_in_the_list_and_on_its_page(outbox: OutboxServer) -> None:
    send(outbox, "Faktura 1 & mere", html="<p>Kære <b>Anna</b></p>")
    page = read(outbox).text
    assert "Faktura 1 &amp; mere" in page
    assert "anna@example.com, copy@example.com" in page
    page = read(outbox, "/1").text
    assert "&lt;b&gt;Anna&lt;/b&gt;" in page
    assert "Faktura.pdf" in page
    attached = read(outbox, "/1/0")
    assert attached.content == b"%PDF-1.7"
    assert attached.headers["Content-Type"] == "application/pdf"


def test_a_mail_of_text_alone(outbox: OutboxServer) -> None:
    send(outbox, "Kun tekst")
    assert "Kun tekst" in read(outbox).text
    assert "Kære Anna" in read(outbox, "/2").text


def test_a_mail_cannot_do_anything(outbox: OutboxServer) -> None:
    send(outbox, "<script>", html="<script>alert(1)</script>")
    page = read(outbox, "/3")
    assert "<script>" not in page.text
    assert "allow-scripts" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/0", "/999", "/1/7", "/x"])
def test_what_is_not_there(outbox: OutboxServer, path: str) -> None:
    assert read(outbox, path).status_code == 404


def test_it_ends(tmp_path: Path) -> None:
    with OutboxServer(log_file=tmp_path / "log") as outbox:
        pid = outbox.pid
    assert not Path("/proc", str(pid)).exists()
