"""The demo that stays open for a person until Ctrl-C."""

from __future__ import annotations

import socket
import time
import unicodedata
from contextlib import ExitStack

from stack import Databases, OdooServer, OutboxServer, ServerError, upgrade
from stack.paths import ADDON

from .bank import Bank
from .books import CUSTOMERS
from .kept import Ports, Shelf
from .newcomer import Newcomer
from .stage import LOGIN, Stage, demo_server, fill_database, open_stage

PORT = 8069


WELCOME = """
Odoo:             {odoo}/odoo/customer-invoices
                  log in as {login}, password {login}
Anna's phone:     {phone}
all of MobilePay: {simulator}
mails:            {outbox} (caught, none leaves this machine)

The company is connected. Open Anna Holm's invoice, press Send via MobilePay and
Send (a minute; tick by Email for a mail, too); press Pay now on Anna's phone; reload
the invoice: it is paid.
The bank's statement: {bank}
Save it once Anna has paid; on the dashboard press Import (OCA) at Bank. Its line is
matched by itself: see Customers, MobilePay on the Bank, without the filter.
{newcomer}
{end}
"""


class StayError(RuntimeError):
    """The demo cannot be opened; the text says what to do."""


def stay_open(database: str, port: int | None, keep: bool) -> int:
    """Open it, say where it is, and wait; ends where a server does."""
    with ExitStack() as stack:
        stack.callback(_close_databases)
        began = time.monotonic()
        house = House(stack, database, keep)
        house.open(port)
        _say(f"Ready after {time.monotonic() - began:.0f} s.")
        _say(house.told())
        while house.is_open():
            time.sleep(1)
    raise ServerError("a server has ended by itself")


class House:
    """One demo: made anew, or taken up where it was kept."""

    def __init__(self, stack: ExitStack, database: str, keep: bool) -> None:
        self._stack = stack
        self._database = database
        self._keep = keep
        self._shelf = Shelf(database)
        self._outbox = OutboxServer()
        self._stage: Stage | None = None

    @property
    def stage(self) -> Stage:
        """Its servers, once it is open."""
        if self._stage is None:
            raise StayError("it is not open yet")
        return self._stage

    def open(self, port: int | None) -> None:
        """Start all of it; Odoo's port is 8069 where none is wanted or kept."""
        kept = self._shelf.find() if self._keep else None
        _check_ports(port, kept)
        if kept:
            self._take_up(kept)
        else:
            self._make(port or PORT)

    def is_open(self) -> bool:
        """Whether every server is there."""
        servers = (self.stage.odoo, self.stage.simulator, self._outbox)
        return all(server.is_running() for server in servers)

    def told(self) -> str:
        """Return what a person needs to find his way."""
        kept = "keeps the database for --keep" if self._keep else "drops the database"
        return WELCOME.format(
            odoo=self.stage.url,
            login=LOGIN,
            phone=self.stage.phone("+4511111101"),
            simulator=self.stage.simulator.url,
            outbox=self._outbox.url,
            bank=Bank(self.stage).address(),
            newcomer=Newcomer(self.stage).told(),
            end=f"Ctrl-C stops everything and {kept}.",
        )

    def _take_up(self, kept: Ports) -> None:
        _say("Taking up the database that was kept (half a minute) …")
        odoo = self._server(kept.odoo)
        upgrade(self._database, [ADDON], addons_path=odoo.addons_path)
        self._start(odoo, [], kept.simulator)

    def _make(self, port: int) -> None:
        self._shelf.clear()
        if not self._keep:
            self._stack.callback(self._shelf.clear)
        _say("Making companies, customers and invoices (1 to 3 minutes) …")
        odoo = self._server(port)
        self._start(odoo, fill_database(odoo, bank_files=True))
        _furnish(self.stage)
        if self._keep:
            self._shelf.put(self.stage)

    def _server(self, port: int) -> OdooServer:
        options = self._outbox.odoo_options()
        return demo_server(self._database, port=port, bank_files=True, options=options)

    def _start(
        self, odoo: OdooServer, invoices: list[str], simulator: int | None = None
    ) -> None:
        self._stack.enter_context(self._outbox)
        self._stage = open_stage(
            self._stack,
            odoo,
            invoices,
            simulator_port=simulator,
            simulator_args=["--database", str(self._shelf.simulator_file)],
        )


def _check_ports(port: int | None, kept: Ports | None) -> None:
    if kept and port not in (None, kept.odoo):
        raise StayError(
            f"the demo that was kept has port {kept.odoo} in its addresses: leave"
            " --port out, or --keep once, to make it anew"
        )
    for number in (kept.odoo, kept.simulator) if kept else (port or PORT,):
        if not _is_free(number):
            raise StayError(f"port {number} is in use; choose another one with --port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # as servers do: a port that was just left is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _furnish(stage: Stage) -> None:
    """Connect the first company, let the second move in, give customers addresses."""
    values = stage.connection_values()
    [connection] = stage.office.call("mobilepay.connection", "create", [values])
    stage.office.connect(connection)
    bank = Bank(stage)
    bank.agree()
    bank.open_account()
    Newcomer(stage).move_in()
    for name, _phone, _lines in CUSTOMERS:
        customer = stage.office.read_one("res.partner", [("name", "=", name)], ["id"])
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        email = {"email": f"{plain.split()[0].lower()}@customer.example"}
        stage.office.call("res.partner", "write", [customer["id"]], email)


def _close_databases() -> None:
    stopped = Databases.from_environment().close()
    left = "PostgreSQL too" if stopped else "but for PostgreSQL: somebody else is on it"
    _say(f"Stopped, {left}.")


def _say(text: str) -> None:
    print(text, flush=True)
