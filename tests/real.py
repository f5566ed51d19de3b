"""Tests on a real database: several processes, real commits, real locks.

Odoo's test cursors all share one connection, so nothing that two workers do to
each other can be seen through them. Here a class has a database of its own, a
clone of the one that ``dev/test`` made, and its tests run module-level functions
in processes of their own against it::

    def renew(env, connection_id):
        connection = env["mobilepay.connection"].browse(connection_id)
        return env["mobilepay.token"]._access_token(connection)

    class TestFight(RealDatabaseCase):
        def test_two(self):
            first, second = self.race(renew, connection_id=self.connection_id)
            self.assertEqual(first.value, second.value)

Arguments and values travel as JSON. A function's transaction is committed when
it returns, and rolled back when it raises.
"""

import json
import os
import subprocess
import time
import unittest
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2

from odoo import fields
from odoo.fields import Command
from odoo.tests import BaseCase

from .common import ANNA, MERCHANT_VAT, SimulatorMixin, _token_set, simulator

# isort: split
# .common puts dev/ on the path
from stack import Databases, OdooServer, configuration

PAYER = "Anna Holm"
TEMPLATE = "ACCOUNT_MOBILEPAY_TEMPLATE_DB"
WORKER = Path(__file__).with_name("real_worker.py")

_prepared = {}


@dataclass(frozen=True)
class Outcome:
    """What became of one call: its value, or the class and text of its error."""

    value: Any = None
    error: str = ""
    message: str = ""


class Worker:
    """A ``real_worker.py`` for one database."""

    def __init__(self, database):
        self.databases = Databases.from_environment()
        paths = self.databases.paths
        self.log_file = paths.logs / f"real-{database}.log"
        self._configuration = paths.home / "run" / f"real-{database}.conf"
        options = configuration.options(paths, db_name=database)
        configuration.write(self._configuration, options)
        self._log = self.log_file.open("wb")
        self._process = subprocess.Popen(
            [str(paths.python), str(WORKER), "-c", str(self._configuration)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._read()

    def run(self, function, calls):
        """Run ``function`` once for each of ``calls``, all at the same time."""
        name = f"{function.__module__}:{function.__name__}"
        job = json.dumps({"function": name, "calls": calls})
        self._process.stdin.write(job + "\n")
        self._process.stdin.flush()
        return [Outcome(**outcome) for outcome in self._read()]

    def log(self):
        """Return all that was logged by the functions so far."""
        return self.log_file.read_text(errors="replace")

    def stop(self):
        """End the process and take its files away."""
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        for file in (self._configuration, self.log_file):
            file.unlink(missing_ok=True)

    def _read(self):
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker ended:\n{self.log()[-4000:]}")
        return json.loads(line)


class RealDatabaseCase(SimulatorMixin, BaseCase):
    """A database with a Danish company, connected anew before each test.

    ``connection_id`` is its connection, ``database`` the database's name.
    """

    starts_processes = True
    connection_id = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        databases = Databases.from_environment()
        cls.database = databases.clone(cls.source(databases), _name())
        cls.addClassCleanup(databases.drop, cls.database)
        cls.worker = Worker(cls.database)
        cls.addClassCleanup(cls.worker.stop)

    @classmethod
    def source(cls, databases):
        """Return the name of the database that is cloned for the class."""
        return _books()

    def setUp(self):
        super().setUp()
        self.control("reset")
        self.prepare()

    def prepare(self):
        """Connect the company."""
        self.connection_id = self.run_real(
            connect,
            values=self.connection_values(),
            token=self.control("tokens", merchant_vat=MERCHANT_VAT),
        )

    # ----------------------------------------------------------------- processes

    def run_real(self, function, **values):
        """Run ``function(env, **values)`` in a process; its value, or a failure."""
        [outcome] = self.race(function, [values])
        self.assertFalse(
            outcome.error, f"{outcome.error}: {outcome.message}\n{self._tail()}"
        )
        return outcome.value

    def race(self, function, calls=2, **values):
        """Run ``function`` in several processes at once; return their outcomes.

        :param calls: how many, or a list with the own arguments of each
        :param values: arguments of all
        """
        own = [{}] * calls if isinstance(calls, int) else calls
        return self.worker.run(function, [{**values, **each} for each in own])

    @classmethod
    def serve(cls, workers=0, **options):
        """Start a real Odoo on the database; it stops with the class.

        Cron is off unless ``max_cron_threads`` is given.
        """
        server = OdooServer(cls.database, workers=workers, options=options)
        server.start()
        cls.addClassCleanup(server.stop)
        return server

    def start_anew(self):
        """Have functions run on the registry as it is now, after an installation."""
        cls = type(self)
        cls.worker.stop()
        cls.worker = Worker(self.database)
        cls.addClassCleanup(cls.worker.stop)

    # ------------------------------------------------------------------ database

    @contextmanager
    def raw(self):
        """Yield a connection of psycopg2, rolled back and closed at the end."""
        dsn = Databases.from_environment().postgres.dsn(self.database)
        connection = psycopg2.connect(**dsn)
        try:
            yield connection
        finally:
            connection.close()

    def sql(self, query, *parameters):
        """Run one statement, committed, and return its rows."""
        return Databases.from_environment().postgres.execute(
            query, parameters, self.database
        )

    def wait_for(self, query, *parameters, seconds=30):
        """Ask again and again until the query has rows; return them."""
        deadline = time.monotonic() + seconds
        while not (rows := self.sql(query, *parameters)):
            self.assertLess(time.monotonic(), deadline, f"waited in vain for: {query}")
            time.sleep(0.05)
        return rows

    def _tail(self):
        return self.worker.log()[-4000:]


# ------------------------------------------------- what runs in the other process


def keep_books(env):
    """Make the company and its customer."""
    company = env.company
    company.write({"name": "Havnens Cykler ApS", "country_id": env.ref("base.dk").id})
    env["account.chart.template"].try_loading("dk", company, install_demo=False)
    company.vat = "DK12345674"
    env["res.partner"].create({"name": "Anna Holm", "mobilepay_phone": ANNA})


def connect(env, values, token):
    """Connect the company with a token of the control door; the connection's id."""
    Connection = env["mobilepay.connection"]
    connection = Connection.search([]) or Connection.create(values)
    # as an earlier test may have left it
    connection.state = "not_connected"
    env["mobilepay.secret"]._forget(connection)
    connection.write(values)
    # tokens are written in a transaction of their own, which must see it
    env.cr.commit()
    expires = fields.Datetime.now() + timedelta(seconds=token["expires_in"])
    connection._complete(_token_set(connection, token, expires), env.user)
    return connection.id


def make_invoices(env, count=1, amount=800.0, payer=PAYER):
    """Post ``count`` invoices of ``amount`` DKK plus 25 % VAT; return their ids."""
    today = fields.Date.today()
    line = {
        "name": "Ladcykel, service",
        "quantity": 1,
        "price_unit": amount,
        "tax_ids": [Command.set(env.company.account_sale_tax_id.ids)],
    }
    values = {
        "move_type": "out_invoice",
        "partner_id": env["res.partner"].search([("name", "=", payer)], limit=1).id,
        "invoice_date": today,
        "invoice_date_due": today + timedelta(days=14),
        "invoice_line_ids": [Command.create(line)],
    }
    moves = env["account.move"].create([values] * count)
    moves.action_post()
    return moves.ids


def _books():
    """Return the database with company and customer; made once a run."""
    if TEMPLATE not in os.environ:
        raise unittest.SkipTest(f"{TEMPLATE} is not set: dev/test sets it")
    if "books" not in _prepared:
        simulator()
        name = Databases.from_environment().clone(os.environ[TEMPLATE], _name())
        worker = Worker(name)
        try:
            [outcome] = worker.run(keep_books, [{}])
            if outcome.error:
                raise RuntimeError(f"{outcome.message}\n{worker.log()[-4000:]}")
        finally:
            worker.stop()
        _prepared["books"] = name
    return _prepared["books"]


def _name():
    """Return a name that ``dev/test`` drops at the end of its run, come what may."""
    run = os.environ[TEMPLATE].removesuffix("_template")
    return f"{run}_real_{uuid.uuid4().hex[:8]}"
