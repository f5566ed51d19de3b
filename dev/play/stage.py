"""The stage of the demo: database, simulator and Odoo, connected to each other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests

from stack import Databases, OdooServer, SimulatorServer
from stack.paths import ADDON, Paths

from .books import keep_books
from .office import Office

MERCHANT_VAT = "DK12345678"
WELL_KNOWN = ".well-known/openid-configuration"
#: where the merchant, MobilePay and the bank count days
MERCHANT_ZONE = ZoneInfo("Europe/Copenhagen")
LOGIN = "admin"
#: OCA's, with what it depends on
BANK_FILES = "account_statement_import_camt"
#: all that Odoo and the libraries under it can say, but no SQL: Odoo's `debug` leaves
#: that out, and its parameters are the whole of the database
DEBUG = {
    "log_level": "debug",
    "log_handler": "werkzeug:DEBUG,urllib3:DEBUG,requests:DEBUG,authlib:DEBUG",
}


@dataclass
class Stage:
    """What the demo plays on; ``office`` is the accountant, logged in."""

    simulator: SimulatorServer
    odoo: OdooServer
    office: Office
    invoices: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The merchant's day; around midnight another than the machine's in UTC."""
        return datetime.now(MERCHANT_ZONE).date()

    @property
    def url(self) -> str:
        """Odoo's address, for a browser another site than the simulator's.

        Between two ports of 127.0.0.1 a browser sends its cookies along, which it
        does not between Odoo and MobilePay.
        """
        return by_name(self.odoo)

    def phone(self, number: str) -> str:
        """The page that shows what came in on a payer's phone."""
        return f"{self.simulator.url}/phone/{number}"

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

    def secrets(self) -> dict[str, list[str]]:
        """What passed between Odoo and MobilePay that nobody else may hold, by kind."""
        answer = requests.get(f"{self.simulator.url}/control/secrets", timeout=60)
        return dict(answer.json())

    def phone_numbers(self) -> list[str]:
        """The payers' numbers, without the country's prefix."""
        answer = requests.get(f"{self.simulator.url}/control/payers", timeout=60)
        numbers = [payer["phone"] for payer in answer.json()]
        return [re.sub(r"^\+(45|358)", "", number) for number in numbers]

    def connection_values(self) -> dict[str, Any]:
        """What an administrator types into the connection's form."""
        base = self.simulator.url
        discovery = "dk/account/.well-known/openid-configuration"
        return {
            "environment": "custom",
            "custom_country_code": "DK",
            "custom_discovery_url": f"{base}/{discovery}",
            "custom_api_base": f"{base}/invoice-restapi",
            "custom_reporting_base": f"{base}/transaction-reporting",
            "merchant_vat": MERCHANT_VAT,
            "client_id": "demo-client",
            "client_secret": "demo-secret",
            "gateway_client_id": "demo-ibm-id",
            "gateway_secret": "demo-ibm-secret",
            "base_url": self.url,
        }


def by_name(odoo: OdooServer) -> str:
    """The address of a server with this machine's name in it."""
    return f"http://localhost:{odoo.port}"


def set_stage(
    stack: ExitStack,
    database: str,
    *,
    port: int | None = None,
    source: str = "",
    bank_files: bool = False,
    debug: bool = False,
) -> Stage:
    """Make the database, start both servers, log in.

    Closing `stack` stops the servers and drops the database.

    :param source: a database with the addon to clone; '' installs it anew
    :param bank_files: whether a new one can import a bank's camt.053 files, too
    :param debug: whether Odoo logs all that it can
    """
    stack.callback(Databases.from_environment().drop, database)
    odoo = demo_server(
        database, port=port, bank_files=bank_files, options=DEBUG if debug else {}
    )
    invoices = fill_database(odoo, source, bank_files)
    return open_stage(stack, odoo, invoices)


def demo_server(
    database: str, *, port: int | None, bank_files: bool, options: Mapping[str, object]
) -> OdooServer:
    """An Odoo for the demo, not started yet."""
    paths = Paths.from_environment()
    return OdooServer(
        database,
        addons_path=[paths.oca_addons] if bank_files else [],
        http_port=port,
        options={"max_cron_threads": 2, **options},
    )


def fill_database(
    odoo: OdooServer, source: str = "", bank_files: bool = False
) -> list[str]:
    """Make the server's database anew; returns the invoices' numbers."""
    databases = Databases.from_environment()
    if source:
        databases.clone(source, odoo.database)
    else:
        modules = [ADDON, BANK_FILES] if bank_files else [ADDON]
        databases.fresh(odoo.database, modules, addons_path=odoo.addons_path)
    return keep_books(odoo.database, by_name(odoo), odoo.addons_path)


def open_stage(
    stack: ExitStack,
    odoo: OdooServer,
    invoices: list[str],
    *,
    simulator_port: int | None = None,
    simulator_args: Sequence[str] = (),
) -> Stage:
    """Start both servers, whose database is there, and log in."""
    redirect_uri = f"{by_name(odoo)}/mobilepay/oidc/callback"
    arguments = ["--speed", "20", "--redirect-uri", redirect_uri, *simulator_args]
    simulator = SimulatorServer(simulator_port, arguments)
    stack.enter_context(simulator)
    stack.enter_context(odoo)
    office = Office(by_name(odoo), odoo.database)
    office.log_in(LOGIN, LOGIN)
    return Stage(simulator, odoo, office, invoices)
