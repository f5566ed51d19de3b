"""Who we are to Vipps MobilePay, and the way there (section 1)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..transport.transport import Transport
from .refusals import read_error

#: Characters of one ``Vipps-System-*`` header.
LONGEST_NAME = 30

#: Where tokens are given; no token itself.
TOKEN_PATH = "/accesstoken/get"  # noqa: S105  # nosec B105

_UNFIT = re.compile(r"[^\x21-\x7e]+")


@dataclass(frozen=True)
class System:
    """What speaks to MobilePay: Odoo and this addon, with their versions."""

    name: str
    version: str
    plugin_name: str
    plugin_version: str

    def headers(self) -> dict[str, str]:
        """The four headers that every call carries, in 30 characters each."""
        named = {
            "Vipps-System-Name": self.name,
            "Vipps-System-Version": self.version,
            "Vipps-System-Plugin-Name": self.plugin_name,
            "Vipps-System-Plugin-Version": self.plugin_version,
        }
        return {
            name: _UNFIT.sub("-", value)[:LONGEST_NAME] or "unknown"
            for name, value in named.items()
        }


@dataclass(frozen=True)
class Access:
    """The four keys of a sales unit, where they are good, and who uses them.

    :param api_base: of :data:`.STAGES`, or any other https address
    :param subscription_key: primary or secondary, it does not matter
    :param merchant_serial_number: of the sales unit, as text: its length has changed
    :param token_path: MobilePay has announced another name for it
    """

    api_base: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    subscription_key: str = field(repr=False)
    merchant_serial_number: str
    system: System
    token_path: str = TOKEN_PATH

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no error may hold."""
        return (self.client_id, self.client_secret, self.subscription_key)

    def headers(self) -> dict[str, str]:
        """What every call carries beside its token."""
        return {
            "Ocp-Apim-Subscription-Key": self.subscription_key,
            "Merchant-Serial-Number": self.merchant_serial_number,
            **self.system.headers(),
        }


def connect(
    access: Access, *, bearer: Callable[[bool], str], **others: Any
) -> Transport:
    """A transport to all APIs of one sales unit.

    :param others: see :class:`.Transport`
    :raises BadAddress: where ``api_base`` is neither https nor loopback
    """
    return Transport(
        access.api_base,
        bearer=bearer,
        credentials=access.headers(),
        secrets=access.secrets,
        reader=read_error,
        **others,
    )
