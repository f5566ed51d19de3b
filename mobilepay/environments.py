"""Where MobilePay is: addresses per country and stage, facts per country.

Section 1 of the Invoice API's contract, and of Vipps MobilePay's: markets and
stages. Endpoints of OpenID Connect are not here: they are read from the discovery
document.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from urllib.parse import urlsplit

from .errors import BadAddress, InvalidVat


@dataclass(frozen=True)
class Country:
    """What differs between MobilePay's two countries.

    :param code: ISO 3166 code
    :param currency: ISO 4217 code of every amount of a merchant there
    :param timezone: IANA name; calendar dates of a merchant are dates there
    :param phone_prefix: country calling code with ``+``
    :param vat_pattern: regular expression of ``merchant_vat`` (section 2)
    """

    code: str
    currency: str
    timezone: str
    phone_prefix: str
    vat_pattern: str


@dataclass(frozen=True)
class Environment:
    """One stage of MobilePay in one country (section 1).

    :param reporting_base: base of reporting v1/v2, '' where there is none
    :param reporting_v3_base: base of reporting v3
    :param sandbox: whether no real money moves
    """

    code: str
    country: str
    discovery_url: str
    api_base: str
    reporting_base: str
    reporting_v3_base: str
    portal_url: str
    sandbox: bool


COUNTRIES: Mapping[str, Country] = MappingProxyType(
    {
        "DK": Country("DK", "DKK", "Europe/Copenhagen", "+45", r"DK[0-9]{8}"),
        "FI": Country("FI", "EUR", "Europe/Helsinki", "+358", r"FI[0-9]{8}"),
    }
)

_DISCOVERY = "/account/.well-known/openid-configuration"


def _sandbox(country: str) -> Environment:
    portal = f"https://sandprod-admin.mobilepay.{country.lower()}"
    return Environment(
        code=f"sandbox_{country.lower()}",
        country=country,
        discovery_url=portal + _DISCOVERY,
        api_base="https://api.sandbox.mobilepay.dk/invoice-restapi",
        reporting_base="",
        reporting_v3_base="https://api.sandbox.mobilepay.dk",
        portal_url=portal,
        sandbox=True,
    )


def _production(country: str) -> Environment:
    portal = f"https://admin.mobilepay.{country.lower()}"
    return Environment(
        code=f"production_{country.lower()}",
        country=country,
        discovery_url=portal + _DISCOVERY,
        api_base="https://api.mobilepay.dk/invoice-restapi",
        reporting_base="https://api.mobilepay.dk/transaction-reporting",
        reporting_v3_base="https://api.mobilepay.dk",
        portal_url=portal,
        sandbox=False,
    )


ENVIRONMENTS: Mapping[str, Environment] = MappingProxyType(
    {
        environment.code: environment
        for environment in (
            _sandbox("DK"),
            _production("DK"),
            _sandbox("FI"),
            _production("FI"),
        )
    }
)


@dataclass(frozen=True)
class Market:
    """What differs between the countries of Vipps MobilePay (sections 3, 6, 11).

    :param code: ISO 3166 code of a sales unit's country
    :param currency: ISO 4217 code of every amount of it
    :param timezone: IANA name; calendar dates of a merchant are dates there
    :param min_amount: of one payment, in the currency
    :param max_days: from today to the last moment of a long-living request; a sales
        unit's own limit may be lower
    :param capture_days: within so many days of the reservation it is captured or lost,
        where MobilePay does not say a moment
    :param partial_capture: whether a sales unit may capture a part without asking
    """

    code: str
    currency: str
    timezone: str
    min_amount: Decimal
    max_days: int
    capture_days: int
    partial_capture: bool


MARKETS: Mapping[str, Market] = MappingProxyType(
    {
        "DK": Market("DK", "DKK", "Europe/Copenhagen", Decimal("0.01"), 60, 14, False),
        "FI": Market("FI", "EUR", "Europe/Helsinki", Decimal("0.01"), 60, 14, False),
        # long-living requests are for special circumstances, of 24 hours at most
        "NO": Market("NO", "NOK", "Europe/Oslo", Decimal("1.00"), 1, 180, True),
    }
)


@dataclass(frozen=True)
class Stage:
    """One stage of Vipps MobilePay, the same for all markets (section 1).

    :param portal_url: where a merchant finds the keys
    :param sandbox: whether no real money moves
    """

    code: str
    api_base: str
    portal_url: str
    sandbox: bool


_PORTAL = "https://portal.vippsmobilepay.com"
STAGES: Mapping[str, Stage] = MappingProxyType(
    {
        "test": Stage("test", "https://apitest.vipps.no", _PORTAL, True),
        "production": Stage("production", "https://api.vipps.no", _PORTAL, False),
    }
)

#: Where real money moves, whatever an environment is called.
_REAL = [known.api_base for known in ENVIRONMENTS.values() if not known.sandbox]
_REAL += [stage.api_base for stage in STAGES.values() if not stage.sandbox]
_PRODUCTION_HOSTS = frozenset(urlsplit(api_base).hostname for api_base in _REAL)

_FORBIDDEN = re.compile(r"[\s\x00-\x20\x7f\\]")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """Whether an address leads to this machine and nowhere else."""
    try:
        return is_loopback(_host(url or "")[1])
    except BadAddress:
        return False


def _host(url: str) -> tuple[str, str]:
    """Scheme and host of ``url``; BadAddress where it is no plain URL."""
    if _FORBIDDEN.search(url):
        raise BadAddress("the address holds spaces or other forbidden characters")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise BadAddress("the address is not a URL") from None
    if "@" in parts.netloc or parts.fragment:
        raise BadAddress("the address must not hold a user name or a fragment")
    return parts.scheme, host


def check_address(url: str) -> str:
    """The address without trailing slashes, if it may be talked to.

    Everything is https; plain http is for a loopback host only (section 1).

    :raises BadAddress: for any other scheme, host or form of address
    """
    scheme, host = _host(url)
    if not host:
        raise BadAddress("the address names no host")
    if scheme != "https" and not (scheme == "http" and is_loopback(host)):
        raise BadAddress(
            "the address must begin with https:// "
            "(http:// is accepted on a loopback address only)"
        )
    return url.rstrip("/")


def is_production(code: str, api_base: str) -> bool:
    """Whether real money moves in an environment, by its code or its address.

    :param code: of :data:`ENVIRONMENTS` or :data:`STAGES`, or any other for custom
        addresses
    """
    known, stage = ENVIRONMENTS.get(code), STAGES.get(code)
    if (known and not known.sandbox) or (stage and not stage.sandbox):
        return True
    try:
        return _host(api_base)[1] in _PRODUCTION_HOSTS
    except BadAddress:
        return False


def merchant_vat(text: str, country: str) -> str:
    """``merchant_vat`` as section 2 wants it: country and eight digits.

    Reads 'DK 12 34 56 78', '12345678', 'FI1234567-8', ….

    :param country: 'DK' or 'FI'
    :raises InvalidVat: where it is not eight digits, or of another country
    """
    bare = re.sub(r"[\s.\-]", "", text).upper()
    candidate = bare if bare.startswith(country) else country + bare
    if not re.fullmatch(COUNTRIES[country].vat_pattern, candidate):
        raise InvalidVat(f"a VAT number of {country} is {country} and eight digits")
    return candidate
