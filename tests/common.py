"""A Danish company, connected to a real simulator process over real HTTP."""

import json
import os
import sys
from contextlib import ExitStack
from datetime import timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import requests

from odoo import fields
from odoo.fields import Command
from odoo.tests.common import _super_send

from ..mobilepay.types import TokenSet
from .ready_company import ReadyCompanyCase

# dev/ is not a package of the addon: it runs it
sys.path.append(str(Path(__file__).resolve().parents[1] / "dev"))

from stack import SimulatorServer  # noqa: E402
from stack.nursery import NURSERY, ForkedSimulator  # noqa: E402

MERCHANT_VAT = "DK12345678"
WELL_KNOWN = ".well-known/openid-configuration"
ANNA, BO, CLARA = "+4511111101", "+4511111102", "+4511111103"
UNKNOWN_PHONE = "+4529999999"

_running = {}


def simulator():
    """Return the simulator of this process, always at the same address.

    It ends with each class, so that no class finds what another one changed.
    """
    if "server" not in _running:
        nursery, arguments = os.environ.get(NURSERY), ["--speed", "1"]
        if nursery:
            _running["server"] = ForkedSimulator(Path(nursery), arguments)
        else:
            _running["server"] = SimulatorServer(args=arguments)
    return _running["server"].start()


def end_simulator():
    """End the simulator, where it runs."""
    if "server" in _running:
        _running["server"].stop()


class SimulatorMixin:
    """Talks to the simulator, and lets the addon do so."""

    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(end_simulator)
        super().setUpClass()

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # Odoo's own handler compares time limits as one number; ours are two
        if urlsplit(r.url).hostname == "127.0.0.1":
            return _super_send(s, r, **kw)
        return super()._request_handler(s, r, **kw)

    @classmethod
    def control(cls, path, **body):
        """POST to a control endpoint and return its JSON."""
        url = f"{simulator().url}/control/{path}"
        answer = requests.post(url, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    @classmethod
    def inspect(cls):
        """Return everything the simulator received."""
        return requests.get(f"{simulator().url}/control/state", timeout=60).json()

    @classmethod
    def create_calls(cls):
        """Return how many create calls MobilePay got."""
        return sum(cls.inspect()["create_calls"].values())

    @classmethod
    def connection_values(cls, **values):
        """Return what an administrator types to reach the simulator."""
        base = simulator().url
        return {
            "environment": "custom",
            "custom_country_code": "DK",
            "custom_discovery_url": f"{base}/dk/account/{WELL_KNOWN}",
            "custom_api_base": f"{base}/invoice-restapi",
            "custom_reporting_base": f"{base}/transaction-reporting",
            "merchant_vat": MERCHANT_VAT,
            "client_id": "demo-client",
            "client_secret": "demo-secret",
            "gateway_client_id": "demo-ibm-id",
            "gateway_secret": "demo-ibm-secret",
            "base_url": "http://127.0.0.1:8069",
            **values,
        }


class MobilepayCommon(SimulatorMixin, ReadyCompanyCase):
    """One connected company per class; the simulator is reset for each test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.connection = cls.env["mobilepay.connection"].create(
            cls.connection_values(company_id=cls.company.id)
        )
        cls.partner_a.write({"name": "Anna Holm", "mobilepay_phone": ANNA})
        cls.partner_b.write({"name": "Café Kastellet", "phone": False})
        # else Odoo's test data has this customer pay in parts
        cls.partner_b.property_payment_term_id = False
        cls._connect_first()

    @classmethod
    def _connect_first(cls):
        """Have the class make what is made the first time, a journal for example."""
        cls.control("reset")
        with ExitStack() as stack:
            if not cls._registry_patched:
                patches = {"cr": cls.cr, "registry": cls.registry}
                for each in cls._registry_test_mode_patches(**patches):
                    stack.enter_context(each)
            _connect(cls, cls.connection)
            cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.control("reset")
        # registry.cursor() then sees the test's data; an HttpCase has done so
        if not type(self)._registry_patched:
            self.registry_enter_test_mode()
        self.connect(self.connection)

    def connect(self, connection):
        """Connect without a browser: tokens from the simulator's control door."""
        _connect(self, connection)

    def repoint(self, **values):
        """Change what a living connection locks, an address for example."""
        # sudo: some of it is for system administrators
        connection = self.connection.sudo()
        connection.state = "not_connected"
        connection.write(values)
        connection.state = "connected"

    # ------------------------------------------------------------------ invoices

    def invoice(self, partner=None, amount=800.0, **values):
        """Return a posted Danish invoice of ``amount`` DKK plus 25 % VAT."""
        today = fields.Date.today()
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or self.partner_a).id,
                "invoice_date": today,
                "invoice_date_due": today + timedelta(days=14),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Ladcykel, service",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.set(self.tax_sale_a.ids)],
                        }
                    )
                ],
                **values,
            }
        )
        move.action_post()
        return move

    def send(self, move, **choices):
        """Send as the wizard does; return the latest request."""
        wizard = self.env["account.move.send.wizard"].create(
            {"move_id": move.id, "sending_methods": ["mobilepay"], **choices}
        )
        wizard.action_send_and_print()
        return move.mobilepay_invoice_id

    # ---------------------------------------------------------------------- news

    def process(self):
        """Run the processor's cron."""
        self.env.ref("account_mobilepay.cron_process").method_direct_trigger()

    def deliver(self, *elements):
        """Hand elements to the inbox as an authentic callback would."""
        path = self.connection.sudo().callback_path
        key = self.env["mobilepay.secret"]._get(self.connection, "callback")
        return (
            self.env["mobilepay.connection"]
            .sudo()
            ._take_delivery(path, key, json.dumps(elements).encode())
        )

    def news(self, request, status, sequence, **more):
        """Return one callback element of ``request``."""
        return {
            "InvoiceId": request.mobilepay_id,
            "Status": status,
            "Date": "2026-04-24T07:29:47.7500268+00:00",
            "Sequence": sequence,
            **more,
        }

    def pay(self, request, payment_date=""):
        """Let the payer swipe in the app; the callback is not delivered by it."""
        phone = request.phone or BO
        page = f"{simulator().url}/phone/{phone}/invoices/{request.mobilepay_id}"
        requests.post(
            f"{page}/accept", {"payment_date": payment_date}, timeout=60
        ).raise_for_status()


def _connect(case, connection):
    token = case.control("tokens", merchant_vat=connection.merchant_vat)
    expires = fields.Datetime.now() + timedelta(seconds=token["expires_in"])
    token_set = _token_set(connection, token, expires)
    connection._complete(token_set, case.env.user)


def _token_set(connection, token, expires):
    return TokenSet(
        access_token=token["access_token"],
        refresh_token=token["refresh_token"],
        expires_at=expires.replace(tzinfo=timezone.utc),
        subject="merchant",
    )
