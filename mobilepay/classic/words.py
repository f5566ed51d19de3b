"""What only this service writes: its words for a status, and where a payer goes."""

from typing import Any

from .. import reading
from ..environments import check_address
from ..errors import BadAddress
from ..types import Status


def status(value: Any) -> Status | None:
    """A word of the status table (section 5) in any case, 'cancelled' too."""
    word = reading.text(value).lower()
    try:
        return Status("canceled" if word == "cancelled" else word)
    except ValueError:
        return None


def link(links: Any) -> str:
    """The payer's URL among ``Links`` (section 4), '' where none is fit to show."""
    candidates = [
        entry for entry in reading.items(links) if reading.read(entry, "Href")
    ]
    candidates.sort(
        key=lambda entry: reading.text(reading.read(entry, "Rel")) != "user-redirect"
    )
    for entry in candidates:
        url = reading.text(reading.read(entry, "Href"), 2000)
        try:
            check_address(url)
            return url
        except BadAddress:
            continue
    return ""
