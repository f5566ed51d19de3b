"""The stage of the demo: database, simulator and Odoo, connected to each other."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import requests
from stack import Databases, OdooServer, SimulatorServer

from .books import keep_books
from .office import Office

MERCHANT_VAT = "DK12345678"
LOGIN = "admin"


@dataclass
class Stage:
    """What the demo plays on; ``office`` is the accountant, logged in."""

    simulator: SimulatorServer
    odoo: OdooServer
    office: Office
    invoices: list[str] = field(default_factory=list)

    def control(self, path: str, **body: Any) -> Any:
        """Ask the simulator's control endpoint (POST), return its JSON."""
        answer = requests.post(
            f"{self.simulator.url}/control/{path}", json=body, timeout=60
        )
        answer.raise_for_status()
        return answer.json()

    def inspect(self) -> Any:
        """Everything the simulator has received and what became of it."""
        return requests.get(f"{self.simulator.url}/control/state", timeout=60).json()

    def connection_values(self) -> dict[str, Any]:
        """What an administrator types into the connection's form."""
        base = self.simulator.url
        return {
            "environment": "custom",
            "custom_country_code": "DK",
            "custom_discovery_url": f"{base}/dk/account/.well-known/openid-configuration",
            "custom_api_base": f"{base}/invoice-restapi",
            "custom_reporting_base": base,
            "merchant_vat": MERCHANT_VAT,
            "client_id": "demo-client",
            "client_secret": "demo-secret",
            "gateway_client_id": "demo-ibm-id",
            "gateway_secret": "demo-ibm-secret",
            "base_url": self.odoo.url,
        }


def set_stage(
    stack: ExitStack, database: str, *, port: int | None = None, fill: bool = True
) -> Stage:
    """Make the database, start both servers, log in; `stack` stops them again."""
    databases = Databases.from_environment()
    if fill:
        databases.fresh(database)
    odoo = OdooServer(
        database, http_port=port, options={"max_cron_threads": 2}
    )
    invoices = keep_books(database, odoo.url) if fill else []
    simulator = stack.enter_context(SimulatorServer(args=["--speed", "20"]))
    stack.enter_context(odoo)
    office = Office(odoo.url, database)
    office.log_in(LOGIN, LOGIN)
    stage = Stage(simulator, odoo, office, invoices)
    redirect_uri = f"{odoo.url}/mobilepay/oidc/callback"
    stage.control("clients/demo-client/redirect-uris", redirect_uri=redirect_uri)
    return stage
