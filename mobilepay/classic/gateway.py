"""The way to MobilePay's older APIs, through the gateway before them (section 1)."""

from collections.abc import Callable
from typing import Any

from ..transport.transport import Transport
from .refusals import read_error


def connect(
    base_url: str,
    *,
    bearer: Callable[[bool], str],
    gateway_id: str = "",
    gateway_secret: str = "",
    gateway: bool = True,
    **others: Any,
) -> Transport:
    """A transport to one of these APIs.

    :param gateway_id: ``x-ibm-client-id`` of the developer portal's app
    :param gateway_secret: ``x-ibm-client-secret`` of the same app
    :param gateway: False where the API has no gateway before it (reporting v3,
        section 9): the two credentials are neither needed nor sent
    :param others: see :class:`.Transport`
    :raises BadAddress: where ``base_url`` is neither https nor loopback
    """
    pair = {"x-ibm-client-id": gateway_id, "x-ibm-client-secret": gateway_secret}
    return Transport(
        base_url,
        bearer=bearer,
        credentials=pair if gateway else {},
        secrets=(gateway_secret,) if gateway else (),
        reader=read_error,
        # under which MobilePay's support finds a call (section 4)
        correlation_header="CorrelationId",
        **others,
    )
