"""What the classic service has when the simulator starts."""

from __future__ import annotations

from ..demo_data import demo_id
from ..records import Merchant
from .gateway import GatewayApp
from .openid.records import Client
from .parts import Classic
from .records import Issuer

CLIENT_ID, CLIENT_SECRET = "demo-client", "demo-secret"
GATEWAY_ID, GATEWAY_SECRET = "demo-ibm-id", "demo-ibm-secret"

#: Street, postal code and city of each merchant.
ADDRESSES = {
    "DK12345678": ("Havnegade 1", "1058", "København K"),
    "DK87654321": ("Algade 7", "4000", "Roskilde"),
    "FI12345678": ("Satamakatu 2", "00160", "Helsinki"),
}
ISSUERS = (
    ("Instant", "instant", "enabled"),
    ("Daily", "daily", "enabled"),
    ("Closed branch", "daily", "disabled"),
)


def load(parts: Classic) -> None:
    """Add an integrator, a gateway app and issuers where they are missing."""
    simulator = parts.simulator
    if not parts.sessions.clients.get(CLIENT_ID):
        parts.sessions.clients.put(Client(CLIENT_ID, CLIENT_SECRET))
    simulator.store.table(GatewayApp).put(GatewayApp(GATEWAY_ID, GATEWAY_SECRET))
    for vat in ADDRESSES:
        merchant = simulator.merchant_by_vat(vat)
        if merchant:
            _add_issuers(parts, merchant)


def register_redirect_uris(parts: Classic, uris: list[str]) -> None:
    """Register them for the demo client, where they are missing."""
    client = parts.sessions.clients.one(CLIENT_ID)
    missing = [uri for uri in uris if uri not in client.redirect_uris]
    client.redirect_uris.extend(missing)
    parts.sessions.clients.put(client)


def _add_issuers(parts: Classic, merchant: Merchant) -> None:
    table = parts.simulator.store.table(Issuer)
    address, zip_code, city = ADDRESSES[merchant.vat]
    for label, transfer, status in ISSUERS:
        issuer = Issuer(
            id=demo_id(f"{merchant.vat} {label}"),
            merchant_id=merchant.id,
            name=f"{merchant.name} ({label})",
            status=status,
            transfer=transfer,
            address=address,
            city=city,
            zip_code=zip_code,
        )
        if not table.get(issuer.id):
            table.put(issuer)
