"""Looks for secrets and phone numbers where they must not be."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from .stage import Stage


def forms(secret: str) -> set[bytes]:
    """A secret as it is, in base64 (at any offset), in hex and quoted for a URL."""
    raw = secret.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode()}
    found.add(quote(secret, safe="").encode())
    for offset in range(3):
        padded = b"\0" * offset + raw
        # characters that hold a bit of what stands before or after are left out
        first, last = -(-offset * 8 // 6), len(padded) * 8 // 6
        kept = base64.b64encode(padded)[first:last]
        found |= {kept, kept.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def leaks(secrets: Mapping[str, Iterable[str]], text: bytes) -> list[str]:
    """The kinds of secrets that `text` holds in any form, never the secrets."""
    return sorted(
        kind
        for kind, values in secrets.items()
        if any(form in text for value in values for form in forms(value))
    )


def in_log(stage: Stage) -> list[str]:
    """The kinds of secrets, and whether payers' numbers, are in Odoo's log."""
    secrets = {**stage.secrets(), "phone number": stage.phone_numbers()}
    return leaks(secrets, stage.odoo.log_file.read_bytes())
