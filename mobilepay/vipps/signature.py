"""Whether Vipps MobilePay signed a delivery (section 8)."""

import base64
import hashlib
import hmac
import re
import secrets as random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

#: A shorter secret could be guessed, so none is ever accepted.
SHORTEST_SECRET = 16

_SCHEME = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
_LONGEST_HEADER = 4096
# signed with in place of a secret, and of an address, that is not there
_DECOY = random.token_urlsafe(48)
_NOWHERE = "https://nobody.invalid/mobilepay"
_DEFAULT_PORTS = {"https": 443, "http": 80}
_SIGN = re.compile(r"[\x20-\x7e]*")


def is_signed(
    headers: Mapping[str, str],
    body: bytes,
    *,
    url: str,
    secrets: Sequence[str],
    now: datetime,
    window: timedelta | None = None,
) -> bool:
    """Whether a delivery to ``url`` was signed with one of these secrets.

    Never raises, and says no in doubt. Does the same work whatever the secrets are,
    so long as there are equally many of them.

    :param headers: as they came; MobilePay sends ``Authorization``, a server that
        strips it can hand it on as ``X-Vipps-Authorization``
    :param url: as it was registered: MobilePay signs its path, query and host
    :param secrets: the present secret, and older ones while they are renewed; '' where
        there is none. Used as the text that they are: never decoded.
    :param window: how far the delivery's date may be from ``now``; None for any
        distance: MobilePay has published none and repeats a delivery for a week
    """
    given = {name.lower(): value for name, value in headers.items()}
    date = _header(given, "x-ms-date")
    digest = _base64(hashlib.sha256(body).digest())
    whole = _same(_header(given, "x-ms-content-sha256"), digest)
    texts = [
        f"POST\n{path}\n{date};{host};{digest}" for path, host in _places(url or "")
    ]
    shown = _shown(given)
    # a list: all are tried, whatever the first says
    hit = any(
        [_hit(shown, text, secret) for text in texts for secret in secrets or [""]]
    )
    known = _split(url or "") is not None
    return whole and hit and known and _is_near(date, now, window)


def _header(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "")
    fit = len(value) <= _LONGEST_HEADER and _SIGN.fullmatch(value)
    return value if fit else ""


def _shown(given: Mapping[str, str]) -> str:
    """The signature, wherever it came; a proxy may put its own in the first place."""
    shown = _header(given, "authorization")
    return shown if shown.startswith(_SCHEME) else _header(given, _FALLBACK)


_FALLBACK = "x-vipps-authorization"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8"), wanted.encode("utf-8"))


def _hit(shown: str, text: str, secret: str) -> bool:
    """Whether this secret was used; a weak one costs the same and never was."""
    strong = len(secret or "") >= SHORTEST_SECRET
    key = (secret if strong else _DECOY).encode("utf-8", "surrogatepass")
    signed = hmac.new(key, text.encode("utf-8"), hashlib.sha256).digest()
    return _same(shown, _SCHEME + _base64(signed)) and strong


def _places(url: str) -> list[tuple[str, str]]:
    """Path with query, and host, as they may have been signed.

    A port that is not the scheme's own is signed as a part of the host, by the
    published samples; nothing says so in words, so that without it is taken, too.
    """
    parts = _split(url) or urlsplit(_NOWHERE)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.hostname or ""
    if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)):
        return [(path, host)]
    return [(path, f"{host}:{parts.port}"), (path, host)]


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None where it is none."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None


def _is_near(date: str, now: datetime, window: timedelta | None) -> bool:
    """Whether the delivery's own date is near enough."""
    if window is None:
        return True
    try:
        said = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError):
        return False
    aware = said if said.tzinfo else said.replace(tzinfo=timezone.utc)
    return abs(aware - now) <= window
