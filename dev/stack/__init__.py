"""Start and stop the real parts: PostgreSQL, Odoo and the simulator."""

from .databases import Databases
from .odoo import (
    OdooError,
    OdooServer,
    install,
    neutralize,
    run_odoo_shell,
    uninstall,
    upgrade,
)
from .outbox import OutboxServer
from .paths import Paths
from .postgres import Postgres, PostgresError
from .processes import Server, ServerError, free_port
from .simulator import SimulatorServer

__all__ = [
    "Databases",
    "OdooError",
    "OdooServer",
    "OutboxServer",
    "Paths",
    "Postgres",
    "PostgresError",
    "Server",
    "ServerError",
    "SimulatorServer",
    "free_port",
    "install",
    "neutralize",
    "run_odoo_shell",
    "uninstall",
    "upgrade",
]
