"""Pages of v1 and v2, by tokens that belong to one query.

A token is the base64 text of a prefix, the place of the next page and a seal
over query and place. The prefix and the length are chosen so that every token
holds ``/``, ``+`` and ``=``: a caller who does not encode it fails at once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from flask import g, request

from ..parts import classic
from .errors import bad_request

Row = TypeVar("Row")

#: ``++//`` in base64.
PREFIX = b"\xfb\xef\xff"
PLACE_BYTES, SEAL_BYTES = 4, 9


def page(rows: Sequence[Row]) -> tuple[Sequence[Row], dict[str, Any]]:
    """The rows of the page that is asked for, and the field of the next one."""
    settings = classic().settings
    if len(rows) > settings.reporting_result_limit:
        raise bad_request("The query yields too many results")
    start = _read_token(request.args.get("pageToken"))
    end = start + settings.reporting_page_size
    if end < len(rows):
        return rows[start:end], {"nextPageToken": _token(end)}
    is_null = settings.reporting_last_token == "null"
    return rows[start:end], {"nextPageToken": None} if is_null else {}


def _read_token(token: str | None) -> int:
    if not token:
        return 0
    try:
        content = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_request("pageToken is not valid") from error
    place = int.from_bytes(content[len(PREFIX) :][:PLACE_BYTES], "big")
    if token != _token(place):
        raise bad_request("pageToken is not valid for this query")
    return place


def _token(place: int) -> str:
    content = PREFIX + place.to_bytes(PLACE_BYTES, "big") + _seal(place)
    return base64.b64encode(content).decode()


def _seal(place: int) -> bytes:
    asked = {name: value for name, value in request.args.items() if name != "pageToken"}
    query = [request.endpoint, request.view_args, asked, g.token.merchant_id, place]
    text = json.dumps(query, sort_keys=True)
    return hashlib.sha256(text.encode()).digest()[:SEAL_BYTES]
