"""How a delivery is signed (contract, section 8)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

SIGNED_HEADERS = "x-ms-date;host;x-ms-content-sha256"


def sign(url: str, content: bytes, secret: str, date: str) -> dict[str, str]:
    """The headers of a POST of ``content`` to the registered ``url``.

    Path with query and host with port are those of the registered address, and the
    secret's text is the key as it stands, not what it might decode to. ``date`` is
    as in HTTP.
    """
    parts = urlsplit(url)
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    digest = _base64(hashlib.sha256(content).digest())
    text = f"POST\n{target}\n{date};{parts.netloc};{digest}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return {
        "x-ms-date": date,
        "x-ms-content-sha256": digest,
        "Authorization": f"HMAC-SHA256 SignedHeaders={SIGNED_HEADERS}"
        f"&Signature={_base64(signature)}",
    }


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
