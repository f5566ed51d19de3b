"""How MobilePay's older APIs write their errors (section 4)."""

import re
from collections.abc import Sequence
from typing import Any

from .. import reading
from ..transport.failures import Told, own_code, own_words

#: MobilePay's own errors: by its code, or by the word for their kind.
_OWN_CODE = re.compile(r"[0-9]{5}", re.ASCII)
_OWN_KINDS = ("inputerror", "domainerror", "servererror")
_TEXTS = (
    *("error_description", "moreInformation", "httpMessage", "message"),
    *("error", "errorText"),
)


def _is_own(data: Any) -> bool:
    """Whether an error's body is MobilePay's own, in the form of section 4."""
    code = reading.text(reading.read(data, "error_code"))
    kind = reading.text(reading.read(data, "error")).lower()
    return bool(_OWN_CODE.fullmatch(code)) or kind in _OWN_KINDS


def read_error(_status: int, data: Any, secrets: Sequence[str]) -> Told:
    """What an error body says (section 4).

    Also reads the gateway's own form, OAuth's, reporting's and the user
    simulation's. A body that is no JSON object says nothing.
    """
    correlation_id = reading.read(data, "correlation_id")
    return Told(
        code=own_code(reading.read(data, "error_code", "code"), secrets=secrets),
        text=own_words(reading.read(data, *_TEXTS), secrets=secrets),
        correlation_id=own_code(correlation_id, secrets=secrets),
        own=_is_own(data),
    )
