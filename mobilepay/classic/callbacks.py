"""What MobilePay posts to the callback URL: who sent it, and what it says.

Section 6. One bad element never costs the others: MobilePay sends a batch
again as a whole.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets as random
from collections.abc import Iterator, Sequence
from typing import Any

from .. import reading
from ..errors import BadDelivery
from ..transport.failures import own_code, own_words
from ..types import BadNews, StatusNews
from . import words

#: A shorter secret could be guessed, so none is ever accepted.
SHORTEST_SECRET = 16

#: How deep an element may be nested; MobilePay's are four deep.
DEEPEST = 500

_LONGEST_HEADER = 4096
# compared in place of a secret that is not there, and never a good one
_DECOY = random.token_urlsafe(48)
_HIGHEST_SEQUENCE = 2**31 - 1
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING_OR_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
# a string without an end is one, too: it is looked through once, not again and again
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]+|\\.)*"?|[][{}]', re.DOTALL)


def _digest(text: str) -> bytes:
    """Equal length for any text, so that comparing tells nothing of its length."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(_digest(given), _digest(wanted))


def _basic(header: str) -> tuple[str, str]:
    """User name and password of a Basic header, empty where it is not one."""
    scheme, _space, credentials = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        pair = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return "", ""
    username, _colon, password = pair.partition(":")
    return username, password


def _hit(given: str, secret: str) -> bool:
    """Whether a secret was given; a weak one costs the same and never was."""
    strong = len(secret or "") >= SHORTEST_SECRET
    same = _same(given, secret if strong else _DECOY)
    return strong and same


def _any_secret(given: str, secrets: Sequence[str]) -> bool:
    """Whether one of the secrets was given; all are tried, whatever the first says."""
    return any([_hit(given, secret) for secret in secrets])


def authentic(
    header: str | None,
    *,
    method: str,
    secrets: Sequence[str],
    username: str = "",
) -> bool:
    """Whether an ``Authorization`` header is the one registered (section 6).

    Never raises, and says no in doubt: no header, no user name for Basic, a
    secret under 16 characters. Does the same work whatever the method and the
    secrets are, so long as there are equally many of them: the time it takes
    depends on nothing but what the caller sent.

    :param method: 'apikey' (the key bare) or 'basic'
    :param secrets: the present secret, and older ones while they are rotated;
        '' where there is none
    """
    given = header if header and len(header) <= _LONGEST_HEADER else ""
    name, password = _basic(given)
    bare = _any_secret(given, secrets)
    known = _same(name, username)
    paired = _any_secret(password, secrets) and known
    if method == "apikey":
        return bare
    return method == "basic" and bool(username) and paired


def parse(body: bytes, *, max_elements: int = 50_000) -> list[StatusNews | BadNews]:
    """The elements of one delivery in the order sent (section 6).

    An element that cannot be read is a :class:`BadNews` among the others.

    :param max_elements: more than this is no delivery of MobilePay's
    :raises BadDelivery: where the body is not a JSON array in UTF-8, or an
        element is nested deeper than DEEPEST
    """
    try:
        text = body.decode("utf-8-sig")
        _check_depth(text)
        return [_news(element, raw) for element, raw in _elements(text, max_elements)]
    except (ValueError, RecursionError):
        raise BadDelivery("the body is not a JSON array") from None


def _check_depth(text: str) -> None:
    """Refuse what Python could not read anywhere, however much stack is left."""
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        first = token[0][0]
        depth += (first in "[{") - (first in "]}")
        # the array around the elements is no element
        if depth > DEEPEST + 1:
            raise ValueError("nested too deep")


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _elements(text: str, most: int) -> Iterator[tuple[Any, str]]:
    """Each element of a JSON array with its own compact text."""
    decoder, at = reading.decoder(), _skip(text, 0)
    if text[at : at + 1] != "[":
        raise ValueError("not an array")
    at, count = _skip(text, at + 1), 0
    closed = text[at : at + 1] == "]"
    while not closed:
        element, end = decoder.raw_decode(text, at)
        count += 1
        if count > most:
            raise ValueError("too many elements")
        yield element, _compact(text[at:end])
        at = _skip(text, end)
        closed = text[at : at + 1] == "]"
        if not closed and text[at : at + 1] != ",":
            raise ValueError("neither a comma nor the end")
        at = at if closed else _skip(text, at + 1)
    if _skip(text, at + 1) != len(text):
        raise ValueError("something after the array")


def _compact(text: str) -> str:
    """JSON without the spaces between its tokens, numbers as they were written."""
    return _STRING_OR_SPACE.sub(lambda match: match[1] or "", text)


def _news(element: Any, raw: str) -> StatusNews | BadNews:
    reason = _reason(element)
    return BadNews(raw, reason) if reason else _good(element, raw)


def _reason(element: Any) -> str:
    """Why an element cannot be used, '' where it can."""
    if not isinstance(element, dict):
        return "the element is not an object"
    if not reading.guid(reading.read(element, "InvoiceId")):
        return "InvoiceId is missing or not a GUID"
    if words.status(reading.read(element, "Status")) is None:
        return "Status is missing or unknown"
    if reading.moment(reading.read(element, "Date")) is None:
        return "Date is missing or not a moment"
    sequence = reading.read(element, "Sequence")
    if type(sequence) is not int or not 0 <= sequence <= _HIGHEST_SEQUENCE:
        return "Sequence is missing or not a whole number from 0"
    return ""


def _good(element: dict[str, Any], raw: str) -> StatusNews | BadNews:
    status = words.status(reading.read(element, "Status"))
    date = reading.moment(reading.read(element, "Date"))
    if status is None or date is None:
        return BadNews(raw, "Status or Date cannot be read")
    return StatusNews(
        invoice_id=reading.guid(reading.read(element, "InvoiceId")),
        status=status,
        date=date,
        sequence=reading.read(element, "Sequence"),
        payment_date=reading.moment(reading.read(element, "PaymentDate")),
        error_code=own_code(reading.read(element, "ErrorCode")),
        error_text=own_words(reading.read(element, "ErrorMessage", "ErrorText")),
        link_url=words.link(reading.read(element, "Links")),
        raw=raw,
    )
