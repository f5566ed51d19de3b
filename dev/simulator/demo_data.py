"""Who exists when the simulator starts."""

from __future__ import annotations

import uuid

from .classic.gateway import GatewayApp
from .classic.openid.records import Client
from .classic.records import Issuer, Merchant, Payer
from .core import Simulator
from .phones import country_of

#: Ids are made of names, so that they are the same at every start.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "simulator.mobilepay.example")

CLIENT_ID, CLIENT_SECRET = "demo-client", "demo-secret"
GATEWAY_ID, GATEWAY_SECRET = "demo-ibm-id", "demo-ibm-secret"

MERCHANTS = (
    ("DK12345678", "Havnens Cykler ApS", ("merchant",), "Havnegade 1", "1058"),
    ("DK87654321", "Nordlys Regnskab A/S", ("other",), "Algade 7", "4000"),
    ("FI12345678", "Saaren Pyörät Oy", ("merchant",), "Satamakatu 2", "00160"),
)
CITIES = {"1058": "København K", "4000": "Roskilde", "00160": "Helsinki"}
ISSUERS = (
    ("Instant", "instant", "enabled"),
    ("Daily", "daily", "enabled"),
    ("Closed branch", "daily", "disabled"),
)
NAMES = {
    "DK": "Anna,Bo,Clara,David,Emma,Frederik,Gry,Hans,Ida,Jens",
    "FI": "Aino,Eero,Helmi,Ilmari,Kaisa,Lauri,Minna,Onni,Päivi,Sami",
}
FIRST_NUMBERS = {"DK": 4511111101, "FI": 358401111101}


def demo_id(name: str) -> str:
    """The id of the demo thing with this name."""
    return str(uuid.uuid5(NAMESPACE, name))


def load(simulator: Simulator) -> None:
    """Add the demo data where it is missing."""
    store = simulator.store
    with store.lock:
        if not simulator.sessions.clients.get(CLIENT_ID):
            simulator.sessions.clients.put(Client(CLIENT_ID, CLIENT_SECRET))
        store.table(GatewayApp).put(GatewayApp(GATEWAY_ID, GATEWAY_SECRET))
        for merchant in MERCHANTS:
            _add_merchant(simulator, *merchant)
        for country in NAMES:
            _add_payers(simulator, country)


def forget(simulator: Simulator) -> None:
    """Forget merchants, issuers and payers, the demo's and all others."""
    for record_class in (Merchant, Issuer, Payer):
        simulator.store.table(record_class).clear()


def add_payer(simulator: Simulator, phone: str, name: str) -> Payer:
    """Add a person with the app."""
    country = country_of(phone)
    if country is None:
        raise ValueError(f"{phone} is not a Danish or Finnish number")
    return simulator.payers.put(Payer(phone, demo_id(phone), name, country))


def _add_merchant(
    simulator: Simulator,
    vat: str,
    name: str,
    users: tuple[str, ...],
    address: str,
    zip_code: str,
) -> None:
    if simulator.merchant_by_vat(vat):
        return
    merchant = Merchant(demo_id(vat), vat, name, vat[:2], list(users))
    simulator.merchants.put(merchant)
    for label, transfer, status in ISSUERS:
        issuer = Issuer(
            id=demo_id(f"{vat} {label}"),
            merchant_id=merchant.id,
            name=f"{name} ({label})",
            status=status,
            transfer=transfer,
            address=address,
            city=CITIES[zip_code],
            zip_code=zip_code,
        )
        simulator.store.table(Issuer).put(issuer)


def _add_payers(simulator: Simulator, country: str) -> None:
    for offset, name in enumerate(NAMES[country].split(",")):
        phone = f"+{FIRST_NUMBERS[country] + offset}"
        if not simulator.payers.get(phone):
            add_payer(simulator, phone, name)
