"""What the Vipps MobilePay service has when the simulator starts."""

from __future__ import annotations

import base64
import hashlib

from ..demo_data import demo_id
from ..records import Merchant
from .parts import Vipps
from .records import SalesUnit

#: The shared merchants are Danish and Finnish; nobody of the classic service is here.
NORWEGIAN = ("NO912345678", "Fjordens Sykler AS")
#: MSN, merchant, what it is called, and what differs from the usual.
UNITS: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    ("100001", "DK12345678", "Havnens Cykler", {"partial_capture": True}),
    (
        "100002",
        "DK12345678",
        "Havnens Cykler, new unit",
        {"push_allowed": False, "long_living_days": 0},
    ),
    ("100003", "DK87654321", "Nordlys Regnskab", {}),
    ("200001", "FI12345678", "Saaren Pyörät", {}),
    (
        "300001",
        "NO912345678",
        "Fjordens Sykler",
        {"partial_capture": True, "long_living_days": 1, "capture_days": 180},
    ),
)


def load(parts: Vipps) -> None:
    """Add a Norwegian merchant and the sales units where they are missing."""
    simulator = parts.simulator
    vat, name = NORWEGIAN
    if not simulator.merchant_by_vat(vat):
        simulator.merchants.put(Merchant(demo_id(vat), vat, name, "NO"))
    table = simulator.store.table(SalesUnit)
    for msn, vat, name, differences in UNITS:
        merchant = simulator.merchant_by_vat(vat)
        if merchant and not table.get(msn):
            table.put(make_unit(msn, merchant, name, **differences))


def make_unit(
    msn: str, merchant: Merchant, name: str, **differences: object
) -> SalesUnit:
    """A sales unit; its keys are the same at every start."""
    unit = SalesUnit(
        msn=msn,
        merchant_id=merchant.id,
        name=name,
        country=merchant.country,
        client_id=demo_id(f"{msn} client"),
        client_secret=_secret(f"{msn} secret"),
        primary_key=demo_id(f"{msn} primary").replace("-", ""),
        secondary_key=demo_id(f"{msn} secondary").replace("-", ""),
    )
    for field, value in differences.items():
        setattr(unit, field, value)
    return unit


def _secret(name: str) -> str:
    """In the published example's form: Base64 of sixteen bytes."""
    digest = hashlib.sha256(demo_id(name).encode()).digest()[:16]
    return base64.b64encode(digest).decode()
