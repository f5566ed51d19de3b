"""Who exists when the simulator starts: merchants and payers."""

from __future__ import annotations

import uuid

from .core import Simulator
from .phones import country_of
from .records import Merchant, Payer

#: Ids are made of names, so that they are the same at every start.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "simulator.mobilepay.example")

MERCHANTS = (
    ("DK12345678", "Havnens Cykler ApS", "merchant"),
    ("DK87654321", "Nordlys Regnskab A/S", "other"),
    ("FI12345678", "Saaren Pyörät Oy", "merchant"),
)
NAMES = {
    "DK": "Anna,Bo,Clara,David,Emma,Frederik,Gry,Hans,Ida,Jens",
    "FI": "Aino,Eero,Helmi,Ilmari,Kaisa,Lauri,Minna,Onni,Päivi,Sami",
    "NO": "Astrid,Bjørn,Dag,Eirik,Frida,Guro,Håkon,Inger,Knut,Liv",
}
FIRST_NUMBERS = {"DK": 4511111101, "FI": 358401111101, "NO": 4791111101}


def demo_id(name: str) -> str:
    """The id of the demo thing with this name."""
    return str(uuid.uuid5(NAMESPACE, name))


def load(simulator: Simulator) -> None:
    """Add the demo data where it is missing, the services' last."""
    with simulator.store.lock:
        for vat, name, user in MERCHANTS:
            if not simulator.merchant_by_vat(vat):
                merchant = Merchant(demo_id(vat), vat, name, vat[:2], [user])
                simulator.merchants.put(merchant)
        for country in NAMES:
            _add_payers(simulator, country)
        for service in simulator.services:
            service.load_demo_data()


def add_payer(simulator: Simulator, phone: str, name: str) -> Payer:
    """Add a person with the app."""
    country = country_of(phone)
    if country is None:
        raise ValueError(f"{phone} is no number of a Nordic country")
    return simulator.payers.put(Payer(phone, demo_id(phone), name, country))


def _add_payers(simulator: Simulator, country: str) -> None:
    for offset, name in enumerate(NAMES[country].split(",")):
        phone = f"+{FIRST_NUMBERS[country] + offset}"
        if not simulator.payers.get(phone):
            add_payer(simulator, phone, name)
