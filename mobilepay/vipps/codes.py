"""Codes on paper that the app reads, and that lead to a page of ours (section 13)."""

import re
from typing import Any

from .. import reading
from ..errors import NotFound, Rejected
from ..transport.files import fetch_file
from ..transport.transport import Transport
from .payload import to_json

_CODES = "/qr/v1/merchant-redirect"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_TARGET = re.compile(r"https://[\w.]+[\w#!:.?+=&%@\-/]*", re.ASCII)
_SIZES = range(100, 2001)
_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST_URL = 8000


def make_code(
    transport: Transport,
    name: str,
    url: str,
    *,
    size: int,
    timeout: tuple[float, float] = (5.0, 30.0),
) -> bytes:
    """A PNG that leads to ``url``, see :class:`.PrintedCodes`.

    A name that is taken is a code of ours, which is led to ``url``; on paper, it
    stays the same code. Where the image lies is good for an hour only, so it is
    fetched at once.
    """
    if not _NAME.fullmatch(name) or not _TARGET.fullmatch(url):
        raise ValueError("a code has a plain name and leads to a plain https address")
    if size not in _SIZES:
        raise ValueError("an edge of a code has 100 to 2000 pixels")
    data = _create_or_lead(transport, name, url, size)
    where = reading.text(reading.read(data, "url"), _LONGEST_URL)
    return fetch_file(where, _PNG, timeout=timeout)


def _create_or_lead(transport: Transport, name: str, url: str, size: int) -> Any:
    # an answer without Accept is 415; the size is a header
    headers = {"Accept": "image/png", "Size": str(size)}
    body = to_json({"id": name, "redirectUrl": url})
    try:
        return transport.request(
            "POST", _CODES, body=body, headers=headers, private=(url,)
        ).data
    except Rejected as error:
        return _lead(transport, name, url, headers, error)


def _lead(
    transport: Transport,
    name: str,
    url: str,
    headers: dict[str, str],
    refused: Rejected,
) -> Any:
    """Lead the code that has the name to ``url``; where there is none, it was refused.

    Asked rather than concluded from 409, whose body is not in the contract.
    """
    body = to_json({"redirectUrl": url})
    try:
        return transport.request(
            "PUT", f"{_CODES}/{name}", body=body, headers=headers, private=(url,)
        ).data
    except NotFound:
        raise refused from None
