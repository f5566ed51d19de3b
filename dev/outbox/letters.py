"""The mails that came, in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Letter:
    """One mail as it came, with those whom it was really sent to."""

    number: int
    came: datetime
    recipients: Sequence[str]
    message: EmailMessage

    @property
    def subject(self) -> str:
        """What it is about."""
        return str(self.message.get("subject") or "(no subject)")

    @property
    def sender(self) -> str:
        """Who says to have written it."""
        return str(self.message.get("from") or "")

    @property
    def html(self) -> str:
        """Its body as a page, '' where it has none."""
        return self._body("html")

    @property
    def text(self) -> str:
        """Its body as plain text, '' where it has none."""
        return self._body("plain")

    @property
    def attachments(self) -> list[EmailMessage]:
        """What is attached."""
        return [
            part
            for part in self.message.iter_attachments()
            if isinstance(part, EmailMessage)
        ]

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""


class Letters:
    """All mails since the start; mail servers and pages run in threads of their own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._letters: list[Letter] = []

    def add(self, recipients: Sequence[str], content: bytes) -> None:
        """Keep a mail."""
        message = message_from_bytes(content, policy=policy.default)
        with self._lock:
            number = len(self._letters) + 1
            came = datetime.now(timezone.utc)
            letter = Letter(number, came, list(recipients), message)
            self._letters.append(letter)

    def newest_first(self) -> list[Letter]:
        """Return all of them."""
        with self._lock:
            return self._letters[::-1]

    def get(self, number: int) -> Letter | None:
        """Return the one of this number."""
        with self._lock:
            known = 0 < number <= len(self._letters)
            return self._letters[number - 1] if known else None

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail in, whoever it is for."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self.add(envelope.rcpt_tos, raw)
        return "250 OK"
