"""A company whose MobilePay has every fault there is, and people who pay it."""

import random
import threading
from datetime import datetime, timedelta

import requests

from .common import ANNA, simulator
from .oidc_case import OfficeError, OidcCase
from .truth import TruthMixin

CREATE = "POST /invoice-restapi/api/v1/merchants/*/invoices"
READ = "GET /invoice-restapi/api/v1/merchants/*/invoices/*"
CANCEL = "PUT /invoice-restapi/api/v1/merchants/*/invoices/*/cancel$"
REPORT = "GET /transaction-reporting/"
TOKEN = "POST /merchant/connect/token$"
DISCOVERY = "GET /dk/account/.well-known/"

SILENT = {"seconds": 1.2}
HTTP_FAULTS = (
    {"kind": "timeout_before", **SILENT},
    {"kind": "timeout_after", **SILENT},
    {"kind": "drop_after"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502, "body": "html"},
    {"kind": "status", "status": 503, "retry_after": 1},
    {"kind": "status", "status": 503, "retry_after": "Wed, 21 Oct 2099 07:28:00 GMT"},
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 429, "retry_after": 1, "body": "empty"},
    {"kind": "status_after", "status": 500},
    {"kind": "status_after", "status": 503, "body": "html"},
    {"kind": "slow", "seconds": 0.4},
    {"kind": "not_json"},
    {"kind": "not_json", "effect": False},
    {"kind": "truncated"},
    {"kind": "truncated", "length": "correct"},
    {"kind": "reordered", "seconds": 0.5},
)
# those without effect first: cancelling is tried again after them
CANCEL_FAULTS = (HTTP_FAULTS[0], HTTP_FAULTS[3], HTTP_FAULTS[2])
CALLBACK_FAULTS = (
    {"kind": "callback_lost", "share": 0.15},
    {"kind": "callback_delay", "seconds": 3, "share": 0.15},
    {"kind": "callback_delay", "seconds": 5400, "share": 0.1},
    {"kind": "callback_duplicate", "share": 0.2},
    {"kind": "callback_duplicate", "seconds": 4, "share": 0.1},
    {"kind": "callback_unknown", "share": 0.1},
    {"kind": "callback_shuffle", "match": "elements", "share": 0.5},
    {"kind": "callback_shuffle", "match": "deliveries", "share": 0.5},
    {"kind": "callback_early", "match": "direct", "share": 0.4},
    {"kind": "callback_early", "match": "link", "share": 0.4},
)
# what ends the session: consent has to be given again
TOKEN_FAULTS = (
    {"kind": "status", "times": 1},
    {"kind": "status", "status": 429, "retry_after": 1, "times": 1},
    {"kind": "slow", "seconds": 0.5, "times": 1},
    {"kind": "not_json", "effect": False, "times": 1},
    {"kind": "drop_after", "times": 1, "after": 2},
)

# what becomes of an invoice: by its payer, and by the company's own people
PAID, REJECTED, LATER, EXPIRED = "paid", "rejected", "later", "expired"
CANCELED, OTHERWISE, TWICE, LAST = "canceled", "otherwise", "twice", "last"
FATES = (
    *(PAID,) * 8, *(REJECTED,) * 3, *(LATER,) * 2, *(EXPIRED,) * 2,
    *(CANCELED,) * 2, OTHERWISE, TWICE, LAST,
)  # fmt: skip


def all_faults():
    """Return the rules of the mix: each kind at least once, then by chance."""
    certain = [
        {**fault, "match": match, "times": 1}
        for match in (CREATE, READ)
        for fault in HTTP_FAULTS
    ]
    certain += [{**fault, "match": CANCEL, "times": 1} for fault in CANCEL_FAULTS]
    certain += [{**fault, "match": REPORT, "times": 1} for fault in HTTP_FAULTS[::2]]
    by_chance = [
        {**fault, "match": match, "share": 0.015}
        for match in (CREATE, READ, CANCEL, REPORT)
        for fault in HTTP_FAULTS
    ]
    tokens = [{**fault, "match": TOKEN} for fault in TOKEN_FAULTS]
    revoked = {"kind": "revoke", "after": 1, "times": 1}
    return [*certain, *tokens, revoked, *by_chance, *CALLBACK_FAULTS]


class Payers(threading.Thread):
    """Those who get invoices on their phones; each does once what is its fate."""

    def __init__(self, case, fates):
        super().__init__(daemon=True)
        self._case, self._fates = case, fates
        self._over = threading.Event()
        self._seen = set()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_error):
        self._over.set()
        self.join(60)

    def run(self):
        """Look at the phones again and again."""
        while not self._over.wait(0.5):
            self.look()

    def look(self):
        """Deal with the invoices that are new."""
        for invoice in self._case.inspect()["invoices"]:
            if invoice["status"] == "created" and invoice["id"] not in self._seen:
                self._seen.add(invoice["id"])
                self._deal(invoice, self._fates[invoice["number"]])

    def pay_last(self):
        """Let those pay who waited till the end."""
        for invoice in self._case.inspect()["invoices"]:
            if self._fates[invoice["number"]] == LAST:
                self._do(invoice, "accept")

    def _deal(self, invoice, fate):
        tomorrow = f"{datetime.now() + timedelta(days=1):%Y-%m-%d}"
        if fate in (PAID, TWICE):
            self._do(invoice, "accept")
        elif fate == LATER or (fate == REJECTED and invoice["kind"] == "link"):
            self._do(invoice, "accept", payment_date=tomorrow)
        if fate == REJECTED:
            self._do(invoice, "reject")
        elif fate == EXPIRED:
            self._do(invoice, "expire")

    @staticmethod
    def _do(invoice, action, **more):
        # 409 where the company was faster and has taken it back
        requests.post(
            f"{simulator().url}/control/invoices/{invoice['id']}/{action}",
            json={"phone": invoice["phone"] or ANNA, **more},
            timeout=60,
        )


class FaultsCase(TruthMixin, OidcCase):
    """A company whose people connect in a browser, and whose faults are counted."""

    def connect_in_browser(self, tries=10):
        """Connect as an administrator does, again and again while faults strike."""
        for _try in range(tries):
            try:
                self.office.connect(self.connection_id)
            except (OfficeError, KeyError, requests.RequestException):
                continue
            if self.state() == "connected":
                return
        self.fail("could not connect")

    def reconnect_if_lost(self):
        """Give consent again where it was lost; returns how often that was."""
        if self.state() == "connected":
            return 0
        # a new key signs from now on
        self.control("keys/rotate", keep_old=False)
        self.connect_in_browser()
        return 1

    def faults(self):
        """Return the rules in force, and how often each kind has struck."""
        return requests.get(f"{self.control_url}/faults", timeout=60).json()

    def spared(self):
        """Return the rules that should have struck by now and have not."""
        return [
            rule
            for rule in self.faults()["rules"]
            if not rule["struck"]
            and (rule["times"] or rule["share"] * rule["seen"] > 5)
        ]

    def make_fates(self, moves, seed):
        """Return the fate of each invoice by its number, the same for each seed."""
        chance = random.Random(seed)
        fates = [FATES[place % len(FATES)] for place in range(len(moves))]
        chance.shuffle(fates)
        return {number: fate for (_id, number), fate in zip(moves, fates, strict=True)}
